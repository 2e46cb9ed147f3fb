"""The ports over NATS: questions to the centre, commands to the stores, what is heard live."""

from typing import Any, Final

from msgspec import Raw, Struct

from contracts import subjects
from contracts.envelope import Answer
from contracts.operations import (
    COMMAND_TIMEOUT_S,
    CheckTerminal,
    Heartbeat,
    ReadJournal,
    ReadTerminal,
    ScreenShown,
)
from front.handlers import verb_of
from front.model import HealthView, InstanceView, ServiceView
from front.ports import JournalAnswer, ServiceUnavailable, StoreUnreachable, TerminalAnswer
from front.streams import Ears
from messaging.bus import Bus, Delivery, MessagingError, NotDelivered

ANSWER_TIMEOUT_S: Final = 3.0
"""`checkout` waits `COMMAND_TIMEOUT_S` for a store and for two commits; thrice that is trouble."""

SERVICES: Final = ("checkout", "front", "store_config", "terminal_gateway")
"""What makes a working Renkei; the simulator is never deployed."""

LOOK_TIMEOUT_S: Final = 0.4
"""What a status question may cost: without an answer the terminal is `unknown`, told at once."""


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

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def count(self) -> HealthView:
        """Return who answered within `CENSUS_S`."""
        found = await self._gathered()
        services = tuple(
            ServiceView(
                service=name,
                ready=any(instance.ready for instance in found.get(name, ())),
                instances=tuple(sorted(found.get(name, ()), key=lambda one: one.instance)),
            )
            for name in SERVICES
        )
        return HealthView(ready=all(one.ready for one in services), services=services)

    async def _gathered(self) -> dict[str, list[InstanceView]]:
        return {}


async def listen(bus: Bus, ears: Ears) -> None:
    """Let the ears hear events of sales, screens and heartbeats from now on."""

    async def on_sale_event(payload: Raw, _delivery: Delivery) -> None:
        await ears.on_sale_event(bytes(payload))

    async def on_screen(shown: ScreenShown, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_screen(company, store, shown)

    async def on_heartbeat(beat: Heartbeat, delivery: Delivery) -> None:
        _, company, store, *_ = delivery.tokens
        await ears.on_heartbeat(company, store, beat)

    bus.wire.on_reconnect.append(ears.resync)
    await bus.subscribe_live(subjects.ALL_SALE_EVENTS, Raw, on_sale_event)
    await bus.subscribe_live(subjects.ALL_SCREENS, ScreenShown, on_screen)
    await bus.subscribe_live(subjects.ALL_HEARTBEATS, Heartbeat, on_heartbeat)
