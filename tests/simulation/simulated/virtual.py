"""Virtual time: an asyncio loop that never waits, and clocks, ids and processes that live on it.

Nothing here reads a clock or a random source of the machine, so one seed decides everything.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final, Protocol, TypeVar

START: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""10:00 on a Friday in Tokyo."""

START_MS: Final = int(START.timestamp() * 1000)

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


class Due(asyncio.TimerHandle):
    """A callback and when it is due. Asyncio's own knows how to print itself, at a price."""

    __slots__ = ()

    def __init__(  # pyright: ignore[reportMissingSuperCall]  # it would look for a debugger
        self, when: float, callback: Callable[..., object], args: tuple[Any, ...], context: Context
    ) -> None:
        self._when = when
        self._callback: Any = callback
        self._args: Any = args
        self._context = context
        self._cancelled = False

    def cancel(self) -> None:
        """Never call it."""
        self._cancelled = True
        self._callback = self._args = None

    def call(self, loop: "VirtualLoop") -> None:
        """Call it, unless it was cancelled."""
        if self._cancelled:
            return
        try:
            self._context.run(self._callback, *self._args)
        except Exception as error:  # noqa: BLE001 - a loop hands on what a callback raises
            loop.call_exception_handler({"message": "in a callback", "exception": error})


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in the order of their times; an hour passes as fast as it is worked off.

    Two that are due at the same moment are called in the order in which they were asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.skipped_s = 0.0
        """Seconds that every clock on a wall was put forward: days in which nothing happens."""
        self.steps = 0
        """Callbacks called so far: what a simulated second costs is counted in them."""
        self.connector: Connector | None = None
        self._soon: deque[Due] = deque()
        self._later: list[tuple[float, int, Due]] = []
        self._asked = 0

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self.now

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Due:
        """Call it in the next turn."""
        due = Due(self.now, callback, args, copy_context() if context is None else context)
        self._soon.append(due)
        return due

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> Due:
        """Call it at that time."""
        due = Due(when, callback, args, copy_context() if context is None else context)
        self._asked += 1
        heappush(self._later, (when, self._asked, due))
        return due

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> Due:
        """Call it after that many virtual seconds."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def _run_once(self) -> None:
        """Work off what is due now; when there is nothing, it is the time of what comes next."""
        soon, later = self._soon, self._later
        while not self._stopping:  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]  # as `BaseEventLoop.stop` sets it
            if not soon:
                while later and later[0][2].cancelled():
                    heappop(later)
                if not later:
                    raise NothingWillHappen
                self.now = max(self.now, later[0][0])
                while later and later[0][0] <= self.now:
                    soon.append(heappop(later)[2])
            turn = len(soon)
            self.steps += turn
            for _ in range(turn):
                soon.popleft().call(self)

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
        return self._start + timedelta(seconds=self._loop.now + self._loop.skipped_s)

    def set(self, ahead_s: float) -> None:
        """Let somebody set it anew, right or wrong."""
        self._start = START + timedelta(seconds=ahead_s)

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return self._loop.now


class SeededIds:
    """A `servicekit.ids.Ids`: version 7 ids whose time is virtual and whose rest is a count."""

    def __init__(self, loop: VirtualLoop, family: int) -> None:
        self._loop = loop
        self._family = family
        self._drawn = 0

    def uuid(self) -> str:
        """Return the next id; `family` keeps two makers apart."""
        self._drawn += 1
        ms = f"{START_MS + int((self._loop.now + self._loop.skipped_s) * 1000):012x}"
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
        self._tasks: dict[asyncio.Task[Any], bool] = {}
        """Whether somebody awaits it, and so hears of its error."""

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
        self._tasks[task] = awaited
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        awaited = self._tasks.pop(task, True)
        if not awaited and not task.cancelled() and (error := task.exception()) is not None:
            self._crashes.append(error)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Count a task as ours until it ends."""
        self._tasks[task] = True
        task.add_done_callback(self._ended)

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
