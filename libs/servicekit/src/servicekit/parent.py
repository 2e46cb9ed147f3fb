"""A child never outlives the supervisor that started it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""`prctl(2)`: the kernel sends us this signal when the parent's thread ends."""

POLL_S: Final = 2.0
"""Where the kernel does not tell us, an orphan is noticed this late at most."""


def follow(parent_pid: int) -> None:
    """Have the kernel send SIGTERM when the parent dies (Linux only); exit if it already has.

    Raises `SystemExit` when the parent is gone before we could ask.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        raise SystemExit(1)


async def watch(parent_pid: int, orphaned: Callable[[], None]) -> None:
    """Call `orphaned` once the parent is another one than `parent_pid`."""
    while os.getppid() == parent_pid:  # noqa: ASYNC110 - nothing tells us of a new parent
        await asyncio.sleep(POLL_S)
    orphaned()
