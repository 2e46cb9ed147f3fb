"""Starting, knowing again and ending operating-system processes.

Every child stands in a session of its own, so that Ctrl-C reaches only the supervisor, and is told
by the kernel when its parent dies (Linux), so that kill -9 of the supervisor leaves nothing behind.
"""

import asyncio
import contextlib
import ctypes
import os
import platform
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Callable, Iterable
from pathlib import Path
from signal import Signals
from typing import IO, Final

import psutil
from msgspec import Struct

PR_SET_PDEATHSIG: Final = 1
"""From Linux' `prctl.h`: the signal that a process gets when the thread that made it ends."""

LINE_MAX: Final = 1024**2
"""Longest line of a child's output that is read as one; a longer one is cut in pieces."""

_LIBC: Final = ctypes.CDLL(None) if platform.system() == "Linux" else None


class Command(Struct, frozen=True, kw_only=True):
    """A program to start: its whole environment, its user (None: ours), and how it is stopped.

    `stop_signal` ends it in good order; `orphan_signal` is what it gets when its parent dies.
    """

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: Path
    user: int | None = None
    group: int | None = None
    stop_signal: Signals = signal.SIGTERM
    orphan_signal: Signals = signal.SIGTERM


class Identity(Struct, frozen=True, kw_only=True):
    """A process that is known again even after its number was given to another one."""

    pid: int
    started: float


def spawn(command: Command, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start a program; both its output streams go to `output`."""
    return subprocess.Popen(  # noqa: S603 - commands are our own
        command.argv,
        env=command.env,
        cwd=command.cwd,
        user=command.user,
        group=command.group,
        extra_groups=[] if command.user is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with_parent(command.orphan_signal),  # noqa: PLW1509 - two system calls, no lock is taken
    )


async def spawn_async(command: Command) -> Process:
    """Start a program; both its output streams are read from `Process.stdout`."""
    return await asyncio.create_subprocess_exec(
        *command.argv,
        env=command.env,
        cwd=command.cwd,
        user=command.user,
        group=command.group,
        extra_groups=[] if command.user is not None else None,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_MAX,
        start_new_session=True,
        preexec_fn=_die_with_parent(command.orphan_signal),
    )


def identify(pid: int) -> Identity | None:
    """Return who has this number now, or None."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid=pid, started=process.create_time())
    except psutil.Error:
        return None


def is_alive(identity: Identity) -> bool:
    """Tell whether exactly this process still runs."""
    return identify(identity.pid) == identity


def end(identities: Iterable[Identity], first: Signals, patience_s: float) -> None:
    """End processes that are not our children: ask, wait at most `patience_s`, then SIGKILL.

    Returns when they are gone. A process that is not ours to signal is left alone.
    """
    for step in (first, signal.SIGKILL):
        left = [psutil.Process(one.pid) for one in identities if is_alive(one)]
        if not left:
            return
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.send_signal(step)
        psutil.wait_procs(left, timeout=patience_s)


def _die_with_parent(orphan_signal: Signals) -> Callable[[], None] | None:
    """Return what a new child does first, between fork and exec."""
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:  # it died before the kernel was asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_the_kernel
