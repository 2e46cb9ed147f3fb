"""Virtual time: an asyncio loop that never waits, and clocks, ids and processes that live on it.

Nothing here reads a clock or a random source of the machine, so one seed decides everything.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

START: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""10:00 on a Friday in Tokyo."""

T = TypeVar("T")


class NothingWillHappen(Exception):  # noqa: N818 - what it is
    """Everybody waits and no timer is set: the simulated system hangs for good."""


class Connector(Protocol):
    """The network, as far as the loop needs it: production code dials with `create_connection`."""

    async def connect(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Return an open connection. Raises `OSError`."""
        ...


class _Selector:
    """In the place of epoll: instead of sleeping it moves the clock."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingWillHappen
        self._loop.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in the order of their times; an hour passes as fast as it is worked off."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.connector: Connector | None = None
        self._selector = _Selector(self)
        self._clock_resolution = 1e-6  # two timers that differ by rounding alone fire together

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list, "there is no file descriptor to hear of"

    def _write_to_self(self) -> None:
        """Nobody else is there to wake us."""

    async def create_connection(  # pyright: ignore[reportIncompatibleMethodOverride]  # only what production code passes
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Dial over the simulated network."""
        assert self.connector is not None, "the network is laid before anybody dials"
        return await self.connector.connect(protocol_factory, host, port)


class VirtualClock:
    """A `servicekit.clock.Clock` on the loop's time; `ahead` is how wrong its owner's clock is."""

    def __init__(self, loop: VirtualLoop, ahead_s: float = 0.0) -> None:
        self._loop = loop
        self._start = START + timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._start + timedelta(seconds=self._loop.now)

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return self._loop.now


class SeededIds:
    """A `servicekit.ids.Ids`: version 7 ids whose time is virtual and whose rest is a count."""

    def __init__(self, clock: VirtualClock, family: int) -> None:
        self._clock = clock
        self._family = family
        self._drawn = 0

    def uuid(self) -> str:
        """Return the next id; `family` keeps two makers apart."""
        self._drawn += 1
        ms = f"{int(self._clock.now().timestamp() * 1000):012x}"
        return f"{ms[:8]}-{ms[8:]}-7{self._family:03x}-8000-{self._drawn:012x}"

    def token(self) -> str:
        """Return the next secret, which is none."""
        self._drawn += 1
        return f"token-{self._drawn}"


_PROCESS: ContextVar["Process | None"] = ContextVar("process", default=None)


class Process:
    """What dies together. A killed one runs no `finally` that reaches the world: its adapters ask
    `alive` first, and its tasks end at the await at which they stand.
    """

    def __init__(self, name: str, crashes: list[BaseException]) -> None:
        self.name = name
        self.alive = True
        self._crashes = crashes
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def spawn(
        self, coro: Coroutine[Any, Any, T], name: str = "", *, awaited: bool = False
    ) -> asyncio.Task[T]:
        """Run `coro` as part of this process; all tasks that it makes are part of it too.

        Its error is our bug, unless somebody awaits it.
        """
        context = Context()
        context.run(_PROCESS.set, self)
        if not self.alive:
            coro.close()
            raise Killed
        task = asyncio.get_running_loop().create_task(coro, name=name, context=context)
        if not awaited:
            task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._crashes.append(error)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Count a task as ours until it ends."""
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def kill(self) -> None:
        """End it with -9."""
        self.alive = False
        for task in tuple(self._tasks):
            task.cancel()

    def check(self) -> None:
        """Stop whoever still runs after the kill; asked by every adapter before it acts."""
        if not self.alive:
            raise Killed


class Killed(asyncio.CancelledError):
    """The process is gone; nothing of it acts any more."""


def current_process() -> Process | None:
    """Return whose code runs."""
    return _PROCESS.get()


def _make_task(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
    context: Context | None = options.get("context")
    process = _PROCESS.get() if context is None else context.get(_PROCESS)
    if process is not None:
        process.adopt(task)
    return task


class Failures:
    """What went wrong where nobody awaited it: a crashed task of a process, a callback's error."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what the loop could not hand to anybody."""
        error = context.get("exception")
        message = str(context.get("message"))
        self.errors.append(error if error is not None else RuntimeError(message))


def run_virtually(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run `main` on a loop of its own until it returns; raise what went wrong beside it."""
    loop = VirtualLoop()
    failures = Failures()
    loop.set_task_factory(_make_task)
    loop.set_exception_handler(failures)
    try:
        try:
            result = loop.run_until_complete(main(loop))
        finally:
            _end(loop)
    finally:
        loop.close()
    if failures.errors:
        raise failures.errors[0]
    return result


def _end(loop: VirtualLoop) -> None:
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.wait(rest, timeout=60))


def chance(rng: random.Random, probability: float) -> bool:
    """Return whether it happens this time."""
    return rng.random() < probability
