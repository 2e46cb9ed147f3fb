"""Where the time goes: a listener on the bus stamps what passes, by the clock of the ends.

Imports nothing of Renkei, so that the floor's stages are taken the same way.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence

from nats.aio.msg import Msg

from bench.bare_nats import connected, listen

Path = Sequence[tuple[str, str]]
"""What passes on the way: what it ends (as the table says it), and the subject to listen on."""


LATE_S = 0.02
"""What we listen to on the bus may reach us after the event that it caused did."""


class Trail:
    """Collects how long each stage took, there and back."""

    def __init__(self, there: Path, back: Path, ends: tuple[str, str]) -> None:
        """Name the stages by what ends them; `ends` are the last ones, which nobody hears."""
        self._there = there
        self._back = back
        self._ends = ends
        self._heard: dict[str, float] = {}
        self._took: dict[str, list[float]] = {}

    @contextlib.asynccontextmanager
    async def listening(self, nats_url: str) -> AsyncGenerator["Trail"]:
        """Listen on the bus."""
        connection = await connected(nats_url)
        for stage, subject in (*self._there, *self._back):

            async def hear(_message: Msg, stage: str = stage) -> None:
                self._heard.setdefault(stage, time.perf_counter())

            await listen(connection, subject, hear)
        try:
            yield self
        finally:
            await connection.close()

    def begin(self) -> None:
        """Forget what was heard: a payment begins."""
        self._heard.clear()

    async def end(
        self,
        *,
        there: tuple[float, float],
        back: tuple[float, float],
        beside: Mapping[str, tuple[float, float]] = {},
    ) -> None:
        """Keep a payment's stages; `beside`: spans on no path, by name."""
        await asyncio.sleep(LATE_S)
        self._keep(self._there, self._ends[0], *there)
        self._keep(self._back, self._ends[1], *back)
        for name, (began, ended) in beside.items():
            self._took.setdefault(f"beside: {name}", []).append(ended - began)

    def _keep(self, path: Path, last: str, began: float, ended: float) -> None:
        before = began
        for stage, _ in path:
            at = min(self._heard.get(stage, before), ended)
            self._took.setdefault(stage, []).append(at - before)
            before = at
        self._took.setdefault(last, []).append(ended - before)

    def medians_ms(self) -> dict[str, float]:
        """Return each stage's p50."""
        return {stage: sorted(took)[len(took) // 2] * 1_000 for stage, took in self._took.items()}
