"""`renkei-edge`: brings a store's box up.

renkei-edge enroll CODE --centre https://host   take the box in, by a code from the fleet page
renkei-edge run                                 run its gateway
renkei-edge status                              say whose box it is, and until when

Exit codes: 0 done; 1 refused, or wrong beyond repair by trying again; 2 wrong usage; 73 the folder
is another store's (`EX_CANTCREAT`); 75 not now: the same command may work later (`EX_TEMPFAIL`);
78 nobody has enrolled this box (`EX_CONFIG`).
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from contracts.boxes import EnrollBox
from messaging.nkeys import KeyUnreadableError, read_credentials
from servicekit.clock import Clock, SystemClock
from servicekit.settings import Settings
from terminal_gateway.config import EDGE_DIR
from terminal_gateway.edge_files import PENDING, AnotherStoreError, BoxFile, EdgeFolder, life_of
from terminal_gateway.enrolling import EnrolmentError, checked_centre, enrol

DONE: Final = 0
FAILED: Final = 1
ANOTHER_STORE: Final = 73
LATER: Final = 75
NOT_ENROLLED: Final = 78

HOSTNAME_MAX: Final = 253


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    told = _arguments().parse_args(argv)
    folder = EdgeFolder(Path(told.folder).expanduser().absolute())
    try:
        if told.command == "enroll":
            return _enroll(folder, told.code, told.centre, SystemClock())
        box = folder.read()
        if box is None:
            return _say(f"no box is enrolled in {folder.path}", NOT_ENROLLED)
        return _run(folder, box) if told.command == "run" else _status(folder, box, SystemClock())
    except EnrolmentError as error:
        return _say(str(error), LATER if error.again else FAILED)
    except AnotherStoreError as error:
        return _say(f"{error}. {_another_folder(folder)}", ANOTHER_STORE)
    except (OSError, msgspec.MsgspecError, KeyUnreadableError) as error:
        return _say(f"{folder.path}: {error}", FAILED)


def _arguments() -> argparse.ArgumentParser:
    usual = Settings.of_process().text(EDGE_DIR, "~/.renkei-edge")
    parser = argparse.ArgumentParser("renkei-edge", description="A store's box of Renkei.")
    commands = parser.add_subparsers(dest="command", required=True)
    enroll = commands.add_parser("enroll", help="take this box in, by a code from the fleet page")
    enroll.add_argument("code", metavar="CODE", help="XXXX-XXXX-XXXX-XXXX, good for 30 minutes")
    enroll.add_argument("--centre", required=True, metavar="URL", help="https://host[:port]")
    run = commands.add_parser("run", help="run the gateway of the store")
    status = commands.add_parser("status", help="say whose box this is, and until when")
    for command in (enroll, run, status):
        command.add_argument(
            "--folder", "--dir", default=usual, help=f"where all of it is kept (now: {usual})"
        )
    return parser


def _enroll(folder: EdgeFolder, code: str, centre: str, clock: Clock) -> int:
    centre = checked_centre(centre)
    key = folder.key_for(code)
    asked = EnrollBox(code=code, public_key=key.public, hostname=_hostname())
    box = folder.adopt(enrol(centre, asked), key, centre, clock.now())
    _tell(f"this is now the box of store {box.company}/{box.store}, kept in {folder.path}")
    _tell("next: renkei-edge run (a gateway that runs already: start it again)")
    return DONE


def _run(folder: EdgeFolder, box: BoxFile) -> int:
    env = os.environ | folder.environment(box)  # noqa: TID251 - the gateway inherits it
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-P", "-m", "terminal_gateway"], env)  # noqa: S606 - ourselves


def _status(folder: EdgeFolder, box: BoxFile, clock: Clock) -> int:
    held = read_credentials(folder.credentials(box.box).read_text(encoding="utf-8"))
    life = life_of(held.token)
    _tell(f"store    {box.company}/{box.store}")
    _tell(f"box      {box.box}, enrolled {box.enrolled_at:%Y-%m-%d %H:%M} UTC at {box.centre}")
    _tell(f"centre   {box.nats_url}")
    _tell(f"journal  {folder.journal(box)}")
    if life is None:
        _tell("token    without an end")
        return DONE
    _tell(f"token    until {life.expires_at:%Y-%m-%d %H:%M} UTC, renewed by itself")
    if life.expires_at <= clock.now():
        return _say("the token has ended: enrol this box anew, with a new code", FAILED)
    return DONE


def _another_folder(folder: EdgeFolder) -> str:
    return (
        "Nothing was changed in it. Say --folder with another folder: with a new code, or with "
        f"this one within its 30 minutes if you move {folder.path / PENDING} there first."
    )


def _hostname() -> str:
    """Return what this machine calls itself, in signs that the centre takes."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", platform.node())[:HOSTNAME_MAX].strip(".-")
    return plain or "box"


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _say(words: str, code: int) -> int:
    sys.stderr.write(f"renkei-edge: {words}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
