"""Reading a stream: each message acknowledged once its handler has returned.

A pull consumer whose request for more is always outstanding, so that a message is sent to us the
moment it is stored. What a handler raises is turned into one of three fates by `messaging.fate`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from contracts.streams import ConsumerSpec
from messaging import backoff, codec, dead, fate, jetstream
from messaging.bus import Bus, Delivery
from messaging.errors import MessagingError
from messaging.fate import Crash, Fates, RetryLater, SetAside
from messaging.wire import Subscription, WireMessage
from servicekit import metric_names

ACK_WAIT_S: Final = 30.0
"""A message unacknowledged for this long is delivered again: longer than any handler takes."""

FRESH_S: Final = ACK_WAIT_S * 0.8
"""One that waited longer with us is let go: the server is about to deliver it again anyway."""

PULL_MAX: Final = 128
"""Messages asked for and not handled yet: enough to keep us busy during a round trip, and few
enough to be handled well within `ACK_WAIT_S`."""

PULL_S: Final = 5.0
"""A request for more that was lost on the way is made again after this long (nats.md, traps)."""

PULL_GRACE_S: Final = 1.0
"""The server's own word that a request has run out comes within this time after it."""

ACK_PENDING_MAX: Final = 1000
"""More than all instances of a service can have under way."""

RETRY_FIRST_S: Final = 0.1
RETRY_LONGEST_S: Final = 2.0
"""Pauses while the stream itself cannot be read, as after a restart of the server."""

HEADER_STATUS: Final = "Status"
HEADER_PENDING: Final = "Nats-Pending-Messages"

M = TypeVar("M")

_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """What the acknowledgement subject of a delivery tells about it."""

    attempts: int
    sequence: int
    stored_at_s: float


class _Arrived(NamedTuple):
    message: WireMessage
    place: Place
    at: float


