"""One child process: what keeps it running, and what ends it."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest

from supervisor.child import Child
from supervisor.console import Console
from supervisor.processes import Command
from testkit.clock import FakeClock

PATIENCE_S: Final = 20.0

STUBBORN: Final = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


class Kept:
    """A child and all that is told about it."""

    def __init__(self, program: str, folder: Path) -> None:
        self.output = io.StringIO()
        self.pids: list[int] = []
        self.broken = asyncio.Event()
        self.program = program
        self.folder = folder
        self.command: Callable[[], Command] = self.usual
        console = Console(
            self.output,
            self.output,
            FakeClock(),
            log_format="text",
            coloured=False,
            verbose=False,
        )
        self.child = Child(
            "proof",
            command=self.next_command,
            is_ready=lambda _pid: "\n" in self.output.getvalue(),
            on_spawn=lambda _key, pid: self.pids.append(pid),
            on_ready=lambda _key: None,
            on_broken=self.broken.set,
            console=console,
        )

    def next_command(self) -> Command:
        return self.command()

    def usual(self) -> Command:
        return Command(
            argv=(sys.executable, "-c", self.program), env={"LC_ALL": "C.UTF-8"}, cwd=self.folder
        )

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not reached():  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.01)

    async def stop(self, patience_s: float = 10.0) -> None:
        await self.child.stop(signal.SIGTERM, patience_s, asyncio.Event())


@pytest.fixture
async def sleeper(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept("import time; print('awake', flush=True); time.sleep(60)", tmp_path)
    kept.child.start()
    async with asyncio.timeout(PATIENCE_S):
        await kept.child.ready.wait()
    yield kept
    await kept.stop(0.1)


async def test_what_it_writes_is_shown_with_its_name(sleeper: Kept) -> None:
    assert "proof" in sleeper.output.getvalue()
    assert "awake" in sleeper.output.getvalue()


async def test_it_comes_back_as_another_process(sleeper: Kept) -> None:
    os.kill(sleeper.child.pid, signal.SIGKILL)
    await sleeper.until(lambda: len(sleeper.pids) == 2)
    assert sleeper.pids[0] != sleeper.pids[1]
    assert "was ended by SIGKILL" in sleeper.output.getvalue()


async def test_a_stop_is_final(sleeper: Kept) -> None:
    await sleeper.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(sleeper.pids[0], 0)
    assert len(sleeper.pids) == 1


async def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    kept = Kept(STUBBORN, tmp_path)
    kept.child.start()
    await kept.until(lambda: "deaf" in kept.output.getvalue())
    await kept.stop(patience_s=0.2)
    assert "does not stop: killed" in kept.output.getvalue()


async def test_a_program_that_is_not_there_is_told_and_tried_again(tmp_path: Path) -> None:
    kept = Kept("", tmp_path)
    kept.command = lambda: Command(argv=(str(tmp_path / "nothing"),), env={}, cwd=tmp_path)
    kept.child.start()
    await kept.until(lambda: kept.output.getvalue().count("could not be started") >= 2)
    await kept.stop()
    assert not kept.broken.is_set()


async def test_a_bug_of_the_keepers_own_is_told_to_whoever_can_stop_everything(
    tmp_path: Path,
) -> None:
    def bug() -> Command:
        raise ZeroDivisionError

    kept = Kept("", tmp_path)
    kept.command = bug
    kept.child.start()
    async with asyncio.timeout(PATIENCE_S):
        await kept.broken.wait()
    assert "can be kept no longer" in kept.output.getvalue()
    await kept.stop()
