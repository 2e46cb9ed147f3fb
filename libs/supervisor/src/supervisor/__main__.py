"""`python -m supervisor`: the whole system on this machine, in the foreground.

`python -m supervisor remove`: remove the data folder and what belongs to it elsewhere.
"""

import asyncio
import os
import random
import shutil
import signal
import sys
from typing import Final

from servicekit.clock import SystemClock
from servicekit.parent import follow
from servicekit.settings import Settings, SettingsError
from supervisor.config import Config, read_config
from supervisor.console import Console
from supervisor.data_dir import DataDir
from supervisor.errors import SupervisorError
from supervisor.postgres_home import forget_home
from supervisor.system import System

FAILURE: Final = 1

ECHO_S: Final = 1.0
"""One Ctrl-C may arrive twice, from the terminal and from `make`; a person's second comes later."""


async def run(config: Config, console: Console) -> int:
    """Run until told to stop; return the exit code."""
    stop = asyncio.Event()
    system = System(config, dict(os.environ), console, random.SystemRandom())  # noqa: TID251 - children inherit it

    loop = asyncio.get_running_loop()
    first_told = 0.0

    def told_to_stop() -> None:
        nonlocal first_told
        if not stop.is_set():
            first_told = loop.time()
            console.say("stopping (again to hurry)")
            stop.set()
        elif loop.time() - first_told > ECHO_S:
            system.hurry.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told_to_stop)
    starting = asyncio.create_task(system.start(), name="start")
    ends = {
        asyncio.create_task(stop.wait(), name="wait for the end"),
        asyncio.create_task(system.broken.wait(), name="wait for a break"),
    }
    code = 0
    try:
        await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        code = FAILURE if system.broken.is_set() else 0
    except (SupervisorError, OSError) as error:
        console.fail(str(error))
        code = FAILURE
    starting.cancel()
    await asyncio.wait({starting})
    await system.stop()
    for end in ends:
        end.cancel()
    if code == 0:
        console.say("stopped; nothing is left running")
    return code


def remove(config: Config) -> int:
    """Remove all data, unless a system runs on it; return the exit code."""
    if not config.data_dir.exists():
        return 0
    try:
        DataDir(config.data_dir).claim()
    except SupervisorError as error:
        sys.stderr.write(f"renkei: {error}\n")
        return FAILURE
    forget_home(config.data_dir)
    shutil.rmtree(config.data_dir)
    return 0


def main() -> int:
    """Read the settings and run, or say what is wrong with them."""
    settings = Settings.of_process()
    try:
        config = read_config(settings)
    except SettingsError as error:
        sys.stderr.write("".join(f"renkei: {problem}\n" for problem in error.problems))
        return FAILURE
    if sys.argv[1:] == ["remove"]:
        return remove(config)
    if config.parent_pid:
        follow(config.parent_pid)
    console = Console(
        sys.stdout,
        sys.stderr,
        SystemClock(),
        log_format=config.log_format,
        coloured=sys.stdout.isatty() and not settings.text("NO_COLOR", ""),
        verbose=config.log_level == "DEBUG",
    )
    return asyncio.run(run(config, console))


if __name__ == "__main__":
    sys.exit(main())
