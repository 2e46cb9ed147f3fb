"""One NATS connection of a service: ask, answer, tell live, listen live.

Streams are published to by `messaging.publisher` and read by `messaging.consumer`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, Self, TypeVar

import msgspec
from nats.js import JetStreamContext

from contracts import subjects
from contracts.census import InstanceHealth, ReadHealth
from contracts.envelope import Answer, encode
from messaging import codec, dead
from messaging.errors import (
    Conflict,
    JetStreamRefused,
    MessagingError,
    NoAnswer,
    NoResponder,
    NotDelivered,
    NotSent,
    PublishError,
    PublishRefused,
    PublishUnanswered,
    Undecodable,
)
from messaging.wire import REPLY_PREFIX, Subscription, Wire, WireMessage, open_wire
from servicekit import metric_names
from servicekit.lifecycle import PROCESS, Lifecycle
from servicekit.telemetry import Telemetry

__all__ = [
    "Bus",
    "Conflict",
    "Delivery",
    "JetStreamRefused",
    "MessagingError",
    "NoAnswer",
    "NoResponder",
    "NotDelivered",
    "NotSent",
    "PublishError",
    "PublishRefused",
    "PublishUnanswered",
    "Undecodable",
]

HEADER_ERROR: Final = "Renkei-Error"
"""On a reply that is no proper one: why, by its code in `contracts.problems`."""

PENDING_MAX: Final = 8192
"""Messages waiting for a free hand; more are dropped, and their askers ask again."""

SET_ASIDE_S: Final = 2.0
"""Setting aside a request must not hold up its answer's connection for longer."""

DRAIN_S: Final = 3.0
"""Twice: what has arrived and what is under way. `servicekit.run` gives the whole service 8 s."""

T = TypeVar("T")
R = TypeVar("R")

_log = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """Where a message came in, and what its headers say."""

    subject: str
    headers: Mapping[str, str]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the subject's parts between the dots."""
        return tuple(self.subject.split("."))


