"""A key-value bucket whose values are contracts.

A watch is made of two plain things: a subscription to the bucket's subjects, which only says that
a key has changed, and reads of the current value, which are the truth. It reads everything once at
the start, after every reconnect and now and then, so nothing that was missed stays missed, and it
needs no consumer at the server that could get lost.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import msgspec

from contracts.envelope import encode
from contracts.streams import BucketSpec, bucket_stream
from messaging import backoff, codec, dead, jetstream
from messaging.bus import Bus
from messaging.errors import (
    Conflict,
    MessagingError,
    NoAnswer,
    PublishRefused,
    PublishUnanswered,
    Undecodable,
)
from messaging.publisher import PubAck
from messaging.wire import Subscription, WireMessage

ASK_S: Final = 2.0
"""A read or write of one key: a round trip and an fsync."""

SWEEP_S: Final = 60.0
"""Everything is read again this often; a change that nobody told us of is this old at most."""

RETRY_S: Final = 0.2
RETRY_LONGEST_S: Final = 2.0
"""Pauses before reading everything again when that failed; a reconnect ends them. A store's WAN may
be down for days: neither its log nor, when it is back, the server is to be flooded."""

CHANGES_MAX: Final = 4096
"""Keys told as changed and not read yet; dropped ones are found by the next sweep."""

LATE_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""A subscriber hears of a write before the stream has synced it, and of one that is refused too:
while nothing newer is to be read, it is read again after these pauses."""

READS_MAX: Final = 32
"""Keys read at the same time."""

HEADER_OPERATION: Final = "KV-Operation"
HEADER_EXPECTED: Final = "Nats-Expected-Last-Subject-Sequence"
HEADER_SEQUENCE: Final = "Nats-Sequence"
HEADER_STATUS: Final = "Status"

V = TypeVar("V", bound=msgspec.Struct)

OnChange = Callable[[str, V | None, int], Awaitable[None]]
"""Takes key, value (None: deleted) and revision. Never twice at once for one key."""

_log = logging.getLogger(__name__)


class Bucket(Generic[V]):
    """One bucket. Keys are dotted names; revisions only go up."""

    def __init__(self, bus: Bus, spec: BucketSpec, kind: type[V]) -> None:
        self.bus = bus
        self._spec = spec
        self._kind = kind
        self._stream = bucket_stream(spec)
        self._watches: list[Watch[V]] = []

    async def get(self, key: str) -> tuple[V, int] | None:
        """Return the value and its revision, or None when there is none.

        Raises `MessagingError` when the server does not answer, `Undecodable` for a value that we
        cannot read.
        """
        payload, revision = await self.last(key) or (None, 0)
        if payload is None:
            return None
        return codec.decode(payload, self._kind, self.subject(key)), revision

    async def put(self, key: str, value: V) -> int:
        """Set the value whatever it was, and return its revision."""
        return await self._write(key, value, {})

    async def create_or_update(self, key: str, value: V, revision: int | None) -> int:
        """Set the value if it is still at `revision` (None: if there is none); return the new one.

        Raises `Conflict` when somebody else was faster, `PublishUnanswered` when nobody can tell:
        read it and see.
        """
        if revision is None:
            found = await self.last(key)
            if found is not None and found[0] is not None:
                raise Conflict(key, revision)
            expected = 0 if found is None else found[1]
        else:
            expected = revision
        try:
            return await self._write(key, value, {HEADER_EXPECTED: str(expected)})
        except PublishRefused as error:
            if error.code == jetstream.WRONG_LAST_SEQUENCE:
                raise Conflict(key, revision) from error
            raise

    async def watch(self, key_pattern: str, handler: OnChange[V]) -> "Watch[V]":
        """Call `handler` with every current value, then with every change, until `stop`.

        For one key each revision comes at most once and in order; values between two reads may be
        left out. Survives reconnects. What `handler` raises is logged.
        """
        watch = Watch(self.bus, self, key_pattern, handler)
        self._watches.append(watch)
        await watch.start()
        return watch

    async def caught_up(self) -> None:
        """Wait until every watch of this bucket has delivered what was there when it began."""
        await asyncio.gather(*(watch.caught_up() for watch in self._watches))

    async def stop(self) -> None:
        """End every watch."""
        await asyncio.gather(*(watch.stop() for watch in self._watches))

    # --- for the watch ---

    @property
    def spec(self) -> BucketSpec:
        """Return which bucket it is."""
        return self._spec

    def subject(self, key: str) -> str:
        """Return where a key's values are published."""
        return f"$KV.{self._spec.name}.{key}"

    async def last(self, key: str) -> tuple[bytes | None, int] | None:
        """Return the bytes (None: deleted) and revision that the key has now."""
        subject = self.subject(key)
        told = await self.bus.wire.request(
            f"$JS.API.DIRECT.GET.{self._stream}.{subject}", b"", timeout_s=ASK_S
        )
        headers = told.headers or {}
        status = headers.get(HEADER_STATUS)
        if status == "404":
            return None
        sequence = headers.get(HEADER_SEQUENCE, "")
        if status is not None or not sequence.isdigit():
            raise NoAnswer(subject, f"JetStream answered {status or 'without a sequence'}")
        deleted = headers.get(HEADER_OPERATION) in ("DEL", "PURGE")
        return None if deleted else told.data, int(sequence)

    async def keys(self, pattern: str) -> list[str]:
        """Return the keys that match; `>` and `*` as in subjects."""
        if "*" not in pattern and ">" not in pattern:
            return [pattern]
        prefix = len(self.subject(""))
        found: list[str] = []
        while True:
            told = await jetstream.call(
                self.bus,
                f"STREAM.INFO.{self._stream}",
                {"subjects_filter": self.subject(pattern), "offset": len(found)},
                jetstream.StreamInfo,
            )
            page = [subject[prefix:] for subject in told.state.subjects]
            found.extend(page)
            if not page or len(found) >= told.total:
                return found

    def decode(self, key: str, payload: bytes) -> V:
        """Return a value; raise `Undecodable`."""
        return codec.decode(payload, self._kind, self.subject(key))

    async def _write(self, key: str, value: V, headers: dict[str, str]) -> int:
        subject = self.subject(key)
        try:
            told = await self.bus.wire.request(
                subject, encode(value), timeout_s=ASK_S, headers=headers
            )
            ack: PubAck = codec.decode(told.data, PubAck, subject)
        except MessagingError as error:
            raise PublishUnanswered(subject, str(error)) from error
        if ack.error is not None:
            raise PublishRefused(subject, ack.error.description, ack.error.err_code)
        return ack.seq


