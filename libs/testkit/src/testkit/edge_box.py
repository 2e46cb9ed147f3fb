"""A store's box on this machine, brought up as a person does: `renkei-edge` in its own folder."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from messaging import trust
from messaging.nkeys import Credentials, claims, key_of, read_credentials, write_credentials
from supervisor.processes import Command, spawn
from testkit.http import RegisterClient, until
from testkit.system import RunningSystem

STEP_S: Final = 60.0
"""A start, an enrolment, being cut off: seconds, and more on a machine under full load."""

KNOWN: Final = "known at the centre"
TURNED_AWAY: Final = "is not let in at the centre"


class EnrolledBox:
    """Its folder, what it was told, and its gateway while it runs."""

    def __init__(self, system: RunningSystem, path: Path) -> None:
        self._system = system
        self._path = path
        self._log = path.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def enroll(self, admin: RegisterClient, store: str) -> str:
        """Have a code made, type it in, and return the box's id."""
        code = admin.done(201, f"/stores/{store}/boxes", {})["code"]
        return self.type_in(f"renkei-edge enroll {code} --centre {self._system.api}")

    def type_in(self, line: str) -> str:
        """Type the line that the fleet page shows, and return the box's id."""
        program, what, *words = shlex.split(line)
        assert program == "renkei-edge", line  # noqa: S101 - a test's
        done = subprocess.run(  # noqa: S603 - our own command
            [*self._command(what), *words],
            capture_output=True,
            text=True,
            timeout=STEP_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr  # noqa: S101 - a test's
        return str(self._kept["box"])

    def run(self) -> None:
        """Start its gateway."""
        env = dict(os.environ) | {"RENKEI_LOG_FORMAT": "text"}  # noqa: TID251 - as a shell's child
        command = Command(argv=tuple(self._command("run")), env=env, cwd=self._path)
        with self._log.open("wb") as log:
            self._process = spawn(command, log)

    def kill(self) -> None:
        """End it with -9; harmless when it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=STEP_S)

    def has_said(self, words: str) -> bool:
        """Tell whether these words stand in the log of its present run."""
        said = self._log.read_text(encoding="utf-8", errors="replace")
        assert self._process is None or self._process.poll() is None, said  # noqa: S101 - a test's
        return words in said

    def until_said(self, words: str) -> None:
        """Wait for these words in the log of its present run."""
        until(lambda: self.has_said(words), f"the box to say: {words}", STEP_S)

    def token(self) -> dict[str, Any]:
        """Return what its token says: `iat` and `exp` in Unix seconds."""
        return claims(self._held().token)

    def age(self, *, gone_s: int, left_s: int) -> int:
        """Make its token one of which so much is gone and left; return when it ends (Unix)."""
        path = self._system.data_dir / "nats" / "credentials" / "box_keys.json"
        keys = msgspec.json.decode(path.read_bytes(), type=trust.BoxKeys)
        held, now_s = self._held(), int(time.time())  # noqa: TID251 - the server has a real clock
        token = trust.box_token(
            key_of(keys.boxes),
            account=keys.account,
            user=held.key.public,
            company=str(self._kept["company"]),
            store=str(self._kept["store"]),
            at_s=now_s - gone_s,
            until_s=now_s + left_s,
        )
        self._credentials.write_text(write_credentials(Credentials(token, held.key)), "utf-8")
        return now_s + left_s

    @property
    def _kept(self) -> dict[str, Any]:
        return json.loads((self._path / "box.json").read_bytes())

    @property
    def _credentials(self) -> Path:
        return self._path / "boxes" / str(self._kept["box"]) / "box.creds"

    def _held(self) -> Credentials:
        return read_credentials(self._credentials.read_text(encoding="utf-8"))

    def _command(self, what: str) -> list[str]:
        program = (sys.executable, "-P", "-m", "terminal_gateway.edge")
        return [*program, what, "--folder", str(self._path)]
