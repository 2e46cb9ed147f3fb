"""Who is a store's gateway, as the centre keeps it: the bucket `gateway_epochs`."""

import asyncio
from collections.abc import Callable
from typing import Final

from contracts.stores import GatewayEpoch
from simulated.line import Line
from simulated.virtual import Process
from terminal_gateway.errors import CentreAwayError, ConflictError

WATCHES_AGAIN_S: Final = 0.5
"""How long after a cut a watch hears what it missed, at most."""


class EpochBucket:
    """The bucket `gateway_epochs`, for one store."""

    def __init__(self) -> None:
        self.value: GatewayEpoch | None = None
        self.revision = 0
        self._watchers: list[tuple[Process, Line, Callable[[int], None]]] = []

    def watch(self, process: Process, line: Line, seen: Callable[[int], None]) -> None:
        """Tell `seen` every epoch, some time after it was taken, as long as the process lives."""
        self._watchers = [each for each in self._watchers if each[0].alive]
        self._watchers.append((process, line, seen))
        self._tell_later(process, line, seen)

    def changed(self) -> None:
        """Tell every watcher."""
        for watcher in self._watchers:
            self._tell_later(*watcher)

    def _tell_later(self, process: Process, line: Line, seen: Callable[[int], None]) -> None:
        def tell_now() -> None:
            if self.value is None or not process.alive:
                return
            if line.cut:
                line.loop.call_later(WATCHES_AGAIN_S, tell_now)
            else:
                seen(self.value.epoch)

        line.loop.call_later(line.delay(), tell_now)


class EpochClient:
    """`terminal_gateway.ports.Epochs` of one process."""

    def __init__(self, bucket: EpochBucket, process: Process, line: Line) -> None:
        self._bucket = bucket
        self._process = process
        self._line = line

    async def read(self) -> tuple[GatewayEpoch, int] | None:
        """Return the holder and the revision."""
        await self._reach()
        bucket = self._bucket
        return None if bucket.value is None else (bucket.value, bucket.revision)

    async def take(self, epoch: GatewayEpoch, revision: int | None) -> None:
        """Replace exactly that revision."""
        await self._reach()
        bucket = self._bucket
        if (revision or 0) != bucket.revision:
            raise ConflictError
        bucket.value = epoch
        bucket.revision += 1
        bucket.changed()
        if self._line.happens("epoch taken, answer lost", 0.1):
            raise CentreAwayError("no answer")

    async def _reach(self) -> None:
        self._process.check()
        await asyncio.sleep(self._line.delay())
        self._process.check()
        if self._line.cut or self._line.happens("epochs away", 0.03):
            raise CentreAwayError(self._line.name)