class Watch(Generic[V]):
    """One handler's view of the keys that match a pattern. Made by `Bucket.watch`."""

    def __init__(self, bus: Bus, bucket: Bucket[V], pattern: str, handler: OnChange[V]) -> None:
        self._bus = bus
        self._bucket = bucket
        self._pattern = pattern
        self._handler = handler
        self._seen: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        self._late: dict[str, asyncio.TimerHandle] = {}
        self._sweep_due = True
        self._kick = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._subscription: Subscription | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        """Subscribe first, then read: nothing can fall between."""
        self._subscription = await self._bus.wire.subscribe(
            self._bucket.subject(self._pattern), self._told, pending_max=CHANGES_MAX
        )
        self._bus.wire.on_reconnect.append(self._reconnected)
        self._task = asyncio.create_task(self._run(), name=f"watch {self._bucket.spec.name}")

    async def caught_up(self) -> None:
        """Wait until what was there at the start has been delivered."""
        await self._caught_up.wait()

    async def stop(self) -> None:
        """Hear no more."""
        self._bus.wire.forget(self._reconnected)
        for timer in self._late.values():
            timer.cancel()
        if self._task is not None:
            # `asyncio.wait_for` of Python 3.11 swallows a cancel that meets its answer: a read that
            # was under way then comes back to a loop that has to end by itself.
            self._stopped = True
            self._kick.set()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._subscription is not None:
            await self._bus.wire.unsubscribe(self._subscription)

    async def _told(self, message: WireMessage) -> None:
        key = message.subject[len(self._bucket.subject("")) :]
        self._note(key, 0)

    def _note(self, key: str, tries: int) -> None:
        if len(self._changed) < CHANGES_MAX:
            self._changed[key] = tries
        else:
            self._sweep_due = True
        self._kick.set()

    def _look_again(self, key: str, tries: int | None) -> None:
        """Nothing new was to be read although we were told (`tries` is not None): it may come."""
        if tries is not None and tries < len(LATE_S):
            loop = asyncio.get_running_loop()
            self._late[key] = loop.call_later(LATE_S[tries], self._note, key, tries + 1)

    def _reconnected(self) -> None:
        self._sweep_due = True
        self._kick.set()

    async def _run(self) -> None:
        swept_at = 0.0
        failed = 0
        while not self._stopped:
            self._kick.clear()
            now = asyncio.get_running_loop().time()
            try:
                if self._sweep_due or now - swept_at >= SWEEP_S:
                    self._sweep_due = False
                    await self._sweep()
                    swept_at = now
                    self._caught_up.set()
                while self._changed:
                    await self._read(next(iter(self._changed)))
            except MessagingError as error:
                self._sweep_due = True
                if failed == 0:
                    _log.warning("cannot read bucket %s yet: %s", self._bucket.spec.name, error)
                failed += 1
            else:
                if failed:
                    _log.info("bucket %s can be read again", self._bucket.spec.name)
                failed = 0
            await self._wait(failed)

    async def _wait(self, failed: int) -> None:
        pause_s = SWEEP_S
        if failed:
            pause_s = backoff.pause_s(
                failed, first_s=RETRY_S, longest_s=RETRY_LONGEST_S, draw=backoff.draw()
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._kick.wait()

    async def _sweep(self) -> None:
        keys = await self._bucket.keys(self._pattern)
        for start in range(0, len(keys), READS_MAX):
            await asyncio.gather(*(self._read(key) for key in keys[start : start + READS_MAX]))

    async def _read(self, key: str) -> None:
        tries = self._changed.pop(key, None)
        late = self._late.pop(key, None)
        if late is not None:
            late.cancel()
        seen = self._seen.get(key, 0)
        payload, revision = await self._bucket.last(key) or (None, seen)
        if revision == seen:
            self._look_again(key, tries)
            return
        if revision < seen:
            _log.critical(
                "bucket %s fell: %s is at %s after %s", self._bucket.spec.name, key, revision, seen
            )
        self._seen[key] = revision
        try:
            value = None if payload is None else self._bucket.decode(key, payload)
            await self._handler(key, value, revision)
        except Undecodable as error:
            await self._set_aside(key, payload or b"", str(error), revision)
        except Exception:  # noqa: BLE001 - one value must not end the watch
            _log.exception("could not take %s from bucket %s", key, self._bucket.spec.name)

    async def _set_aside(self, key: str, payload: bytes, reason: str, revision: int) -> None:
        _log.error("bucket %s: %s does not decode: %s", self._bucket.spec.name, key, reason)
        headers = dead.headers(
            by=self._bus.name,
            source=self._bucket.subject(key),
            payload=payload,
            reason=reason,
            stream=bucket_stream(self._bucket.spec),
            sequence=revision,
        )
        try:
            await self._bus.set_aside(payload, headers)
        except MessagingError:
            _log.exception("and it could not be set aside")
