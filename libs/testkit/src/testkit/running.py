"""Real servers for tests: started from the wheels, killed and started again at will."""

import random
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from supervisor.addresses import free_port
from supervisor.errors import ServerFailedError
from supervisor.nats_server import NatsServer
from supervisor.postgres_home import forget_home
from supervisor.postgres_server import PostgresServer
from supervisor.processes import Command, spawn

READY_S: Final = 20.0
"""Servers are ready in well under a second; two cores with a full test run may take longer."""

POLL_S: Final = 0.005

DATABASE_NAME_MAX: Final = 63
"""PostgreSQL cuts longer names, and two could become one."""


class Nats(Protocol):
    """A NATS server with JetStream that a test has for itself."""

    @property
    def url(self) -> str:
        """Where clients connect."""
        ...

    def start(self) -> None:
        """Start it, on the same address and data as before."""
        ...

    def stop(self) -> None:
        """End it in good order."""
        ...

    def kill(self) -> None:
        """End it with -9."""
        ...

    def pause(self) -> None:
        """Stop it from answering without closing anything: a black hole."""
        ...

    def resume(self) -> None:
        """Let it go on after `pause`."""
        ...


class Postgres(Protocol):
    """A PostgreSQL server whose databases a test makes and throws away."""

    def url(self, database: str) -> str:
        """Return where clients connect."""
        ...

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Copy a database that nobody is connected to."""
        ...

    def drop_database(self, name: str) -> None:
        """Throw a database away, connections and all."""
        ...


class ServerProcess:
    """One server process and its output, kept for the message when it does not start."""

    def __init__(
        self, name: str, command: Callable[[], Command], ready: Callable[[], bool]
    ) -> None:
        self._name = name
        self._command = command
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it is ready."""
        with tempfile.TemporaryFile() as output:
            self._process = process = spawn(self._command(), output)
            deadline = time.monotonic() + READY_S  # noqa: TID251 - a real process takes real time
            while not self._ready():
                late = time.monotonic() > deadline  # noqa: TID251 - the same
                if late or process.poll() is not None:
                    self.end(signal.SIGKILL)
                    output.seek(0)
                    raise ServerFailedError(self._name, output.read().decode(errors="replace"))
                time.sleep(POLL_S)

    def end(self, how: signal.Signals) -> None:
        """End it with a signal and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=READY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def signal(self, what: signal.Signals) -> None:
        """Send it a signal that does not end it."""
        if self._process is not None:
            self._process.send_signal(what)


class WheelNats:
    """NATS from its wheel, ready in about 30 ms; also the `Nats` of most tests."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="renkei-nats-"))
        self._server = NatsServer(self._directory, port=free_port(random.SystemRandom()))
        self._process = ServerProcess("nats-server", self._server.command, self._server.is_ready)

    @property
    def url(self) -> str:
        """See `Nats`."""
        return self._server.url

    def start(self) -> None:
        """See `Nats`."""
        self._server.prepare()
        self._process.start()

    def stop(self) -> None:
        """See `Nats`."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """See `Nats`."""
        self._process.end(signal.SIGKILL)

    def pause(self) -> None:
        """See `Nats`."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """See `Nats`."""
        self._process.signal(signal.SIGCONT)

    def discard(self) -> None:
        """End it and remove what it stored."""
        self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)


class WheelPostgres:
    """PostgreSQL from its wheel; forgetful, since a test's data need not survive the machine."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="renkei-postgres-"))
        self._directory.chmod(0o711)
        self._server = PostgresServer(
            self._directory,
            port=free_port(random.SystemRandom()),
            password=secrets.token_hex(8),
            durable=False,
        )
        self._process = ServerProcess("postgres", self._server.command, self._server.is_ready)

    def url(self, database: str) -> str:
        """See `Postgres`."""
        return self._server.url(database)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """See `Postgres`."""
        assert len(name) <= DATABASE_NAME_MAX, name  # noqa: S101 - a test's own bug
        self._server.create_database(name, template=template)

    def drop_database(self, name: str) -> None:
        """See `Postgres`."""
        self._server.drop_database(name)

    def start(self) -> None:
        """Start it, on the same address and data as before."""
        self._server.prepare()
        self._process.start()

    def stop(self) -> None:
        """End it in good order; clients are thrown out."""
        self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """End it with -9; its children notice by themselves."""
        self._process.end(signal.SIGKILL)

    def discard(self) -> None:
        """End it and remove its data."""
        self.stop()
        forget_home(self._directory)
        shutil.rmtree(self._directory, ignore_errors=True)
