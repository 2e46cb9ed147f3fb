"""Pytest plugin: the whole system, as `make run` starts it, for end-to-end tests.

`system` is one running system for all tests of a worker (tests that use it stay on one worker);
`register` an API client logged in as the demo's cashier; `terminal` the CT-6100 paired with R1 of
S001, powered, without faults, nobody standing there. All is asked over HTTP, as from the outside.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from messaging.address import with_credentials
from supervisor.endpoints import Endpoints, read_endpoints
from supervisor.plan import NATS, POSTGRES
from supervisor.postgres_home import forget_home
from supervisor.processes import Command, identify, is_alive, spawn
from testkit.http import JsonClient, RegisterClient, TerminalClient, until
from testkit.printers import PrinterClient

STORE: Final = "S001"
TERMINAL: Final = "T1"

START_S: Final = 60.0
"""Ready in a few seconds; a machine under full load gets this."""

STOP_S: Final = 30.0

TAIL: Final = 4_000
"""So much of the log is shown when the system does not start or stop as it should."""


REFUSED: Final = re.compile(r"permissions violation for (?!publish to .{0,4}_inbox)", re.IGNORECASE)
"""As a client of NATS tells it that was refused; the server's own line reads otherwise. Answers are
left out: one that comes late, or over a new connection, is due to nobody any more."""


class RunningSystem:
    """A running system; everything about it is read from its `endpoints.json`."""

    def __init__(self, data_dir: Path, *, settings: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self._settings = settings or {}
        self._log = data_dir.with_name(f"{data_dir.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[tuple[str, str], str] = {}

    def start(self) -> None:
        """Start it, on the same data as before, and return when every service is ready."""
        inherited = dict(os.environ)  # noqa: TID251 - as a person's shell hands it on
        command = Command(
            argv=(sys.executable, "-P", "-m", "supervisor"),
            env=inherited
            | {
                "RENKEI_DATA_DIR": str(self.data_dir),
                "RENKEI_PORT": "0",
                "RENKEI_SIMULATOR_PORT": "0",
                # Tests look again and again, a hundred tills with one person's session.
                "RENKEI_REQUESTS_PER_S": "0",
            }
            | self._settings,
            cwd=self.data_dir.parent,
        )
        with self._log.open("ab") as log:
            self._process = process = spawn(command, log)

        def is_up() -> bool:
            assert process.poll() is None, f"the system ended:\n{self.log_tail()}"  # noqa: S101 - a test's
            return (self.data_dir / "endpoints.json").exists()

        try:
            until(is_up, "the system to start", START_S)
        except AssertionError as error:
            error.add_note(self.log_tail())
            raise

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=STOP_S)

    def endpoints(self) -> Endpoints:
        """Return what `endpoints.json` says now."""
        return read_endpoints(self.data_dir)

    def nats_as(self, identity: str) -> str:
        """Return where one identity of the bus connects, as `make run` gave it its key."""
        mine = urlsplit(self.endpoints().nats)
        path = self.data_dir / "nats" / "credentials" / f"{identity}.creds"
        return with_credentials(mine._replace(query="").geturl(), path)

    @property
    def api(self) -> str:
        """Where the HTTP door is."""
        return self.endpoints().api

    @property
    def simulator(self) -> str:
        """Where the simulated terminals are."""
        return self.endpoints().simulator

    def register(self, operator: str = "cashier", company: str = "DEMO") -> RegisterClient:
        """Return a client logged in as one of the demo's operators; logs in once each."""
        api = self.api
        if (company, operator) not in self._tokens:
            password = next(
                one.password
                for one in self.endpoints().operators
                if (one.company_code, one.operator_code) == (company, operator)
            )
            body = {"company_code": company, "operator_code": operator, "password": password}
            answer = RegisterClient(api).done(200, "/login", body)
            self._tokens[company, operator] = answer["token"]
        return RegisterClient(api, self._tokens[company, operator])

    def terminal(self, serial: str = "CT6100-S001-T1") -> TerminalClient:
        """Return a person in front of one terminal."""
        return TerminalClient(self.simulator, serial)

    def printer(self, name: str = "S001-P1") -> PrinterClient:
        """Return a person at one receipt printer."""
        return PrinterClient(self.simulator, name)

    def pid(self, process: str) -> int:
        """Return the number of a process, by its key (`checkout`, `terminal_gateway:S001`)."""
        return self.endpoints().processes[process]

    def kill(self, process: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one process, by default -9, and return the number it had.

        After -9 it is gone when this returns: its connections are closed, nobody answers there.
        """
        pid = self.pid(process)
        identity = identify(pid)
        os.kill(pid, how)
        if how is signal.SIGKILL and identity is not None:
            until(lambda: not is_alive(identity), f"{process} to be gone")
        return pid

    @contextmanager
    def without_restarts(self) -> Generator[None]:
        """Let what dies stay dead meanwhile: the supervisor stands still."""
        process = self._process
        assert process is not None, "start it first"  # noqa: S101 - a test's own bug
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def wait_ready(self, process: str, *, other_than: int = 0) -> None:
        """Wait until a process (started again, if `other_than` is its old number) is ready."""

        def is_ready() -> bool:
            endpoints = self.endpoints()
            if endpoints.processes[process] == other_than:
                return False
            address = endpoints.health.get(process)
            if address is None:  # servers have none; a service that has none yet is starting
                return process in {NATS, POSTGRES}
            try:
                return JsonClient(address).send("GET", "/ready").status == 200  # noqa: PLR2004 - OK
            except OSError:
                return False

        until(is_ready, f"{process} to be ready", START_S)

    def log(self) -> str:
        """Return what the supervisor and its children wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def log_tail(self) -> str:
        """Return the end of it."""
        return self.log()[-TAIL:]

    def discard(self) -> None:
        """Remove its data; call `stop` first."""
        forget_home(self.data_dir)
        shutil.rmtree(self.data_dir, ignore_errors=True)
        self._log.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def system() -> Iterator[RunningSystem]:
    """One running system for all end-to-end tests."""
    folder = Path(tempfile.mkdtemp(prefix="renkei-system-"))
    folder.chmod(0o711)
    running = RunningSystem(folder / "data")
    try:
        running.start()
        yield running
        code = running.stop()
        assert code == 0, f"the system ended with {code}:\n{running.log_tail()}"  # noqa: S101 - a test's
        refused = [line for line in running.log().splitlines() if REFUSED.search(line)]
        assert refused == [], "a service did what its rights on NATS do not say"  # noqa: S101 - a test's
    finally:
        running.stop()
        running.discard()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def register(system: RunningSystem) -> RegisterClient:
    """The cashier of the demo chain."""
    return system.register()


@pytest.fixture
def terminal(system: RunningSystem) -> TerminalClient:
    """The terminal paired with R1 of S001, home and linked, whatever the test before left."""
    found = system.terminal()
    found.power("on")
    found.clear_faults()
    found.autopilot(on=False)
    found.abilities(abort=True, progress=True, journal=True, echo=True)
    found.bring_home()
    until_linked(system.register(), found)
    return found


def until_linked(register: RegisterClient, terminal: TerminalClient, **can: bool) -> None:
    """Wait until the gateway has the terminal of R1 on its link, and knows that it can do this."""
    able = {"abort": True, "progress": True, "journal": True, "echo": True} | can

    def linked() -> bool:
        view = register.read(f"/stores/{STORE}/terminals/{TERMINAL}")
        return view["link"] == "connected" and view["abilities"] == able

    until(linked, f"{terminal.serial} to be linked")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests of the running system on one worker: it is the heavy thing to start."""
    for item in items:
        if "system" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("system"))
