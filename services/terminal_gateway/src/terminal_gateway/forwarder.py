"""Delivers the outbox: at least once, in the order of the commits, however long it takes."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

from contracts.operations import Delivered
from terminal_gateway.errors import NotPublishedError
from terminal_gateway.model import StoredFact
from terminal_gateway.ports import FactStream, Journal

BATCH_MAX: Final = 100
"""Published together after an outage: nats.md measured 16,000/s so, one by one 2,000/s."""

WAITING_MAX: Final = 1_000
"""Held in memory; what is more is read from the disk again when its turn comes."""

REPLAYS_MAX: Final = 10_000
"""Facts waiting to be sent again: ten gaps of `REPLAY_MAX`. Who asks for more asks again."""

PAUSES_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Between tries while the centre is away; the last repeats, so it is found 5 s late at most."""

_log = logging.getLogger(__name__)


class Forwarder:
    """One for the gateway, so that all terminals' facts keep the order of (epoch, sequence)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._stream: FactStream | None = None
        self._waiting: deque[StoredFact] = deque()
        self._replays: deque[StoredFact] = deque()
        self._offered = 0
        self.delivered: Delivered | None = None
        """The last fact that the stream has taken, for the heartbeats."""
        self._behind = True
        self._work = asyncio.Event()
        self._work.set()

    @property
    def waiting(self) -> bool:
        """Whether something that was committed is not known to be at the centre."""
        return self._behind or bool(self._waiting)

    def offer(self, facts: Sequence[StoredFact]) -> None:
        """Take facts that were committed just now; never waits."""
        if not self._behind:
            in_order = facts[0].position == self._offered + 1
            if in_order and len(self._waiting) + len(facts) <= WAITING_MAX:
                self._waiting.extend(facts)
                self._offered = facts[-1].position
            else:
                self._behind = True
        self._work.set()

    def replay(self, facts: Sequence[StoredFact]) -> None:
        """Send facts once more, as new messages; bounded, the rest is dropped."""
        room = REPLAYS_MAX - len(self._replays)
        self._replays.extend(facts[:room])
        self._work.set()

    def connect(self, stream: FactStream) -> None:
        """The centre is in reach now (and from then on, outages apart)."""
        self._stream = stream
        self._work.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            stream = self._stream
            if stream is None:
                continue
            while await self._deliver_some(stream):
                pass

    async def _deliver_some(self, stream: FactStream) -> bool:
        if self._replays:
            again = [self._replays.popleft() for _ in range(min(BATCH_MAX, len(self._replays)))]
            await self._insist(stream, again, repeated=True)
            return True
        if not self._waiting and self._behind:
            await self._catch_up()
        if not self._waiting:
            return self._behind
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        await self._insist(stream, batch, repeated=False)
        last = batch[-1]
        self._journal.mark_published(last.position)
        self.delivered = Delivered(epoch=last.epoch, sequence=last.sequence)
        return True

    async def _catch_up(self) -> None:
        # Offers that come while we read are not taken (`_behind`); they are on the disk, so one
        # more reading that finds nothing new ends it.
        self._work.clear()
        facts = await self._journal.unpublished(after=self._offered, limit=WAITING_MAX)
        if facts:
            self._waiting.extend(facts)
            self._offered = facts[-1].position
        elif not self._work.is_set():
            self._behind = False

    async def _insist(
        self, stream: FactStream, facts: Sequence[StoredFact], *, repeated: bool
    ) -> None:
        tries = 0
        while True:
            try:
                await (stream.publish_again(facts) if repeated else stream.publish(facts))
            except NotPublishedError as error:
                if tries == 0:
                    _log.warning("facts wait: %s", error.reason)
                await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
                tries += 1
            else:
                if tries:
                    _log.info("facts flow again")
                return
