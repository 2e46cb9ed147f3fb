"""The ports over NATS: questions to the centre, commands to the stores, what is heard live."""

import asyncio
from typing import Any, Final

from msgspec import Raw, Struct

from contracts import subjects
from contracts.census import InstanceHealth, ReadHealth
from contracts.envelope import Answer, encode
from contracts.operations import (
    COMMAND_TIMEOUT_S,
    CheckTerminal,
    Heartbeat,
    ReadJournal,
    ReadTerminal,
    ScreenShown,
)
from contracts.printing import CheckPrinter
from contracts.receipts import PaperTold
from contracts.sales import DoubtAsked
from contracts.seats import RegisterTaken
from front.ears import Ears
from front.handlers import verb_of
from front.model import HealthView, InstanceView, ServiceView
from front.ports import (
    JournalAnswer,
    PrinterAnswer,
    ServiceUnavailable,
    StoreUnreachable,
    TerminalAnswer,
)
from messaging import codec
from messaging.bus import Bus, Delivery, MessagingError, NotDelivered
from messaging.wire import WireMessage
from servicekit.clock import Clock

ANSWER_TIMEOUT_S: Final = 3.0
"""`checkout` waits `COMMAND_TIMEOUT_S` for a store and for two commits; thrice that is trouble."""

SERVICES: Final = ("checkout", "front", "receipts", "store_config", "terminal_gateway")
"""What makes a working Renkei; the simulator is never deployed."""

CENSUS_S: Final = 0.25
"""How long is listened for answers; a process that is alive answers in a millisecond."""

CENSUS_KEPT_S: Final = 1.0
"""However many ask, the processes are asked once a second."""

INSTANCES_MAX: Final = 5_000
"""One a store's box, with room."""

LOOK_TIMEOUT_S: Final = 0.4
"""What a status question may cost: without an answer the terminal is `unknown`, told at once."""

PRINTER_TIMEOUT_S: Final = 3.0
"""A box gives a printer one second to take its call, and one to say how it is."""

TerminalQuestion = ReadTerminal | CheckTerminal | ReadJournal


class BusCentral:
    """`Central` over NATS."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, service: str, verb: str, message: Struct) -> Answer:
        """Ask whichever instance is free."""
        subject = subjects.service(service, verb)
        try:
            return await self._bus.request(subject, message, Answer, timeout_s=ANSWER_TIMEOUT_S)
        except NotDelivered as error:
            raise ServiceUnavailable(service, sent=False) from error
        except MessagingError as error:
            raise ServiceUnavailable(service, sent=True) from error


class BusEdges:
    """`Edges` over NATS."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def read_terminal(self, company: str, store: str, ask: ReadTerminal) -> TerminalAnswer:
        """Ask the gateway what it knows."""
        return await self._ask((company, store), ask, TerminalAnswer, LOOK_TIMEOUT_S)

    async def check_terminal(self, company: str, store: str, ask: CheckTerminal) -> TerminalAnswer:
        """Let the gateway ask the terminal."""
        return await self._ask((company, store), ask, TerminalAnswer, COMMAND_TIMEOUT_S)

    async def read_journal(self, company: str, store: str, ask: ReadJournal) -> JournalAnswer:
        """Let the gateway read the journal."""
        return await self._ask((company, store), ask, JournalAnswer, COMMAND_TIMEOUT_S)

    async def check_printer(self, company: str, store: str, ask: CheckPrinter) -> PrinterAnswer:
        """Let the box ask its printer."""
        subject = subjects.printer_command(company, store, ask.printer, verb_of(ask))
        try:
            return await self._bus.request(subject, ask, PrinterAnswer, timeout_s=PRINTER_TIMEOUT_S)
        except MessagingError as error:
            raise StoreUnreachable(company, store) from error

    async def _ask(
        self, store: tuple[str, str], ask: TerminalQuestion, reply: Any, timeout_s: float
    ) -> Any:
        subject = subjects.terminal_command(*store, ask.terminal, verb_of(ask))
        try:
            return await self._bus.request(subject, ask, reply, timeout_s=timeout_s)
        except MessagingError as error:
            raise StoreUnreachable(*store) from error


class BusCensus:
    """`Census` over NATS: every process is asked at once, and answers for itself."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._turn = asyncio.Lock()
        self._counted: tuple[float, HealthView] | None = None

    async def count(self) -> HealthView:
        """Return who answered within `CENSUS_S`; counted once a `CENSUS_KEPT_S` at most."""
        async with self._turn:
            now_s = self._clock.monotonic()
            if self._counted is None or now_s - self._counted[0] > CENSUS_KEPT_S:
                self._counted = (now_s, _view(await self._gathered()))
            return self._counted[1]

    async def _gathered(self) -> list[InstanceHealth]:
        found: list[InstanceHealth] = []

        async def hear(message: WireMessage) -> None:
            if len(found) < INSTANCES_MAX:
                told = codec.decode(message.data, InstanceHealth, message.subject)
                found.append(told)

        wire = self._bus.wire
        inbox = wire.new_inbox()
        subscription = await wire.subscribe(inbox, hear, pending_max=INSTANCES_MAX)
        try:
            await wire.publish(subjects.CENSUS, encode(ReadHealth()), reply=inbox)
            await asyncio.sleep(CENSUS_S)
        except MessagingError:
            return []
        finally:
            await subscription.unsubscribe()
        return found


def _view(found: list[InstanceHealth]) -> HealthView:
    services: list[ServiceView] = []
    for name in SERVICES:
        instances = sorted(
            (one for one in found if one.service == name), key=lambda one: one.instance
        )
        services.append(
            ServiceView(
                service=name,
                ready=any(one.ready for one in instances),
                instances=tuple(
                    InstanceView(instance=one.instance, version=one.version, ready=one.ready)
                    for one in instances
                ),
            )
        )
    return HealthView(ready=all(one.ready for one in services), services=tuple(services))


async def listen(bus: Bus, ears: Ears) -> None:
    """Let the ears hear sales, screens, doubts, seats, paper and heartbeats from now on."""

    async def on_sale_event(payload: Raw, _delivery: Delivery) -> None:
        await ears.on_sale_event(bytes(payload))

    async def on_screen(shown: ScreenShown, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_screen(company, store, shown)

    async def on_heartbeat(beat: Heartbeat, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_heartbeat(company, store, beat)

    async def on_doubt(asked: DoubtAsked, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_doubt(company, store, asked)

    async def on_seat(taken: RegisterTaken, delivery: Delivery) -> None:
        await ears.on_seat(delivery.tokens[1], taken)

    async def on_paper(told: PaperTold, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_paper(company, store, told)

    bus.wire.on_reconnect.append(ears.resync)
    await bus.subscribe_live(subjects.ALL_SALE_EVENTS, Raw, on_sale_event)
    await bus.subscribe_live(subjects.ALL_SCREENS, ScreenShown, on_screen)
    await bus.subscribe_live(subjects.ALL_DOUBTS, DoubtAsked, on_doubt)
    await bus.subscribe_live(subjects.ALL_SEATS, RegisterTaken, on_seat)
    await bus.subscribe_live(subjects.ALL_PAPERS, PaperTold, on_paper)
    await bus.subscribe_live(subjects.ALL_HEARTBEATS, Heartbeat, on_heartbeat)
