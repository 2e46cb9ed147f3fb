"""The real gateway as its own process, and the centre as far as one gateway sees it."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts import subjects
from contracts.envelope import Fact
from contracts.money import Yen
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    Accepted,
    AlreadyRead,
    Busy,
    CommandStamp,
    ContentDiffers,
    Fenced,
    Heartbeat,
    InquireOperation,
    NotOpen,
    NotPaired,
    OperationConcluded,
    OperationKind,
    OperationOpen,
    Recovering,
    ScreenShown,
    StaleCommand,
    StartOperation,
    StorageFull,
    TerminalFact,
    UnknownTerminal,
    Unreachable,
)
from contracts.printing import PrintEnded
from contracts.stores import RegisterEntry, StoreConfiguration, StoreSettings, TerminalEntry
from contracts.streams import STORE_CONFIG, store_key
from messaging.bucket import Bucket
from messaging.bus import Bus
from messaging.provision import provision
from servicekit.ids import SystemIds
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry

PATIENCE_S: Final = 20.0
COMPANY: Final = "DEMO"
STORE: Final = "S001"

StartReply = (
    Accepted
    | Busy
    | NotPaired
    | Unreachable
    | StaleCommand
    | Fenced
    | StorageFull
    | Recovering
    | ContentDiffers
    | NotOpen
    | UnknownTerminal
)
AbortReply = (
    Aborting | AlreadyRead | AbortNotSupported | NotOpen | Unreachable | UnknownTerminal | Fenced
)
InquireReply = OperationOpen | OperationConcluded | UnknownTerminal | Fenced


def configuration(*ports: int, version: int = 1, serial: str = "") -> StoreConfiguration:
    """Return a store with terminals T1, T2 and so on at these ports; R1 holds T1, and so on."""
    numbers = range(1, len(ports) + 1)
    return StoreConfiguration(
        company=COMPANY,
        store=STORE,
        name="渋谷店",
        version=version,
        terminal_option=True,
        registers=tuple(RegisterEntry(register=f"R{n}", name=f"レジ{n}") for n in numbers),
        terminals=tuple(
            TerminalEntry(
                terminal=f"T{n}",
                model="CT-6100",
                serial=serial or f"CT6100-{STORE}-T{n}",
                host="127.0.0.1",
                port=port,
                paired_register=f"R{n}",
            )
            for n, port in zip(numbers, ports, strict=True)
        ),
        settings=StoreSettings(),
    )


class GatewayProcess:
    """`python -m terminal_gateway`, started, killed and started again on the same disk."""

    def __init__(self, folder: Path, nats_url: str, **env: str) -> None:
        self.folder = folder
        self._ready = folder.with_name(f"{folder.name}.ready")
        self.env = {
            **os.environ,  # noqa: TID251 - a child needs PATH and the like
            "RENKEI_COMPANY": COMPANY,
            "RENKEI_STORE": STORE,
            "RENKEI_EDGE_DIR": str(folder),
            "RENKEI_NATS_URL": nats_url,
            "RENKEI_READY_FILE": str(self._ready),
            "RENKEI_LOG_FORMAT": "text",
            **env,
        }
        self.process: asyncio.subprocess.Process | None = None
        self.ready_after_s = 0.0

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self.process is not None  # noqa: S101 - a test's own bug
        return self.process.pid

    async def start(self, *, wait: bool = True) -> dict[str, Any]:
        """Start it and wait until it says that it is ready; return what it announced."""
        self._forget_announcement()
        began = time.perf_counter()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "terminal_gateway", env=self.env
        )
        if not wait:
            return {}
        async with asyncio.timeout(PATIENCE_S):
            while not self._announced():
                if self.process.returncode is not None:
                    raise AssertionError(f"the gateway ended with {self.process.returncode}")
                await asyncio.sleep(0.005)
        self.ready_after_s = time.perf_counter() - began
        return self._announcement()

    def _forget_announcement(self) -> None:
        self._ready.unlink(missing_ok=True)

    def _announced(self) -> bool:
        return self._ready.exists()

    def _announcement(self) -> dict[str, Any]:
        return msgspec.json.decode(self._ready.read_bytes(), type=dict[str, Any])

    async def kill(self) -> None:
        """End it with -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it in good order; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S + 2):
            return await process.wait()


