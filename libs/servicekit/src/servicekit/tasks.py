"""Background work that somebody notices when it ends in an error."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from servicekit.lifecycle import PROCESS, Lifecycle

_log = logging.getLogger(__name__)

CANCEL_AGAIN_S: Final = 2.0
"""No clean-up takes as long. One that runs on has lost its cancel: Python 3.11's `wait_for`
swallows the one that comes in the moment of its answer (cpython 86296)."""


class Tasks:
    """Tasks that run as long as the service does.

    One that crashes is logged and ends the process with exit code 1, so that whoever supervises
    it starts a fresh one: a service without its consumer must not look alive.
    """

    def __init__(self, lifecycle: Lifecycle = PROCESS) -> None:
        self._lifecycle = lifecycle
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `coro` in the background. Its ordinary return is no failure."""
        task = asyncio.create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        running = set(self._running)
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN_S)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error("task %s crashed", task.get_name(), exc_info=error)
            self._lifecycle.fail(f"task {task.get_name()} crashed: {error!r}")
