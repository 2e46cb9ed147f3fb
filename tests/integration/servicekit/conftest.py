"""A small service as a process of its own, told by its environment how to behave."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

SERVICE = Path(__file__).with_name("small_service.py")
READY_S = 20.0


class Small:
    """The process, its ready file and its output."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.ready_file = directory / "ready.json"
        own = {"PATH": os.environ["PATH"], "RENKEI_READY_FILE": str(self.ready_file)}  # noqa: TID251 - a child's needs
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(SERVICE)],
            env=own | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> dict[str, Any]:
        """Return what the ready file says."""
        deadline = time.monotonic() + READY_S  # noqa: TID251 - a real process takes real time
        while not self.ready_file.exists():
            assert time.monotonic() < deadline, "never ready"  # noqa: TID251 - the same
            time.sleep(0.005)
        return msgspec.json.decode(self.ready_file.read_bytes())

    def tell(self, what: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(what)

    def end(self) -> tuple[int, str]:
        """Return its exit code and all that it has said."""
        said, _ = self.process.communicate(timeout=READY_S)
        return self.process.returncode, said

    def discard(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[..., Small]]:
    """`small(MODE="…")`: the service in that mode."""
    made: list[Small] = []

    def started(**environment: str) -> Small:
        made.append(Small(tmp_path, environment))
        return made[-1]

    yield started
    for one in made:
        one.discard()
