"""Who listens to which sale or register, and what each has still to be told.

Every queue is bounded. A listener that does not keep up is dropped: it comes back with
`Last-Event-ID` and misses nothing. Screens are only worth their newest, so an unread one is
replaced.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from front.model import Refused

LISTENERS_MAX: Final = 4_000
"""Open streams of one process: each holds a socket and some 20 kB."""

LISTENERS_PER_SESSION_MAX: Final = 32
"""One person has a few pages open; a program that opens more has lost count."""

QUEUED_MAX: Final = 256
"""What a listener may lag behind: minutes of a busy register, a second of a mad one."""


class SaleTopic(NamedTuple):
    """All changes of one sale."""

    company: str
    sale: str


class RegisterTopic(NamedTuple):
    """All that happens on one register."""

    company: str
    store: str
    register: str


Topic = SaleTopic | RegisterTopic


class Told(NamedTuple):
    """One thing to tell. `about` names what an unread one of its kind is replaced by.

    `kind` is the event's name, or `resync`: something may have been missed, look again.
    """

    kind: str
    payload: bytes
    sequence: int = 0
    about: str = ""
    sale: str = ""


class Listener:
    """One open stream. `closed` once it was dropped or the process stops.

    `behind` while something may have been missed that could not be asked for yet; `operations` are
    those whose screens it hears (id → tender number).
    """

    def __init__(self, topic: Topic, owner: str) -> None:
        self.topic = topic
        self.owner = owner
        self.operations: dict[str, int] = {}
        self.closed: str | None = None
        self.behind = False
        self._queue: deque[Told] = deque()
        self._woken = asyncio.Event()

    def tell(self, told: Told) -> None:
        """Queue one thing, or drop the listener when it lags too far behind."""
        if self.closed is not None:
            return
        if told.about and self._replaced(told):
            return
        if len(self._queue) >= QUEUED_MAX:
            self.close("slow")
            return
        self._queue.append(told)
        self._woken.set()

    def close(self, reason: str) -> None:
        """End the stream; what is queued is not sent any more."""
        if self.closed is None:
            self.closed = reason
            self._queue.clear()
            self._woken.set()

    async def next(self, timeout_s: float) -> Told | None:
        """Return the next thing to tell; None when it is time for a heartbeat, or to end."""
        if not self._queue and self.closed is None:
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), timeout_s)
            except TimeoutError:
                return None
        return self._queue.popleft() if self._queue else None

    def _replaced(self, told: Told) -> bool:
        for index, queued in enumerate(self._queue):
            if queued.about == told.about and queued.kind == told.kind:
                self._queue[index] = told
                return True
        return False


class Hub:
    """All listeners of this process."""

    def __init__(self) -> None:
        self._by_topic: dict[Topic, set[Listener]] = {}
        self._by_operation: dict[str, set[Listener]] = {}
        self._by_owner: dict[str, int] = {}
        self._count = 0
        self._closed = False

    def __len__(self) -> int:
        return self._count

    def listen(self, topic: Topic, owner: str) -> Listener:
        """Return a new listener, or refuse when there are too many."""
        if self._closed or self._count >= LISTENERS_MAX:
            raise Refused("service_unavailable", "no more event streams can be opened now")
        if self._by_owner.get(owner, 0) >= LISTENERS_PER_SESSION_MAX:
            raise Refused("too_many_listeners", limit=LISTENERS_PER_SESSION_MAX)
        listener = Listener(topic, owner)
        self._by_topic.setdefault(topic, set()).add(listener)
        self._by_owner[owner] = self._by_owner.get(owner, 0) + 1
        self._count += 1
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        listeners = self._by_topic.get(listener.topic)
        if listeners is None or listener not in listeners:
            return
        listeners.discard(listener)
        if not listeners:
            del self._by_topic[listener.topic]
        for operation in tuple(listener.operations):
            self._forget(listener, operation)
        self._by_owner[listener.owner] -= 1
        if not self._by_owner[listener.owner]:
            del self._by_owner[listener.owner]
        self._count -= 1

    def follow(self, listener: Listener, operations: dict[str, int]) -> None:
        """Let a sale's listener hear the screens of these operations (id → tender number)."""
        for gone in listener.operations.keys() - operations.keys():
            self._forget(listener, gone)
        for operation in operations:
            self._by_operation.setdefault(operation, set()).add(listener)
        listener.operations = operations

    def listeners(self, topic: Topic) -> Iterable[Listener]:
        """Return who listens to a topic."""
        return tuple(self._by_topic.get(topic, ()))

    def followers(self, operation: str) -> Iterable[Listener]:
        """Return whose sale an operation belongs to."""
        return tuple(self._by_operation.get(operation, ()))

    def everybody(self) -> Iterable[Listener]:
        """Return all listeners."""
        return tuple(one for listeners in self._by_topic.values() for one in listeners)

    def close(self) -> None:
        """End every stream, and open none any more."""
        self._closed = True
        for listener in self.everybody():
            listener.close("stopping")

    def _forget(self, listener: Listener, operation: str) -> None:
        followers = self._by_operation.get(operation)
        if followers is not None:
            followers.discard(listener)
            if not followers:
                del self._by_operation[operation]
