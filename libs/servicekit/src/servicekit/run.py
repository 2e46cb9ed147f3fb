"""The one bootstrap: settings, logs, telemetry, health, signals, drain. `__main__` calls `run`."""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Final, NoReturn

import msgspec
import uvloop

from servicekit import health, logs, parent, settings, telemetry
from servicekit.lifecycle import PROCESS, Lifecycle
from servicekit.service import HasEndpoints, Service
from servicekit.settings import Settings, SettingsError
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

__all__ = ["DRAIN_S", "EXIT_S", "Service", "Tasks", "run"]

DRAIN_S: Final = 8.0
"""What is under way gets this long to finish; an orchestrator kills after 10 s."""

EXIT_S: Final = 9.5
"""Whatever hangs, the process is gone by then: the stacks are printed and it ends with 1."""

SETTINGS_EXIT: Final = 78
"""`EX_CONFIG` of sysexits.h: starting again will not help before the settings change."""

FAILURE_EXIT: Final = 1

_SIGNALLED_EXIT: Final = 128
"""The shell's way to say which signal ended a process: 128 + its number."""

_log = logging.getLogger(__name__)

Build = Callable[[Settings, Telemetry], Service]


def run(name: str, build: Build) -> NoReturn:
    """Run one service until it is told to stop, then exit the process.

    `build` reads its `Config` out of the settings, puts the service together and returns it; it
    connects to nothing. Exit codes: 0 stopped as asked, 1 crashed, 78 wrong settings.
    """
    env = Settings.of_process()
    parent_pid = env.integer(settings.PARENT_PID, 0, low=0)
    if parent_pid:
        parent.follow(parent_pid)
    instance = env.text(settings.INSTANCE, f"{name}-{os.getpid()}")
    logs.configure(
        name,
        instance,
        form=env.choice(settings.LOG_FORMAT, ("auto", "json", "text"), "auto"),
        level=env.choice(settings.LOG_LEVEL, logs.LEVELS, "INFO"),
    )
    endpoint = env.text(settings.OTLP_ENDPOINT, "")
    observed = telemetry.build(telemetry.Resource(name, _version(name), instance), endpoint)
    host = env.text(settings.HEALTH_HOST, "127.0.0.1")
    port = env.integer(settings.HEALTH_PORT, 0, low=0, high=65_535)
    ready_file = env.text(settings.READY_FILE, "")
    try:
        service = build(env, observed)
        env.finish()
    except SettingsError as error:
        for problem in error.problems:
            _log.critical("settings: %s", problem)
        sys.exit(SETTINGS_EXIT)
    process = _Process(service, (host, port), Path(ready_file) if ready_file else None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(process.live(parent_pid))
    observed.shutdown()
    sys.exit(code)


class _Process:
    """One service's life, from its start to its exit code."""

    def __init__(
        self,
        service: Service,
        health_at: tuple[str, int],
        ready_file: Path | None,
        state: Lifecycle = PROCESS,
    ) -> None:
        self._service = service
        self._state = state
        self._health_at = health_at
        self._ready_file = ready_file
        self._stop = asyncio.Event()
        self._probes: health.HealthServer | None = None
        self._health_address = ""

    async def live(self, parent_pid: int) -> int:
        """Start, serve until told to stop, drain; return the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)
        self._state.on_failure(partial(loop.call_soon_threadsafe, self._begin_to_stop))
        tasks = Tasks(self._state)
        if parent_pid:
            tasks.spawn(parent.watch(parent_pid, self._begin_to_stop), "watch the supervisor")
        starting = asyncio.create_task(self._start(), name="start")
        stopping = asyncio.create_task(self._stop.wait(), name="wait for the end")
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            _log.error("could not start", exc_info=starting.exception())
            self._state.fail("could not start")
        await stopping
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await self._drain()
        await tasks.cancel()
        return FAILURE_EXIT if self._state.failure else 0

    async def _start(self) -> None:
        if not getattr(self._service, "serves_health", False):
            self._probes = health.HealthServer(self._service, self._state)
            self._health_address = await self._probes.start(*self._health_at)
        await self._service.start()
        self._state.started = True
        endpoints = self._service.endpoints() if isinstance(self._service, HasEndpoints) else {}
        address = self._health_address or endpoints.get("http", "")
        if self._ready_file is not None:
            announce(self._ready_file, {"pid": os.getpid(), "health": address, **endpoints})
        _log.info("ready", extra=endpoints)

    async def _drain(self) -> None:
        try:
            await asyncio.wait_for(self._service.drain(), DRAIN_S)
        except TimeoutError:
            _log.warning("work was still under way after %s s; it is cut off", DRAIN_S)
        except Exception:  # noqa: BLE001 - the process ends now, drained or not
            _log.exception("could not drain")
        if self._probes is not None:
            await self._probes.stop()
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)
        _log.info("stopped")

    def _signalled(self, number: int) -> None:
        if self._stop.is_set():
            _log.warning("told to stop again: leaving at once")
            logging.shutdown()
            os._exit(_SIGNALLED_EXIT + number)
        _log.info("told to stop: draining")
        self._begin_to_stop()

    def _begin_to_stop(self) -> None:
        if not self._stop.is_set():
            faulthandler.dump_traceback_later(EXIT_S, exit=True)
        self._state.draining = True
        self._stop.set()


def announce(path: Path, content: dict[str, str | int]) -> None:
    """Write the ready file so that a reader sees all of it or nothing."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(msgspec.json.encode(content))
    unfinished.replace(path)


def _version(name: str) -> str:
    try:
        return metadata.version(f"renkei-{name.replace('_', '-')}")
    except metadata.PackageNotFoundError:
        return "0"
