"""The stream of what terminals did: stores, delivers until acknowledged, now and then loses one."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from checkout.facts import NotOurs
from checkout.ports import CheckoutError
from contracts.envelope import Fact
from contracts.operations import TerminalFact
from simulated.bus import Server
from simulated.invariants import Invariant
from simulated.line import Line
from simulated.story import Broken
from simulated.virtual import Process
from terminal_gateway.errors import NotPublishedError
from terminal_gateway.model import StoredFact

PUBLISH_S: Final = 1.0
"""How long a publisher waits for its acknowledgement."""

AGAIN_S: Final = (0.2, 3.0)
"""When a message that was not acknowledged is delivered again."""

decode_fact: Final = msgspec.json.Decoder(Fact[TerminalFact]).decode


class TakesFacts(Protocol):
    """The consumer of the stream."""

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Take a fact in."""
        ...


C = TypeVar("C", bound=TakesFacts)


class Stream(Generic[C]):
    """TERMINALS: stores what is published, delivers until acknowledged, now and then loses one."""

    def __init__(
        self,
        consumer: Server[C],
        *,
        recognises_repeats: bool,
        rng: random.Random,
        line: Line,
    ) -> None:
        self.set_aside: list[Fact[TerminalFact]] = []
        self.waiting: list[tuple[float, bytes]] = []
        self._line = line
        self._consumer = consumer
        self._recognises_repeats = recognises_repeats
        self._ids: set[str] = set()
        self._rng = rng
        self._work = asyncio.Event()

    async def store(self, publisher: Process, line: Line, message_id: str, payload: bytes) -> None:
        """Publish one message. Raises `NotPublishedError`; it may be stored all the same."""
        loop = line.loop
        publisher.check()
        if line.known_down:
            raise NotPublishedError("not connected")
        copies = line.deliveries()
        known = message_id in self._ids and self._recognises_repeats
        for delay_s in () if known else copies:
            self._ids.add(message_id)
            if line.happens("stream lost one", 0.04):
                continue  # acknowledged, and gone all the same: nats.md saw it
            self.waiting.append((loop.now + delay_s, payload))
            self._work.set()
        if not copies or line.cut or line.happens("ack lost", 0.02):
            await asyncio.sleep(PUBLISH_S)
            publisher.check()
            raise NotPublishedError("no acknowledgement")
        await asyncio.sleep(line.delay())
        publisher.check()

    async def deliver_forever(self) -> None:
        """One message after another, in the order in which they are due, which is not theirs."""
        loop = self._line.loop
        while True:
            if not self.waiting:
                self._work.clear()
                await self._work.wait()
                continue
            due, payload = min(self.waiting, key=lambda each: each[0])
            if due > loop.now:
                await asyncio.sleep(due - loop.now)
                continue
            self.waiting.remove((due, payload))
            if not await self._delivered(payload):
                self.waiting.append((loop.now + self._rng.uniform(*AGAIN_S), payload))

    async def _delivered(self, payload: bytes) -> bool:
        target = next(iter(self._consumer.there), None)
        if target is None:
            return False
        fact = decode_fact(payload)
        task = target.process.spawn(target.what.on_fact(fact), "consume", awaited=True)
        await asyncio.wait({task})
        if task.cancelled() or not target.process.alive:
            return False
        return self._acknowledged(fact, task.exception())

    def _acknowledged(self, fact: Fact[TerminalFact], error: BaseException | None) -> bool:
        story = self._line.story
        if error is None:
            return not self._line.happens("redelivered", 0.04)
        if isinstance(error, NotOurs):
            story.tell("stream", "set aside: {}", fact)
            self.set_aside.append(fact)
            return True
        if isinstance(error, CheckoutError):
            story.tell("stream", "to be delivered again: {}", repr(error))
            return False
        if isinstance(error, Broken):
            raise error
        raise Broken(Invariant.NOTHING_CRASHES, f"the consumer: {error!r}", story) from error


class FactStream:
    """`terminal_gateway.ports.FactStream` of one process."""

    def __init__(self, stream: Stream[Any], process: Process, line: Line) -> None:
        self._stream = stream
        self._process = process
        self._line = line
        self._replayed = 0

    async def publish(self, facts: Sequence[StoredFact]) -> None:
        """Return once all are acknowledged, in order."""
        for fact in facts:
            await self._stream.store(self._process, self._line, fact.id, fact.payload)

    async def publish_again(self, facts: Sequence[StoredFact]) -> None:
        """Publish so that the stream does not take them for repeats."""
        self._line.story.count("facts replayed")
        self._replayed += 1
        for fact in facts:
            again = f"{fact.id}.again.{self._replayed}"
            await self._stream.store(self._process, self._line, again, fact.payload)