class Centre:
    """Configures a store, commands its gateway, and hears what it says."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.ids = SystemIds()
        self.beat: Heartbeat | None = None
        self.screens: list[ScreenShown] = []
        self.facts: list[Fact[TerminalFact]] = []
        self.prints: list[PrintEnded] = []
        self._heard = asyncio.Event()

    @classmethod
    async def connect(cls, url: str) -> "Centre":
        """Return a centre that hears everything from now on."""
        telemetry = Telemetry(Resource("test", "0", "test"))
        bus = await Bus.connect(url, name="centre", telemetry=telemetry, lifecycle=Lifecycle())
        await provision(bus)
        centre = cls(bus)
        await bus.subscribe_live(subjects.ALL_HEARTBEATS, Heartbeat, centre._on_beat)
        await bus.subscribe_live(subjects.ALL_SCREENS, ScreenShown, centre._on_screen)
        await bus.subscribe_live(subjects.ALL_PRINTS, PrintEnded, centre._on_print)
        await bus.subscribe_live(subjects.ALL_TERMINAL_FACTS, Fact[TerminalFact], centre._on_fact)
        return centre

    async def configure(self, document: StoreConfiguration) -> None:
        """Put a store's configuration where its gateway looks."""
        bucket = Bucket(self.bus, STORE_CONFIG, StoreConfiguration)
        await bucket.put(store_key(document.company, document.store), document)

    async def start(self, operation_id: str, amount: int = 165, **fields: Any) -> Any:
        """Ask for a payment on T1; return the reply."""
        await self.until(lambda: self.beat is not None, "a heartbeat")
        assert self.beat is not None  # noqa: S101 - waited for
        stamp = CommandStamp(epoch=self.beat.epoch, heartbeat=self.beat.number)
        command = StartOperation(
            stamp=stamp,
            operation_id=operation_id,
            terminal="T1",
            register="R1",
            sale_id="00000000-0000-7000-8000-00000000000a",
            tender=1,
            kind=OperationKind.PAYMENT,
            amount=Yen(amount),
        )
        return await self.ask(msgspec.structs.replace(command, **fields), StartReply)

    async def abort(self, operation_id: str) -> Any:
        """Ask for an abort on T1; return the reply."""
        return await self.ask(AbortOperation(operation_id=operation_id, terminal="T1"), AbortReply)

    async def inquire(self, operation_id: str, terminal: str = "T1") -> Any:
        """Ask what became of an operation; return the reply."""
        return await self.ask(
            InquireOperation(operation_id=operation_id, terminal=terminal), InquireReply
        )

    async def ask(self, command: Any, reply: Any) -> Any:
        """Send any command to the store's gateway; return the reply."""
        verb = command.__struct_config__.tag
        terminal, printer = getattr(command, "terminal", None), getattr(command, "printer", None)
        if terminal is not None:
            subject = subjects.terminal_command(COMPANY, STORE, terminal, verb)
        elif printer is not None:
            subject = subjects.printer_command(COMPANY, STORE, printer, verb)
        else:
            subject = subjects.gateway_command(COMPANY, STORE, verb)
        return await self.bus.request(subject, command, reply, timeout_s=2.0)

    async def until_linked(self, terminal: str = "T1") -> None:
        """Wait until the gateway says that the terminal is linked and home."""
        await self.until(
            lambda: (
                self.beat is not None
                and any(
                    seen.terminal == terminal and seen.link == "connected"
                    for seen in self.beat.terminals
                )
            ),
            f"{terminal} linked",
        )

    async def conclusion(self, operation_id: str) -> OperationConcluded:
        """Wait for the terminal's word on an operation."""
        await self.until(lambda: bool(self.conclusions(operation_id)), "a conclusion")
        return self.conclusions(operation_id)[0]

    def conclusions(self, operation_id: str) -> list[OperationConcluded]:
        """Return the conclusions of an operation that came, each fact once."""
        seen: dict[str, OperationConcluded] = {}
        for fact in self.facts:
            body = fact.body
            if isinstance(body, OperationConcluded) and body.operation_id == operation_id:
                seen[fact.id] = body
        return list(seen.values())

    async def until(self, condition: Any, what: str) -> None:
        """Wait until something was heard."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    async def _on_beat(self, beat: Heartbeat, _delivery: object) -> None:
        self.beat = beat
        self._heard.set()

    async def _on_print(self, ended: PrintEnded, _delivery: object) -> None:
        self.prints.append(ended)
        self._heard.set()

    async def _on_screen(self, shown: ScreenShown, _delivery: object) -> None:
        self.screens.append(shown)
        self._heard.set()

    async def _on_fact(self, fact: Fact[TerminalFact], _delivery: object) -> None:
        self.facts.append(fact)
        self._heard.set()
