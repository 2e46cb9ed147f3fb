"""A service that behaves as MODE says. Run as a process by `conftest.Small`."""

import asyncio
import sys
import time

from servicekit import run as bootstrap
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

HEAVY = {"opentelemetry", "requests", "google"}


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


class Small:
    name = "small"

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self._tasks = Tasks()

    async def start(self) -> None:
        if self.mode == "never_starts":
            say("starting")
            await asyncio.Event().wait()
        if self.mode == "cannot_start":
            raise OSError("no disk")
        if self.mode == "crashes":
            self._tasks.spawn(self._crash(), "relay")

    async def _crash(self) -> None:
        await asyncio.sleep(0.02)
        raise KeyError("bug")

    async def ready(self) -> dict[str, bool]:
        if self.mode == "hangs":
            await asyncio.Event().wait()
        return {"disk": self.mode != "unwell"}

    async def drain(self) -> None:
        say("draining")
        if self.mode == "drains_for_ever":
            await asyncio.Event().wait()
        if self.mode == "blocks":
            time.sleep(60)  # noqa: ASYNC251 - the very thing that the hard stop is for
        say(f"heavy modules: {sorted(HEAVY & set(sys.modules))}")

    def endpoints(self) -> dict[str, str]:
        return {"link": "tcp://127.0.0.1:1"}


def build(settings: Settings, _telemetry: Telemetry) -> Small:
    service = Small(settings.text("MODE", "well"))
    if service.mode == "blocks":
        bootstrap.EXIT_S = 1.0
    if service.mode == "wrong":
        settings.text("MISSING")
        settings.integer("NUMBER")
    settings.finish()
    return service


bootstrap.DRAIN_S = 0.3
bootstrap.run("small", build)
