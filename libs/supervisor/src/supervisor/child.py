"""One child process: started, watched, started again, and ended in good order."""

import asyncio
import contextlib
import signal
from asyncio.subprocess import Process
from collections.abc import Callable
from typing import Final

from supervisor.console import Console
from supervisor.errors import SupervisorError
from supervisor.processes import Command, spawn_async
from supervisor.restarts import failures_after, pause_before

POLL_S: Final = 0.01
"""Readiness is looked up this often while a child starts; it takes a second at most."""

SLOW_START_S: Final = 20.0
"""A start that takes longer than this is mentioned."""


LAST_WORDS_S: Final = 1.0
"""What a child wrote before it ended is read for this long."""


class Child:
    """A process that is kept running until `stop`.

    `command` is asked anew for each start, in a thread, and may prepare files; `is_ready` tells
    whether the process of that number has come far enough.
    """

    def __init__(
        self,
        key: str,
        *,
        command: Callable[[], Command],
        is_ready: Callable[[int], bool],
        on_spawn: Callable[[str, int], None],
        on_ready: Callable[[str], None],
        on_broken: Callable[[], None],
        console: Console,
    ) -> None:
        self.key = key
        self.pid = 0
        self.ready = asyncio.Event()
        self._command = command
        self._is_ready = is_ready
        self._on_spawn = on_spawn
        self._on_ready = on_ready
        self._on_broken = on_broken
        self._console = console
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; `ready` is set when it is."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.key}")
        self._keeper.add_done_callback(self._kept)

    async def stop(self, how: signal.Signals, patience_s: float, hurry: asyncio.Event) -> None:
        """Ask it to end and wait; it is killed after `patience_s`, or as soon as `hurry` is set."""
        self._stopping.set()
        keeper = self._keeper
        if keeper is None:
            return
        self._signal(how)
        haste = asyncio.create_task(hurry.wait())
        await asyncio.wait({keeper, haste}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        haste.cancel()
        if not keeper.done():
            self._console.say(f"{self.key} does not stop: killed")
            self._signal(signal.SIGKILL)
        await asyncio.wait({keeper})

    def _kept(self, keeper: asyncio.Task[None]) -> None:
        error = None if keeper.cancelled() else keeper.exception()
        if error is not None:
            self._console.say(f"{self.key} can be kept no longer: {error!r}")
            self._signal(signal.SIGKILL)
            self._on_broken()

    async def _keep(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            ending = await self._run_once()
            self.ready.clear()
            if self._stopping.is_set():
                return
            failures = failures_after(failures, loop.time() - began)
            pause_s = pause_before(failures)
            self._console.say(f"{self.key} {ending}; started again in {pause_s:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def _run_once(self) -> str:
        """Run it from start to end and say how it ended."""
        try:
            command = await asyncio.to_thread(self._command)
            self._process = process = await spawn_async(command)
        except (OSError, SupervisorError) as error:
            return f"could not be started ({error})"
        self.pid = process.pid
        self._on_spawn(self.key, process.pid)
        if self._stopping.is_set():
            self._signal(command.stop_signal)
        watch = asyncio.create_task(self._watch_start(process), name=f"start {self.key}")
        output = asyncio.create_task(self._show_output(process), name=f"output of {self.key}")
        code = await process.wait()
        self._process = None
        watch.cancel()
        # Grandchildren of a killed server may hold its output open for a moment, or longer.
        await asyncio.wait({output}, timeout=LAST_WORDS_S)
        output.cancel()
        return _ending(code)

    async def _watch_start(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        mentioned = False
        while not self._is_ready(process.pid):
            await asyncio.sleep(POLL_S)
            if not mentioned and loop.time() - began > SLOW_START_S:
                mentioned = True
                self._console.say(f"{self.key} is still not ready after {SLOW_START_S:.0f} s")
        self.ready.set()
        self._on_ready(self.key)

    async def _show_output(self, process: Process) -> None:
        assert process.stdout is not None, "spawned with a pipe"  # noqa: S101 - our own bug
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than any line of ours: the rest of it follows
                continue
            if not line:
                return
            self._console.child(self.key, line)

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(what)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
