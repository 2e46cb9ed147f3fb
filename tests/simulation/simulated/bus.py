"""The bus between register, centre and store: who answers, who hears, over lines that fail."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, NamedTuple, TypeVar

from simulated.line import Line
from simulated.virtual import Process, VirtualLoop
from terminal_gateway.errors import NoRoomError

T = TypeVar("T")
S = TypeVar("S")

PINGS_FAIL_S: Final = 10.0
"""nats.md: a black hole is noticed after 9 to 10 s."""


class NoResponder(Exception):  # noqa: N818 - as `messaging.errors`
    """Nobody is there: proof that nothing happened."""


class NoAnswer(Exception):  # noqa: N818 - as `messaging.errors`
    """Sent, and not answered in time: it may have happened."""


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
        for delay_s in serving.line.deliveries():
            line.loop.call_later(delay_s, exchange.arrive, serving)
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
        if not line.cut:
            for delay_s in line.deliveries():
                line.loop.call_later(delay_s, self._reply, result)

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

    for delay_s in line.deliveries():
        line.loop.call_later(delay_s, arrive)