class ConsumerLoop(Generic[M]):
    """One durable consumer of one stream. `run` as a task, `stop` to end it well."""

    def __init__(
        self,
        bus: Bus,
        spec: ConsumerSpec,
        decode: type[M] | Any,
        handler: Callable[[M, Delivery], Awaitable[None]]
        | Callable[[Any, Delivery], Awaitable[None]],
        *,
        fates: Fates = fate.DEFAULT,
        lanes: int = 1,
        lane_of: Callable[[Delivery], str] | None = None,
    ) -> None:
        """Say what is read and who handles it; `dead.<name>` and logs have its durable name.

        With `lanes` > 1, messages for which `lane_of` says the same are handled one after
        another, others side by side.
        """
        self._bus = bus
        self._stream = spec.stream
        self._durable = spec.durable
        self._filter = spec.subject
        self._decode = decode
        self._handler = handler
        self._name = spec.durable
        self._fates = fates
        self._lane_of = lane_of or _one_lane
        self._lanes: tuple[asyncio.Queue[_Arrived | None], ...] = tuple(
            asyncio.Queue() for _ in range(lanes)
        )
        self._wanted = 0
        self._unhandled = 0
        self._pull_until = 0.0
        self._highest = 0
        self._gone = False
        self._kick = asyncio.Event()
        self._begun = False
        self._stopping = False
        self._stopped = asyncio.Event()
        self._failure: BaseException | None = None
        self._inbox = bus.wire.new_inbox()

    async def run(self) -> None:
        """Read until `stop`. Raises what a handler raised when its message's fate is to crash."""
        self._begun = True
        subscription: Subscription | None = None
        workers = [asyncio.create_task(self._work(lane)) for lane in self._lanes]
        try:
            await self._ensure()
            subscription = await self._bus.wire.subscribe(
                self._inbox, self._arrived, pending_max=PULL_MAX * 2
            )
            self._bus.wire.on_reconnect.append(self._requests_are_lost)
            await self._keep_asking()
        finally:
            self._bus.wire.forget(self._requests_are_lost)
            await self._end(subscription, workers)
            self._stopped.set()
        if self._failure is not None:
            raise self._failure

    async def stop(self) -> None:
        """Take nothing more; return once what is under way is done."""
        self._stopping = True
        self._kick.set()
        if self._begun:
            await self._stopped.wait()

    # --- asking for more ---

    async def _keep_asking(self) -> None:
        while not self._stopping:
            self._kick.clear()
            if self._gone:
                self._gone = False
                await asyncio.sleep(RETRY_FIRST_S)
                await self._ensure()
            await self._ask()
            try:
                async with asyncio.timeout(PULL_GRACE_S):
                    await self._kick.wait()
            except TimeoutError:
                continue

    async def _ask(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._pull_until:
            self._wanted = 0
        batch = PULL_MAX - self._wanted - self._unhandled
        if self._wanted and batch < PULL_MAX // 2:
            return
        if batch <= 0:
            return
        body = msgspec.json.encode({"batch": batch, "expires": int(PULL_S * 1e9)})
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._durable}"
        try:
            await self._bus.wire.publish(subject, body, reply=self._inbox)
        except MessagingError:
            return  # disconnected: asked again at the reconnect, and each second until then
        self._wanted += batch
        self._pull_until = now + PULL_S + PULL_GRACE_S

    async def _ensure(self) -> None:
        """Create the consumer if it is not there; keep trying until the stream answers."""
        attempt = 0
        while not self._stopping:
            attempt += 1
            try:
                await self._create()
                await self._compare()
            except MessagingError as error:
                _log.warning("%s cannot read %s yet: %s", self._name, self._stream, error)
                pause = backoff.pause_s(
                    attempt, first_s=RETRY_FIRST_S, longest_s=RETRY_LONGEST_S, draw=backoff.draw()
                )
                await asyncio.sleep(pause)
            else:
                return

    async def _create(self) -> None:
        wanted = {
            "stream_name": self._stream,
            "config": {
                "durable_name": self._durable,
                "filter_subject": self._filter,
                "deliver_policy": "all",
                "ack_policy": "explicit",
                "ack_wait": int(ACK_WAIT_S * 1e9),
                "max_deliver": -1,
                "max_ack_pending": ACK_PENDING_MAX,
                "replay_policy": "instant",
            },
        }
        await jetstream.call(
            self._bus,
            f"CONSUMER.CREATE.{self._stream}.{self._durable}.{self._filter}",
            wanted,
            jetstream.ConsumerInfo,
        )

    async def _compare(self) -> None:
        """Sound the alarm when the stream ends before what we have read of it already."""
        read = await jetstream.consumer_info(self._bus, self._stream, self._durable)
        stored = await jetstream.stream_info(self._bus, self._stream)
        before = max(read.delivered.stream_seq, self._highest)
        if before > stored.state.last_seq:
            self._alarm(stored.state.last_seq, before)
        self._highest = 0  # a consumer made anew begins at the beginning

    def _alarm(self, sequence: int, before: int) -> None:
        _log.critical(
            "stream %s fell from %s to %s: it has lost messages", self._stream, before, sequence
        )
        self._bus.telemetry.count(metric_names.STREAM_FELL, attributes={"stream": self._stream})

    def _requests_are_lost(self) -> None:
        self._wanted = 0
        self._kick.set()

    # --- what comes in ---

    async def _arrived(self, message: WireMessage) -> None:
        status = message.headers.get(HEADER_STATUS) if message.headers else None
        if status is not None and not message.data:
            self._told(status, message.headers or {})
            return
        place = place_of(message.reply)
        if place is None:
            _log.error("not from a stream, ignored: a message on %s", message.subject)
            return
        self._wanted = max(0, self._wanted - 1)
        if self._stopping:
            await self._answer(message, b"-NAK")
            return
        if place.attempts == 1:
            if place.sequence <= self._highest:
                self._alarm(place.sequence, self._highest)
            self._highest = place.sequence
        self._unhandled += 1
        delivery = Delivery(message.subject, message.headers or {})
        lane = crc32(self._lane_of(delivery).encode()) % len(self._lanes)
        arrived = _Arrived(message, place, asyncio.get_running_loop().time())
        self._lanes[lane].put_nowait(arrived)

    def _told(self, status: str, headers: dict[str, str]) -> None:
        """A request for more has ended: it ran out (408), or there is nobody to answer it."""
        pending = headers.get(HEADER_PENDING, "")
        self._wanted = max(0, self._wanted - int(pending)) if pending.isdigit() else 0
        if status != "408":
            _log.debug("%s: %s %s", self._name, status, headers)
            self._gone = True
        self._kick.set()

    # --- handling ---

    async def _work(self, lane: asyncio.Queue[_Arrived | None]) -> None:
        while True:
            arrived = await lane.get()
            if arrived is None:
                return
            late = asyncio.get_running_loop().time() - arrived.at > FRESH_S
            if self._stopping:
                await self._answer(arrived.message, b"-NAK")
            elif not late:
                await self._take(arrived)
            self._unhandled -= 1
            if self._wanted + self._unhandled <= PULL_MAX // 2:
                self._kick.set()

    async def _take(self, arrived: _Arrived) -> None:
        message = arrived.message
        delivery = Delivery(message.subject, message.headers or {})
        span = self._bus.telemetry.span(
            f"consume {self._filter}",
            kind="consumer",
            parent=delivery.headers,
            attributes={
                "messaging.system": "nats",
                "messaging.destination.name": message.subject,
                "messaging.operation.type": "process",
                "messaging.consumer.group.name": self._durable,
                "renkei.attempts": arrived.place.attempts,
            },
        )
        with span as work:
            started = asyncio.get_running_loop().time()
            try:
                body = codec.decode_cleaned(
                    message.data, self._decode, message.subject, delivery.headers
                )
                await self._handler(body, delivery)
            except Exception as error:  # noqa: BLE001 - every error becomes one of three fates
                work.fail(repr(error))
                await self._meet(arrived, error)
            else:
                await self._answer(message, b"+ACK")
                self._count("handled")
            took = asyncio.get_running_loop().time() - started
            self._bus.telemetry.record(
                metric_names.CONSUMER_SECONDS, took, {"consumer": self._name}
            )

    async def _meet(self, arrived: _Arrived, error: Exception) -> None:
        """Carry out the fate of a message that was not handled."""
        decided = self._fates.decide(error, arrived.place.attempts, draw=backoff.draw())
        if isinstance(decided, SetAside):
            decided = await self._set_aside(arrived, error, decided)
        if isinstance(decided, RetryLater):
            _log.warning(
                "%s: %s (try %s) again in %.1f s: %r",
                self._name,
                arrived.message.subject,
                arrived.place.attempts,
                decided.after_s,
                error,
            )
            pause = msgspec.json.encode({"delay": int(decided.after_s * 1e9)})
            await self._answer(arrived.message, b"-NAK " + pause)
            self._count("retried")
        elif isinstance(decided, Crash):
            _log.critical("%s: crashing: %s", self._name, decided.reason, exc_info=error)
            self._failure = error
            self._stopping = True
            self._kick.set()

    async def _set_aside(
        self, arrived: _Arrived, error: Exception, decided: SetAside
    ) -> SetAside | RetryLater:
        """Store it on `dead.<name>` first, and only then tell the stream to forget it."""
        message, place = arrived.message, arrived.place
        headers = dead.headers(
            by=self._name,
            source=message.subject,
            payload=message.data,
            reason=decided.reason,
            original=message.headers,
            stream=self._stream,
            sequence=place.sequence,
            attempts=place.attempts,
        )
        try:
            await self._bus.set_aside(message.data, headers, by=self._name)
        except MessagingError:
            _log.exception("%s: could not set aside %s", self._name, message.subject)
            return RetryLater(fate.RETRY_LONGEST_S)
        _log.error(
            "%s: set aside %s (sequence %s): %s",
            self._name,
            message.subject,
            place.sequence,
            decided.reason,
            exc_info=error,
        )
        await self._answer(message, b"+TERM")
        self._count("set_aside")
        return decided

    async def _answer(self, message: WireMessage, word: bytes) -> None:
        try:
            await self._bus.wire.publish(message.reply, word)
        except MessagingError:
            # it will be delivered again, and recognised
            _log.debug("%s: disconnected before an acknowledgement", self._name)

    def _count(self, met: str) -> None:
        self._bus.telemetry.count(
            metric_names.CONSUMED, attributes={"consumer": self._name, "fate": met}
        )

    async def _end(
        self, subscription: Subscription | None, workers: list[asyncio.Task[None]]
    ) -> None:
        self._stopping = True
        for lane in self._lanes:
            lane.put_nowait(None)
        await asyncio.gather(*workers, return_exceptions=True)
        if subscription is not None:
            await self._bus.wire.end(subscription)  # what still comes is handed back


def place_of(reply: str) -> Place | None:
    """Return what `$JS.ACK.<stream>.<durable>.<tries>.<sequence>.…` says; None when it is not one.

    From the right, since a domain and an account may stand in front: … tries, stream sequence,
    consumer sequence, time in ns, pending (and, with a domain, a random token at the end).
    """
    tokens = reply.split(".")
    if tokens[:2] != ["$JS", "ACK"]:
        return None
    numbers = tokens[4:9] if len(tokens) == _ACK_TOKENS else tokens[6:11]
    try:
        tries, sequence, _, stored_at_ns, _ = (int(token) for token in numbers)
    except ValueError:
        return None
    return Place(tries, sequence, stored_at_ns / 1e9)


_ACK_TOKENS: Final = 9
"""The plain form; with a domain and an account it has eleven or more."""


def _one_lane(_delivery: Delivery) -> str:
    return ""
