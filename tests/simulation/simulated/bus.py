"""The bus between register, centre and store: loses, doubles, delays, reorders, and is cut off."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from checkout.facts import NotOurs
from checkout.ports import CheckoutError
from contracts.envelope import Fact
from contracts.operations import TerminalFact
from contracts.stores import GatewayEpoch
from simulated.story import Broken, Story
from simulated.virtual import Process, VirtualLoop, chance
from terminal_gateway.errors import (
    CentreAwayError,
    ConflictError,
    NoRoomError,
    NotPublishedError,
)
from terminal_gateway.model import StoredFact

T = TypeVar("T")

USUAL_S: Final = (0.0003, 0.004)
SLOW_S: Final = (0.05, 0.9)
LATE_S: Final = (1.0, 14.0)
"""Longer than `COMMAND_STALE_S`: a command that lay about somewhere."""

PUBLISH_S: Final = 1.0
"""How long a publisher waits for its acknowledgement."""

AGAIN_S: Final = (0.2, 3.0)
"""When a message that was not acknowledged is delivered again."""

decode_fact: Final = msgspec.json.Decoder(Fact[TerminalFact]).decode


class NoResponder(Exception):  # noqa: N818 - as `messaging.errors`
    """Nobody is there: proof that nothing happened."""


class NoAnswer(Exception):  # noqa: N818 - as `messaging.errors`
    """Sent, and not answered in time: it may have happened."""


class Line:
    """One way between two places, and how it is at the moment."""

    def __init__(self, name: str, loop: VirtualLoop, rng: random.Random, story: Story) -> None:
        self.name = name
        self.trouble = True
        self.known_down = False
        """Cut, and both sides know: who asks is told so at once."""
        self.black_hole = False
        """Cut, and nobody knows yet."""
        self.loop = loop
        self.story = story
        self._rng = rng

    @property
    def cut(self) -> bool:
        """Whether nothing gets through."""
        return self.known_down or self.black_hole

    def happens(self, what: str, probability: float) -> bool:
        """Return whether a fault strikes now, and count it."""
        if not self.trouble or not chance(self._rng, probability):
            return False
        self.story.count(f"{self.name}: {what}")
        return True

    def delay(self) -> float:
        """Return how long the next message takes."""
        if self.happens("late", 0.02):
            return self._rng.uniform(*LATE_S)
        if self.happens("slow", 0.05):
            return self._rng.uniform(*SLOW_S)
        return self._rng.uniform(*USUAL_S)

    def copies(self) -> int:
        """Return how often the next message arrives."""
        if self.black_hole or self.happens("lost", 0.03):
            return 0
        return 2 if self.happens("doubled", 0.02) else 1


class Server:
    """Who answers at the other end right now: another process after each restart."""

    def __init__(self) -> None:
        self.process: Process | None = None

    @property
    def there(self) -> Process | None:
        """Return the process, if it is alive."""
        return self.process if self.process is not None and self.process.alive else None


async def ask(
    line: Line,
    asker: Process,
    server: Server,
    work: Callable[[], Coroutine[Any, Any, T]],
    *,
    timeout_s: float,
) -> T:
    """Request and reply. Raises `NoResponder` (proof) or `NoAnswer`."""
    asker.check()
    target = server.there
    if line.known_down or (target is None and not line.black_hole):
        await asyncio.sleep(line.delay())
        asker.check()
        raise NoResponder(line.name)
    exchange = Exchange(line, target, work)
    for _ in range(line.copies()):
        line.loop.call_later(line.delay(), exchange.arrive)
    try:
        async with asyncio.timeout(timeout_s):
            result = await exchange.answer
    except TimeoutError as error:
        raise NoAnswer(line.name) from error
    asker.check()
    return result


class Exchange(Generic[T]):
    """One question on its way, which may arrive twice, and its answer, which may not."""

    def __init__(
        self, line: Line, target: Process | None, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> None:
        self.answer: asyncio.Future[T] = line.loop.create_future()
        self._line = line
        self._target = target
        self._work = work

    def arrive(self) -> None:
        """The question is there; a process that was killed meanwhile hears nothing."""
        if self._target is not None and self._target.alive:
            self._target.spawn(self._serve(), "serve")

    async def _serve(self) -> None:
        line = self._line
        try:
            result = await self._work()
        except NoRoomError as error:  # as `Bus.serve`: logged, answered with an error
            line.story.tell(line.name, "the handler failed: {}", repr(error))
            line.loop.call_later(line.delay(), self._fail)
            return
        if not line.cut and line.copies():
            line.loop.call_later(line.delay(), self._reply, result)

    def _reply(self, result: T) -> None:
        if not self.answer.done():
            self.answer.set_result(result)

    def _fail(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(NoAnswer(self._line.name))


def tell(
    line: Line, teller: Process, server: Server, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Tell whoever listens; lost when nobody does."""
    teller.check()
    if line.known_down:
        return

    def arrive() -> None:
        target = server.there
        if target is not None and not line.cut:
            target.spawn(work(), "hear")

    for _ in range(line.copies()):
        line.loop.call_later(line.delay(), arrive)


