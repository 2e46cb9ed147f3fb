"""The bus between register, centre and store: loses, doubles, delays, reorders, and is cut off."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

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
S = TypeVar("S")

USUAL_S: Final = (0.0003, 0.004)
SLOW_S: Final = (0.05, 0.9)
LATE_S: Final = (1.0, 14.0)
"""Longer than `COMMAND_STALE_S`: a command that lay about somewhere."""

PUBLISH_S: Final = 1.0
"""How long a publisher waits for its acknowledgement."""

AGAIN_S: Final = (0.2, 3.0)
"""When a message that was not acknowledged is delivered again."""

PINGS_FAIL_S: Final = 10.0
"""nats.md: a black hole is noticed after 9 to 10 s."""

WATCHES_AGAIN_S: Final = 0.5
"""How long after a cut a watch hears what it missed, at most."""

decode_fact: Final = msgspec.json.Decoder(Fact[TerminalFact]).decode


class NoResponder(Exception):  # noqa: N818 - as `messaging.errors`
    """Nobody is there: proof that nothing happened."""


class NoAnswer(Exception):  # noqa: N818 - as `messaging.errors`
    """Sent, and not answered in time: it may have happened."""


class TakesFacts(Protocol):
    """The consumer of the stream."""

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Take a fact in."""
        ...


C = TypeVar("C", bound=TakesFacts)


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


class Serving(NamedTuple, Generic[S]):
    """A process that answers, what answers in it, and the line that leads to it."""

    process: Process
    what: S
    line: Line


class Server(Generic[S]):
    """Who answers under one subject: nobody, one process, or two boxes of one store at once."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._serving: list[Serving[S]] = []
        self._missed_until = 0.0

    def serve(self, process: Process, what: S, line: Line) -> None:
        """Answer from now on, as long as the process lives."""
        self._serving = [each for each in self._serving if each.process.alive]
        self._serving.append(Serving(process, what, line))

    def vanish(self) -> None:
        """One of them is gone without a word: the bus believes in it until its pings fail."""
        self._missed_until = self._loop.now + PINGS_FAIL_S

    @property
    def there(self) -> list[Serving[S]]:
        """Return who is alive and within reach, as far as anybody knows."""
        return [each for each in self._serving if each.process.alive and not each.line.known_down]

    @property
    def believed(self) -> bool:
        """Whether a question would be sent to anybody at all."""
        return bool(self.there) or self._loop.now < self._missed_until


async def ask(
    asker: Process,
    server: Server[S],
    work: Callable[[S], Coroutine[Any, Any, T]],
    *,
    timeout_s: float,
    line: Line,
) -> T:
    """Request and reply. Raises `NoResponder` (proof) or `NoAnswer`."""
    asker.check()
    if not server.believed:
        await asyncio.sleep(line.delay())
        asker.check()
        raise NoResponder(line.name)
    exchange = Exchange(line.loop, work)
    for serving in server.there:
        for _ in range(serving.line.copies()):
            line.loop.call_later(serving.line.delay(), exchange.arrive, serving)
    try:
        async with asyncio.timeout(timeout_s):
            result = await exchange.answer
    except TimeoutError as error:
        raise NoAnswer(line.name) from error
    asker.check()
    return result


class Exchange(Generic[S, T]):
    """One question on its way, which may arrive twice, and its answer, which may not."""

    def __init__(self, loop: VirtualLoop, work: Callable[[S], Coroutine[Any, Any, T]]) -> None:
        self.answer: asyncio.Future[T] = loop.create_future()
        self._work = work

    def arrive(self, serving: Serving[S]) -> None:
        """The question is there; a process that was killed meanwhile hears nothing."""
        if serving.process.alive:
            serving.process.spawn(self._serve(serving), "serve")

    async def _serve(self, serving: Serving[S]) -> None:
        line = serving.line
        try:
            result = await self._work(serving.what)
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
            self.answer.set_exception(NoAnswer("internal_error"))


def tell(
    line: Line,
    teller: Process,
    server: Server[S],
    work: Callable[[S], Coroutine[Any, Any, None]],
) -> None:
    """Tell whoever listens; lost when nobody does."""
    teller.check()
    if line.known_down:
        return

    def arrive() -> None:
        for target in server.there:
            if not line.cut:
                target.process.spawn(work(target.what), "hear")

    for _ in range(line.copies()):
        line.loop.call_later(line.delay(), arrive)


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
        raise Broken(f"the consumer crashed: {error!r}", story) from error


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
