"""What the bus says live, taken in and told to those whom it concerns."""

import contextlib
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from contracts.identifiers import OperationId, TenderNumber
from contracts.operations import Heartbeat, ScreenShown
from contracts.receipts import PaperTold
from contracts.sales import DoubtAsked, TenderState
from contracts.seats import RegisterTaken
from front import decide, overlay
from front.hub import Hub, Listener, RegisterTopic, SaleTopic, Told
from front.live import Live
from front.model import DoubtHeard, Refused, ScreenView
from front.ports import Stores
from servicekit.clock import Clock

LAPSE_CHECK_S: Final = 1.0
"""How often silent stores are looked for; finer than `PRESENCE_LAPSES_S` by enough."""


class OperationGist(Struct, frozen=True):
    """Only what is needed of an operation."""

    id: OperationId


class TenderGist(Struct, frozen=True):
    """Only what is needed of a tender."""

    number: TenderNumber
    state: TenderState
    operations: tuple[OperationGist, ...] = ()


class SaleGist(Struct, frozen=True):
    """Only what is needed of a sale."""

    tenders: tuple[TenderGist, ...]


class EventGist(Struct, frozen=True):
    """Only what is needed of a `SaleEvent`; the rest passes as it came."""

    company: str
    store: str
    register: str
    sale_id: str
    sequence: int
    sale: SaleGist


GIST: Final = msgspec.json.Decoder(EventGist)


class Ears:
    """Takes in what the bus says and tells those whom it concerns."""

    def __init__(self, *, hub: Hub, live: Live, stores: Stores, clock: Clock) -> None:
        self._hub = hub
        self._live = live
        self._stores = stores
        self._clock = clock

    async def on_sale_event(self, payload: bytes) -> None:
        """Tell a `SaleEvent` to the listeners of its sale and of its register."""
        if not len(self._hub):
            return
        gist = GIST.decode(payload)
        told = Told("sale", payload, gist.sequence, sale=gist.sale_id)
        for listener in self._hub.listeners(SaleTopic(gist.company, gist.sale_id)):
            before = listener.operations.keys()
            self._hub.follow(listener, waiting_operations(gist))
            listener.tell(told)
            # A terminal may be quicker than the event that tells of its operation.
            for heard in last_heard(self._live, listener.operations.keys() - before):
                listener.tell(heard)
        topic = RegisterTopic(gist.company, gist.store, gist.register)
        for listener in self._hub.listeners(topic):
            listener.tell(told)

    async def on_screen(self, company: str, store: str, shown: ScreenShown) -> None:
        """Tell a new screen to the sale that it serves and to the register that it belongs to."""
        before = self._live.sight(company, store, shown.terminal).link
        if not self._live.on_screen(company, store, shown) or not len(self._hub):
            return
        if before != "connected":
            # A glass that is seen is linked: no heartbeat tells it as a change any more.
            self._tell_terminal(company, store, shown.terminal)
        told = screen_told(shown)
        if shown.operation_id is not None:
            for listener in self._hub.followers(shown.operation_id):
                listener.tell(told)
        for listener in self._holders(company, store, shown.terminal):
            listener.tell(told)

    async def on_doubt(self, company: str, store: str, asked: DoubtAsked) -> None:
        """Tell that a doubt was asked about: to its sale, and to whichever register shows it."""
        if not self._live.on_doubt(asked) or not len(self._hub):
            return
        told = doubt_told(asked)
        for listener in self._hub.listeners(SaleTopic(company, asked.sale)):
            listener.tell(told)
        configuration = self._stores.find(company, store)
        for entry in configuration.registers if configuration is not None else ():
            for listener in self._hub.listeners(RegisterTopic(company, store, entry.register)):
                listener.tell(told)

    async def on_seat(self, company: str, taken: RegisterTaken) -> None:
        """Tell a register's pages which of them it obeys now."""
        seat = taken.seat
        if not self._live.on_seat(company, seat) or not len(self._hub):
            return
        told = Told("seat", msgspec.json.encode(seat), about=seat.register)
        for listener in self._hub.listeners(RegisterTopic(company, seat.store, seat.register)):
            listener.tell(told)

    async def on_paper(self, company: str, store: str, told: PaperTold) -> None:
        """Tell how a print job stands: to its sale, and to the register that rang it up."""
        job = told.job
        if job.store != store or not len(self._hub):
            return
        # Not one in the place of another: that a job began and how it ended are both news.
        news = Told("paper", msgspec.json.encode(job), sale=job.sale)
        for topic in (SaleTopic(company, job.sale), RegisterTopic(company, store, job.register)):
            for listener in self._hub.listeners(topic):
                listener.tell(news)

    async def on_heartbeat(self, company: str, store: str, beat: Heartbeat) -> None:
        """Take presence in; tell what changed by it."""
        self._live.on_box(company, store, beat, self._clock.now())
        changed = self._live.on_heartbeat(company, store, beat, self._clock.monotonic())
        for seen in changed:
            self._tell_terminal(company, store, seen.terminal)

    def store_changed(self, company: str, store: str) -> None:
        """Let a store's registers look again: who holds which terminal may have changed."""
        for listener in self._hub.everybody():
            topic = listener.topic
            if isinstance(topic, RegisterTopic) and (topic.company, topic.store) == (
                company,
                store,
            ):
                listener.tell(Told("resync", b"", about="all"))

    def resync(self) -> None:
        """Let every listener look again: we were away from the bus and may have missed things."""
        for listener in self._hub.everybody():
            listener.tell(Told("resync", b"", about="all"))

    def lapse(self) -> None:
        """Tell of the terminals whose store fell silent."""
        for company, store, terminal in self._live.lapse(self._clock.monotonic()):
            self._tell_terminal(company, store, terminal)

    def _tell_terminal(self, company: str, store: str, terminal: str) -> None:
        holders = self._holders(company, store, terminal)
        configuration = self._stores.find(company, store)
        if not holders or configuration is None:
            return
        with contextlib.suppress(Refused):
            entry = decide.terminal_of(configuration, terminal)
            sight = self._live.sight(company, store, terminal)
            view = decide.heard_view(entry, sight)
            told = Told("terminal", msgspec.json.encode(view), about=terminal)
            for listener in holders:
                listener.tell(told)

    def _holders(self, company: str, store: str, terminal: str) -> tuple[Listener, ...]:
        configuration = self._stores.find(company, store)
        register = configuration and decide.register_holding(configuration, terminal)
        if not register:
            return ()
        return tuple(self._hub.listeners(RegisterTopic(company, store, register)))


