"""The simulator as its own process, and a box that speaks to one of its terminals."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from ct6100.messages import Connect, Hello, LinkMessage, Result, ResultStored, Start
from ct6100.protocol import Link, Received
from ct6100.records import Kind
from testkit.http import JsonClient, TerminalClient, until
from testkit.printers import PrinterClient

T1: Final = "CT6100-S001-T1"
T2: Final = "CT6100-S001-T2"
PRINTERS: Final = (
    {"company": "DEMO", "store": "S001", "printer": "P1"},
    {"company": "DEMO", "store": "S001", "printer": "P2", "columns": 32},
)
TO_THE_READER: Final = ("クレジットカード・銀聯", "セット", "一括", "実行")

READY_S: Final = 15.0
PATIENCE_S: Final = 20.0
TICK_S: Final = 0.05

_operations = itertools.count(1)

MessageT = TypeVar("MessageT", bound=LinkMessage)


class SimulatorProcess:
    """`python -m ct6100_simulator`: its terminals, whose disk outlives kills, and two printers."""

    def __init__(self, directory: Path, serials: tuple[str, ...] = (T1, T2)) -> None:
        self._directory = directory
        self._serials = serials
        self._ready = directory / "ready.json"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it is ready."""
        terminals = [
            {"company": "DEMO", "store": "S001", "terminal": serial[-2:], "serial": serial}
            for serial in self._serials
        ]
        self._ready.unlink(missing_ok=True)
        env = {
            **os.environ,  # noqa: TID251 - the child needs the test's own PATH
            "RENKEI_SIMULATOR_PORT": "0",
            "RENKEI_SIMULATOR_DIR": str(self._directory),
            "RENKEI_SIMULATOR_TERMINALS": json.dumps(terminals),
            "RENKEI_SIMULATOR_PRINTERS": json.dumps(PRINTERS),
            "RENKEI_SIMULATOR_CENTRE_MS": "30",
            "RENKEI_READY_FILE": str(self._ready),
            "RENKEI_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "ct6100_simulator"]
        self._process = subprocess.Popen(command, env=env, cwd=self._directory)  # noqa: S603 - our own
        until(self._ready.exists, "the simulator to be ready", READY_S)
        self.url = json.loads(self._ready.read_text())["http"]

    def stop(self) -> int:
        """Tell it to end and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with -9."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None, "start it first"  # noqa: S101 - a test's own bug
        self._process.send_signal(number)
        return self._process.wait(READY_S)

    def terminal(self, serial: str = T1) -> TerminalClient:
        """Return a person before a terminal."""
        return TerminalClient(self.url, serial)

    def printer(self, name: str = "S001-P1") -> PrinterClient:
        """Return a person at a receipt printer."""
        return PrinterClient(self.url, name)

    def address(self, serial: str = T1) -> tuple[str, int]:
        """Return where a terminal's link is."""
        view = JsonClient(self.url).expect(200, "GET", f"/api/terminals/{serial}")
        host, _, port = view["address"].rpartition(":")
        return host, int(port)

    def view(self, serial: str = T1) -> Any:
        """Return all of a terminal."""
        return JsonClient(self.url).expect(200, "GET", f"/api/terminals/{serial}")


class Box:
    """A register's box: one connection, read by a thread; keeps all that it hears."""

    def __init__(self, address: tuple[str, int], *, stores_results: bool = True) -> None:
        self.heard: list[LinkMessage] = []
        self.ended: str | None = None
        self._stores_results = stores_results
        self._socket = socket.create_connection(address)
        self._socket.settimeout(TICK_S)
        self._link = Link(time.monotonic())  # noqa: TID251 - speaks to a real process
        self._news = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.send(Connect(register="R1"))

    def send(self, message: LinkMessage) -> None:
        """Send a message."""
        with self._news:
            self._link.send(message, time.monotonic())  # noqa: TID251 - the same
            self._flush()

    def pay(self, amount: int = 165) -> str:
        """Start a payment and return its operation id, one that was never used before."""
        operation_id = f"0192f1c0-0000-7000-8000-{next(_operations):012x}"
        self.send(Start(operation_id=operation_id, kind=Kind.PAYMENT, amount=amount))
        return operation_id

    def give_back(
        self,
        slip_number: str,
        amount: int = 165,
        *,
        kind: Kind = Kind.VOID,
        order_number: str | None = None,
    ) -> str:
        """Start a void or return and return its operation id."""
        operation_id = f"0192f1c0-0000-7000-8000-{next(_operations):012x}"
        self.send(
            Start(
                operation_id=operation_id,
                kind=kind,
                amount=amount,
                original_slip_number=slip_number,
                original_order_number=order_number,
            )
        )
        return operation_id

    def until(self, kind: type[MessageT], count: int = 1) -> MessageT:
        """Wait for the `count`-th message of a kind."""
        return self._wait(lambda: self._found(kind, count), kind.__name__)

    def until_result(self, operation_id: str) -> Result:
        """Wait for the result of one operation; older ones that were not stored come first."""

        def look() -> Result | None:
            results = [message for message in self.heard if isinstance(message, Result)]
            return next((one for one in results if one.operation_id == operation_id), None)

        return self._wait(look, f"the result of {operation_id}")

    def until_ended(self) -> str:
        """Wait for the end of the connection: `reset` or `closed`."""
        return self._wait(lambda: self.ended, "the end")

    def close(self) -> None:
        """Pull the plug."""
        self._socket.close()
        self._thread.join(PATIENCE_S)

    def _found(self, kind: type[MessageT], count: int) -> MessageT | None:
        found = [message for message in self.heard if isinstance(message, kind)]
        return found[count - 1] if len(found) >= count else None

    def _wait(self, look: Callable[[], Any], what: str) -> Any:
        with self._news:
            if not self._news.wait_for(look, PATIENCE_S):
                raise AssertionError(f"waited in vain for {what}: {self.heard[-3:]}")
            return look()

    def _read(self) -> None:
        while self.ended is None:
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                with self._news:
                    self._link.on_deadline(time.monotonic())  # noqa: TID251 - the same
                    self._flush()
            except OSError:
                self._end("reset")
            else:
                self._take(data) if data else self._end("closed")

    def _take(self, data: bytes) -> None:
        with self._news:
            for event in self._link.receive(data, time.monotonic()):  # noqa: TID251 - the same
                if isinstance(event, Received):
                    self.heard.append(event.message)
                    if isinstance(event.message, Result) and self._stores_results:
                        result = event.message
                        stored = ResultStored(number=result.number, outcome=result.outcome)
                        self._link.send(stored, time.monotonic())  # noqa: TID251 - the same
            self._flush()
            self._news.notify_all()

    def _flush(self) -> None:
        out = self._link.outgoing()
        if out and self.ended is None:
            try:
                self._socket.sendall(out)
            except OSError:
                self._end("reset")

    def _end(self, how: str) -> None:
        with self._news:
            self.ended = how
            self._news.notify_all()


@contextmanager
def connected(
    simulator: SimulatorProcess, serial: str = T1, *, stores_results: bool = True
) -> Generator[Box]:
    """Connect a box to a terminal, and wait until it has said who it is.

    One that comes back from a power cut shows its glass a moment before it listens.
    """

    def dial() -> Box | None:
        try:
            return Box(simulator.address(serial), stores_results=stores_results)
        except ConnectionRefusedError:
            return None

    box: Box = until(dial, "the terminal to listen")
    try:
        box.until(Hello)
        yield box
    finally:
        box.close()