class Bus:
    """A service's connection to NATS. Made by `connect`."""

    def __init__(
        self,
        wire: Wire,
        telemetry: Telemetry,
        lifecycle: Lifecycle,
        away: tuple[type[BaseException], ...] = (),
    ) -> None:
        self._away = (OSError, TimeoutError, MessagingError, *away)
        self.wire = wire
        self.telemetry = telemetry
        self.lifecycle = lifecycle
        self.atomic_batches = False
        """Whether the server takes atomic batches with message ids; `provision` finds out."""
        self._subscriptions: list[Subscription] = []
        self._working: set[asyncio.Task[None]] = set()
        wire.on_state = self._on_state
        wire.on_closed = lifecycle.fail

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        name: str,
        telemetry: Telemetry,
        lifecycle: Lifecycle = PROCESS,
        away: tuple[type[BaseException], ...] = (),
        on_refused: Callable[[int], None] | None = None,
    ) -> Self:
        """Return a bus whose server has answered; wait for it as long as it takes.

        `name` stands in the server's list of clients and in `dead.<name>`. `away`: errors of
        handlers that only mean that something they depend on is away (`outbox.faults.AWAY`).
        `on_refused`: see `Wire`.
        """
        wire = await open_wire(url, name=name, on_refused=on_refused)
        bus = cls(wire, telemetry, lifecycle, away)
        bus._on_state(connected=True)
        await bus.serve(subjects.CENSUS, ReadHealth, bus._present, queue=None, concurrency=1)
        return bus

    @property
    def name(self) -> str:
        """Return who we are to the server."""
        return self.wire.name

    @property
    def connected(self) -> bool:
        """Whether we believe to be connected, without asking; `ping` asks."""
        return self.wire.connected

    @property
    def jetstream(self) -> JetStreamContext:
        """Return nats-py's JetStream API, for what this package does not wrap."""
        return self.wire.jetstream()

    async def request(
        self, subject: str, message: msgspec.Struct, reply: type[T] | Any, *, timeout_s: float
    ) -> T | Any:
        """Ask, and return the answer decoded as `reply` (a struct or a union of tagged ones).

        Raises `NoResponder` or `NotSent`: proof that it did not happen. `NoAnswer` (also as
        `Undecodable`): it may have happened.
        """
        span = self.telemetry.span(
            f"request {_family(subject)}",
            kind="client",
            attributes=_attributes(subject, "send"),
        )
        started = asyncio.get_running_loop().time()
        with span:
            headers: dict[str, str] = {}
            self.telemetry.inject(headers)
            try:
                answer = await self.wire.request(
                    subject, encode(message), timeout_s=timeout_s, headers=headers
                )
            except MessagingError as error:
                self.telemetry.count(
                    metric_names.REQUEST_FAILURES, attributes={"error": type(error).__name__}
                )
                raise
        took = asyncio.get_running_loop().time() - started
        self.telemetry.record(metric_names.REQUEST_SECONDS, took)
        failed = answer.headers.get(HEADER_ERROR) if answer.headers else None
        if failed and reply is not Answer:
            raise Undecodable(subject, f"the other side answered {failed}")
        return codec.decode(answer.data, reply, subject)

    async def publish_live(self, subject: str, message: msgspec.Struct) -> None:
        """Tell whoever listens right now; dropped while disconnected. Never raises."""
        headers: dict[str, str] = {}
        if self.telemetry.records:  # else every listener would parse a header for nobody
            self.telemetry.inject(headers)
        try:
            await self.wire.publish(subject, encode(message), headers=headers)
        except NotSent:
            self.telemetry.count(metric_names.LIVE_DROPPED)

    async def serve(
        self,
        subject: str,
        request: type[R] | Any,
        handler: Callable[[R, Delivery], Awaitable[msgspec.Struct]]
        | Callable[[Any, Delivery], Awaitable[msgspec.Struct]],
        *,
        queue: str | None,
        concurrency: int,
        pending_max: int = PENDING_MAX,
        inbox_of: Callable[[Delivery], str] | None = None,
    ) -> None:
        """Answer requests on `subject` (wildcards allowed), up to `concurrency` at a time.

        `pending_max` more wait; beyond that they are dropped, and their askers ask again.

        A request that does not decode is set aside and answered `Answer("invalid_body")`. What a
        handler raises is logged and answered: `Answer("service_unavailable")` when something that
        it depends on is away, else `Answer("internal_error")`. Answers go to inboxes only;
        with `inbox_of`, below that prefix only: an asker names whatever reply subject it likes, and
        we may publish where it may not.
        """
        assert concurrency > 0, "nobody would work"  # noqa: S101 - house style 12
        slots = asyncio.Semaphore(concurrency)

        async def answer(message: WireMessage) -> None:
            delivery = Delivery(message.subject, message.headers or {})
            if inbox_of is not None and not message.reply.startswith(f"{inbox_of(delivery)}."):
                _log.warning("not answering on %s: not its asker's inbox", message.subject)
                return
            span = self.telemetry.span(
                f"handle {subject}",
                kind="server",
                parent=delivery.headers,
                attributes=_attributes(message.subject, "process"),
            )
            with span as work:
                body, error = await self._handled(message, delivery, request, handler)
                if error:
                    work.fail(error)
                await self._reply(message, body, error)

        async def take(message: WireMessage) -> None:
            await slots.acquire()
            task = asyncio.create_task(answer(message))
            self._working.add(task)
            task.add_done_callback(ended)

        def ended(task: asyncio.Task[None]) -> None:
            self._working.discard(task)
            slots.release()

        self._subscriptions.append(
            await self.wire.subscribe(subject, take, queue=queue or "", pending_max=pending_max)
        )

    async def subscribe_live(
        self,
        subject: str,
        message: type[R] | Any,
        handler: Callable[[R, Delivery], Awaitable[None]]
        | Callable[[Any, Delivery], Awaitable[None]],
    ) -> None:
        """Hear what is told on `subject` from now on, one after another, in the order it came.

        What does not decode is set aside; what a handler raises is logged, and the next one comes.
        """

        async def hear(heard: WireMessage) -> None:
            delivery = Delivery(heard.subject, heard.headers or {})
            span = self.telemetry.span(
                f"hear {subject}",
                kind="consumer",
                parent=delivery.headers,
                attributes=_attributes(heard.subject, "process"),
            )
            with span as work:
                try:
                    body = codec.decode_sent(heard.data, message, heard.subject, delivery.headers)
                    await handler(body, delivery)
                except Undecodable as error:
                    work.fail("undecodable")
                    self._set_aside(heard, str(error))
                except Exception as error:  # noqa: BLE001 - one message must not end the listening
                    work.fail(repr(error))
                    _log.exception("could not handle a message on %s", heard.subject)

        self._subscriptions.append(
            await self.wire.subscribe(subject, hear, pending_max=PENDING_MAX)
        )

    async def ping(self) -> bool:
        """Return whether the server answered a round trip just now (at most 1 s)."""
        return await self.wire.ping()

    async def drain(self) -> None:
        """Take nothing new, finish what is under way (bounded), close."""
        if self.wire.connected:
            leaving = [subscription.drain() for subscription in self._subscriptions]
            await _bounded(asyncio.gather(*leaving, return_exceptions=True))
        if self._working:
            await _bounded(asyncio.gather(*self._working, return_exceptions=True))
        await self.wire.ping()  # what was answered last has left before we close
        await self.wire.close()

    async def set_aside(
        self,
        payload: bytes,
        headers: Mapping[str, str],
        *,
        by: str | None = None,
        timeout_s: float = SET_ASIDE_S,
    ) -> None:
        """Store a message on `dead.<by>`, with headers made by `messaging.dead`.

        Raises `MessagingError` when the stream does not take it.
        """
        subject = dead.subject(by or self.name)
        answer = await self.wire.request(subject, payload, timeout_s=timeout_s, headers=headers)
        told = codec.decode(answer.data, _Stored, subject)
        if told.error is not None:
            raise PublishRefused(subject, "the stream DEAD refused it", 0)
        self.telemetry.count(metric_names.SET_ASIDE, attributes={"by": by or self.name})

    async def _present(self, _asked: ReadHealth, _delivery: Delivery) -> InstanceHealth:
        """Answer for this process when all are asked who is there."""
        who = self.telemetry.resource
        return InstanceHealth(
            service=who.name,
            instance=who.instance,
            version=who.version,
            ready=self.lifecycle.serving,
        )

    async def _handled(
        self,
        message: WireMessage,
        delivery: Delivery,
        request: Any,
        handler: Callable[[Any, Delivery], Awaitable[msgspec.Struct]],
    ) -> tuple[msgspec.Struct, str]:
        started = asyncio.get_running_loop().time()
        try:
            body = codec.decode_sent(message.data, request, message.subject, delivery.headers)
        except Undecodable as error:
            self._set_aside(message, str(error))
            return Answer(outcome="invalid_body"), "invalid_body"
        try:
            answer = await handler(body, delivery)
        except self._away as error:
            _log.warning("could not answer on %s: %r", message.subject, error)
            return Answer(outcome="service_unavailable"), "service_unavailable"
        except Exception:  # noqa: BLE001 - an asker must hear of it, whatever it was
            _log.exception("could not answer on %s", message.subject)
            return Answer(outcome="internal_error"), "internal_error"
        took = asyncio.get_running_loop().time() - started
        self.telemetry.record(metric_names.HANDLER_SECONDS, took)
        return answer, ""

    async def _reply(self, message: WireMessage, body: msgspec.Struct, error: str) -> None:
        if not message.reply.startswith(REPLY_PREFIX):
            if message.reply:
                _log.warning("not answering to %s: no inbox", message.reply)
            return
        try:
            await self.wire.publish(
                message.reply, encode(body), headers={HEADER_ERROR: error} if error else None
            )
        except NotSent:
            _log.warning("disconnected before the answer on %s could leave", message.subject)

    def _set_aside(self, message: WireMessage, reason: str) -> None:
        _log.error("set aside a message that does not decode: %s", reason)
        headers = dead.headers(
            by=self.name,
            source=message.subject,
            payload=message.data,
            reason=reason,
            original=message.headers,
        )

        async def away() -> None:
            try:
                await self.set_aside(message.data, headers)
            except MessagingError:
                _log.exception("and it could not be stored: it is lost")

        task = asyncio.create_task(away())
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    def _on_state(self, connected: bool) -> None:  # noqa: FBT001 - a callback's only argument
        self.telemetry.record(metric_names.NATS_CONNECTED, int(connected))


class _Stored(msgspec.Struct):
    error: Any = None


async def _bounded(work: "asyncio.Future[Any]") -> None:
    try:
        await asyncio.wait_for(work, DRAIN_S)
    except TimeoutError:
        _log.warning("work on NATS messages was cut off after %s s", DRAIN_S)


def _family(subject: str) -> str:
    """Return a subject as a span may be named: its first and last part, few of them in all."""
    first, _, rest = subject.partition(".")
    return f"{first}…{rest.rpartition('.')[2]}" if rest.count(".") > 1 else subject


def _attributes(subject: str, operation: str) -> dict[str, str]:
    return {
        "messaging.system": "nats",
        "messaging.destination.name": subject,
        "messaging.operation.type": operation,
    }