class Stream:
    """TERMINALS: stores what is published, delivers until acknowledged, now and then loses one."""

    def __init__(self, line: Line, *, recognises_repeats: bool, rng: random.Random) -> None:
        self.line = line
        self.consumer = Server()
        self.take: Callable[[Fact[TerminalFact]], Coroutine[Any, Any, None]] | None = None
        self.set_aside: list[Fact[TerminalFact]] = []
        self.failures: list[str] = []
        self.waiting: list[tuple[float, bytes]] = []
        self._recognises_repeats = recognises_repeats
        self._ids: set[str] = set()
        self._rng = rng
        self._work = asyncio.Event()

    async def store(self, publisher: Process, message_id: str, payload: bytes) -> None:
        """Publish one message. Raises `NotPublishedError`; it may be stored all the same."""
        line, loop = self.line, self.line.loop
        publisher.check()
        if line.known_down:
            raise NotPublishedError("not connected")
        copies = line.copies()
        known = message_id in self._ids and self._recognises_repeats
        for _ in range(0 if known else copies):
            self._ids.add(message_id)
            if line.happens("stream lost one", 0.04):
                continue  # acknowledged, and gone all the same: nats.md saw it
            self.waiting.append((loop.now + line.delay(), payload))
            self._work.set()
        if not copies or line.cut or line.happens("ack lost", 0.02):
            await asyncio.sleep(PUBLISH_S)
            publisher.check()
            raise NotPublishedError("no acknowledgement")
        await asyncio.sleep(line.delay())
        publisher.check()

    async def deliver_forever(self) -> None:
        """One message after another, in the order in which they are due, which is not theirs."""
        loop = self.line.loop
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
        target, take = self.consumer.there, self.take
        if target is None or take is None:
            return False
        fact = decode_fact(payload)
        task = target.spawn(take(fact), "consume", awaited=True)
        await asyncio.wait({task})
        if task.cancelled() or not target.alive:
            return False
        error = task.exception()
        if error is None:
            return not self.line.happens("redelivered", 0.04)
        if isinstance(error, NotOurs):
            self.line.story.tell("stream", "set aside: {}", fact)
            self.set_aside.append(fact)
            return True
        if isinstance(error, CheckoutError):
            self.line.story.tell("stream", "delivered again: {}", repr(error))
            return False
        if isinstance(error, Broken):
            raise error
        raise Broken(f"the consumer crashed: {error!r}", self.line.story) from error


class FactStream:
    """`terminal_gateway.ports.FactStream` of one process."""

    def __init__(self, stream: Stream, process: Process) -> None:
        self._stream = stream
        self._process = process
        self._replayed = 0

    async def publish(self, facts: Sequence[StoredFact]) -> None:
        """Return once all are acknowledged, in order."""
        for fact in facts:
            await self._stream.store(self._process, fact.id, fact.payload)

    async def publish_again(self, facts: Sequence[StoredFact]) -> None:
        """Publish so that the stream does not take them for repeats."""
        self._stream.line.story.count("facts replayed")
        self._replayed += 1
        for fact in facts:
            again = f"{fact.id}.again.{self._replayed}"
            await self._stream.store(self._process, again, fact.payload)


class EpochBucket:
    """The bucket `gateway_epochs`, for one store."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.value: GatewayEpoch | None = None
        self.revision = 0
        self.watchers: dict[str, Callable[[int], None]] = {}

    def changed(self) -> None:
        """Tell every watcher, each some time later."""
        assert self.value is not None, "told after a change"
        for name in self.watchers:
            self.line.loop.call_later(self.line.delay(), self._tell, name, self.value.epoch)

    def _tell(self, name: str, epoch: int) -> None:
        watcher = self.watchers.get(name)
        if watcher is not None:
            watcher(epoch)


class EpochClient:
    """`terminal_gateway.ports.Epochs` of one process."""

    def __init__(self, bucket: EpochBucket, process: Process) -> None:
        self._bucket = bucket
        self._process = process

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
        if bucket.line.happens("epoch taken, answer lost", 0.1):
            raise CentreAwayError("no answer")

    async def _reach(self) -> None:
        self._process.check()
        line = self._bucket.line
        await asyncio.sleep(line.delay())
        self._process.check()
        if line.cut or line.happens("epochs away", 0.03):
            raise CentreAwayError(line.name)
