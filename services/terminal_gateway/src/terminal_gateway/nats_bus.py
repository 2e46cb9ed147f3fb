"""The centre, over NATS: live screens and heartbeats, the stream of facts, epochs, commands."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from contracts import subjects
from contracts.envelope import HEADER_TRACEPARENT
from contracts.identifiers import CompanyCode, StoreCode
from contracts.operations import Heartbeat, ScreenShown
from contracts.printing import PrintEnded
from contracts.stores import GatewayEpoch, StoreConfiguration
from contracts.streams import GATEWAY_EPOCHS, STORE_CONFIG, store_key
from messaging.bucket import Bucket
from messaging.bus import Bus, Conflict, Delivery, MessagingError, PublishError, Undecodable
from messaging.publisher import Outgoing, StreamPublisher
from terminal_gateway.errors import CentreAwayError, ConflictError, NotPublishedError
from terminal_gateway.handlers import Command
from terminal_gateway.model import StoredFact
from terminal_gateway.printing import PrintCommand

COMMANDS_AT_ONCE: Final = 64
"""More than a store has registers; what is beyond waits a moment in NATS' own queue."""

PRINT_COMMANDS_WAITING: Final = 24
"""Some 8 MB of paper: a flood of it is not kept in memory, where payments have theirs."""

EARLY_MAX: Final = 64
"""Ends of print jobs that wait for the centre; it asks for what it misses."""

PRINT_COMMANDS_AT_ONCE: Final = 8
"""Each carries up to a quarter of a megabyte, and is on the disk in milliseconds."""

_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When an epoch that nobody can read was taken: nobody knows."""

TRACE_HEADERS: Final = (HEADER_TRACEPARENT, "tracestate")

OnCommand = Callable[[Command, dict[str, str]], Awaitable[msgspec.Struct]]


class NatsLive:
    """`ports.Live` and `print_ports.PrintLive`; silent until there is a bus."""

    def __init__(self, company: CompanyCode, store: StoreCode) -> None:
        self._company = company
        self._store = store
        self._early: deque[PrintEnded] = deque(maxlen=EARLY_MAX)
        self.bus: Bus | None = None

    async def show(self, shown: ScreenShown) -> None:
        """See `Live`."""
        if self.bus is not None:
            subject = subjects.screen(self._company, self._store, shown.terminal)
            await self.bus.publish_live(subject, shown)

    async def beat(self, heartbeat: Heartbeat) -> None:
        """See `Live`."""
        if self.bus is not None:
            await self.bus.publish_live(subjects.heartbeat(self._company, self._store), heartbeat)

    async def print_ended(self, ended: PrintEnded) -> None:
        """See `PrintLive`."""
        if self.bus is None:
            self._early.append(ended)
            return
        subject = subjects.print_ended(self._company, self._store, ended.printer)
        await self.bus.publish_live(subject, ended)

    async def tell_early(self) -> None:
        """Tell what a start found out about paper before the centre was there."""
        while self._early:
            await self.print_ended(self._early.popleft())


class NatsFactStream:
    """`ports.FactStream` on the stream TERMINALS."""

    def __init__(self, bus: Bus, company: CompanyCode, store: StoreCode) -> None:
        self._publisher = StreamPublisher(bus)
        self._company = company
        self._store = store
        self._replayed = 0

    async def publish(self, facts: Sequence[StoredFact]) -> None:
        """See `FactStream`."""
        await self._publish([self._outgoing(fact, fact.id) for fact in facts])

    async def publish_again(self, facts: Sequence[StoredFact]) -> None:
        """See `FactStream`."""
        # Under its own id the stream would swallow it within its duplicate window.
        self._replayed += 1
        await self._publish(
            [self._outgoing(fact, f"{fact.id}.again.{self._replayed}") for fact in facts]
        )

    async def _publish(self, messages: list[Outgoing]) -> None:
        try:
            if len(messages) == 1:
                await self._publisher.publish(*messages[0])
            else:
                await self._publisher.publish_batch(messages)
        except PublishError as error:
            raise NotPublishedError(str(error)) from error

    def _outgoing(self, fact: StoredFact, message_id: str) -> Outgoing:
        subject = subjects.terminal_fact(self._company, self._store, fact.terminal, fact.name)
        return Outgoing(subject, fact.payload, message_id, fact.trace)


class NatsEpochs:
    """`ports.Epochs` in the bucket `gateway_epochs`."""

    def __init__(self, bus: Bus, company: CompanyCode, store: StoreCode) -> None:
        self._bucket = Bucket(bus, GATEWAY_EPOCHS, GatewayEpoch)
        self._key = store_key(company, store)

    async def read(self) -> tuple[GatewayEpoch, int] | None:
        """See `Epochs`."""
        try:
            try:
                return await self._bucket.get(self._key)
            except Undecodable:
                # Somebody wrote what is no epoch: the next one taken here sets it right.
                _, revision = await self._bucket.last(self._key) or (None, 0)
                return GatewayEpoch(epoch=0, instance="unreadable", taken_at=_BEFORE), revision
        except MessagingError as error:
            raise CentreAwayError(str(error)) from error

    async def take(self, epoch: GatewayEpoch, revision: int | None) -> None:
        """See `Epochs`."""
        try:
            await self._bucket.create_or_update(self._key, epoch, revision)
        except Conflict as error:
            raise ConflictError from error
        except MessagingError as error:
            raise CentreAwayError(str(error)) from error

    async def watch(self, seen: Callable[[int], None]) -> None:
        """Tell `seen` every epoch of this store that anybody takes."""

        async def changed(_key: str, value: GatewayEpoch | None, _revision: int) -> None:
            if value is not None:
                seen(value.epoch)

        await self._bucket.watch(self._key, changed)


async def watch_configuration(
    bus: Bus,
    company: CompanyCode,
    store: StoreCode,
    apply: Callable[[StoreConfiguration], Awaitable[None]],
) -> None:
    """Hand over the store's configuration as it is, and whenever it changes."""

    async def changed(_key: str, value: StoreConfiguration | None, _revision: int) -> None:
        if value is not None:
            await apply(value)

    bucket = Bucket(bus, STORE_CONFIG, StoreConfiguration)
    await bucket.watch(store_key(company, store), changed)


async def serve_commands(
    bus: Bus, company: CompanyCode, store: StoreCode, handler: OnCommand
) -> None:
    """Take commands; the trace of each goes with it."""

    async def take(command: Any, delivery: Delivery) -> msgspec.Struct:
        trace = {
            name: value
            for name in TRACE_HEADERS
            if (value := delivery.headers.get(name)) is not None
        }
        return await handler(command, trace)

    for subject in (
        subjects.terminal_command(company, store, "*", "*"),
        subjects.gateway_command(company, store, "*"),
    ):
        await bus.serve(subject, Command, take, queue=None, concurrency=COMMANDS_AT_ONCE)


async def serve_print_commands(
    bus: Bus,
    company: CompanyCode,
    store: StoreCode,
    handler: Callable[[PrintCommand], Awaitable[msgspec.Struct]],
) -> None:
    """Take commands about printers, with hands of their own: paper keeps no payment waiting."""

    async def take(command: Any, _delivery: Delivery) -> msgspec.Struct:
        return await handler(command)

    await bus.serve(
        subjects.printer_command(company, store, "*", "*"),
        PrintCommand,
        take,
        queue=None,
        concurrency=PRINT_COMMANDS_AT_ONCE,
        pending_max=PRINT_COMMANDS_WAITING,
    )