def waiting_operations(gist: EventGist) -> dict[str, int]:
    """Return the operations whose screens concern a sale now (id → tender number)."""
    return {
        tender.operations[-1].id: tender.number
        for tender in gist.sale.tenders
        if tender.state in overlay.WAITING and tender.operations
    }


def last_heard(live: Live, operations: Iterable[OperationId]) -> list[Told]:
    """Return what was heard last of these operations: glasses, and questions about doubts."""
    told: list[Told] = []
    for operation in operations:
        shown, asked = live.shown_for(operation), live.doubt_of(operation)
        if shown is not None:
            told.append(screen_told(shown))
        if asked is not None:
            told.append(doubt_told(asked))
    return told


def screen_told(shown: ScreenShown) -> Told:
    """Return what `event: screen` tells; a newer one of the terminal takes its place."""
    view = ScreenView(
        terminal=shown.terminal,
        operation=shown.operation_id,
        phase=shown.phase,
        screen=shown.screen,
        at=shown.at,
    )
    return Told("screen", msgspec.json.encode(view), about=shown.terminal)


def doubt_told(asked: DoubtAsked) -> Told:
    """Return what `event: doubt` tells; a newer one of the operation takes its place."""
    view = DoubtHeard(
        operation=asked.operation_id,
        sale=asked.sale,
        asked=asked.asked,
        last_asked_at=asked.at,
        answer=asked.answer,
    )
    payload = msgspec.json.encode(view)
    return Told("doubt", payload, about=asked.operation_id, sale=asked.sale)
