"""Live event streams: what is heard on the bus, told to the listeners without a gap.

A listener is registered before the past is read, so nothing falls between the two; what comes twice
is told once; a hole in the numbers is asked for.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Final

import msgspec
from msgspec import Raw, Struct

from contracts.envelope import Answer
from contracts.identifiers import OperationId, TenderNumber
from contracts.operations import Heartbeat, ScreenShown
from contracts.sales import ReadRegister, ReadSaleEvents, TenderState
from front import decide, overlay, sse
from front.handlers import Desk
from front.hub import Hub, Listener, RegisterTopic, SaleTopic, Told
from front.live import Live
from front.model import Caller, FrontError, Refused, ScreenView
from front.ports import ServiceUnavailable, Stores
from front.problems import refusal_of
from front.routes import CHECKOUT
from front.sessions import AWAY
from servicekit.clock import Clock

LAPSE_CHECK_S: Final = 1.0
"""How often silent stores are looked for; finer than `PRESENCE_LAPSES_S` by enough."""


SALES_KNOWN_MAX: Final = 64
"""Sales of one register whose last event a stream remembers; the older ones are long closed."""


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


class EventsGist(Struct, frozen=True):
    """`SaleEvents`, each event still in its bytes."""

    events: tuple[Raw, ...]


class SaleNumber(Struct, frozen=True):
    """Which sale, and how far it has come."""

    id: str
    sequence: int


class RegisterGist(Struct, frozen=True):
    """Only what is needed of a `RegisterView`."""

    active: SaleNumber | None
    parked: tuple[SaleNumber, ...]
    closed_last: SaleNumber | None


Standing = tuple[bytes, dict[str, int]]
"""How a register stands, as frames, and the last event of each sale that is in them."""

Past = list[tuple[bytes, int]]
"""Events as they came, with their sequence numbers."""

_GIST: Final = msgspec.json.Decoder(EventGist)
_REGISTER: Final = msgspec.json.Decoder(RegisterGist)
_PAST: Final = msgspec.json.Decoder(EventsGist)


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
        gist = _GIST.decode(payload)
        told = Told("sale", payload, gist.sequence, sale=gist.sale_id)
        for listener in self._hub.listeners(SaleTopic(gist.company, gist.sale_id)):
            before = listener.operations.keys()
            self._hub.follow(listener, waiting_operations(gist))
            listener.tell(told)
            # A terminal may be quicker than the event that tells of its operation.
            for shown in _shown(self._live, listener.operations.keys() - before):
                listener.tell(Told("screen", screen_bytes(shown), about=shown.terminal))
        topic = RegisterTopic(gist.company, gist.store, gist.register)
        for listener in self._hub.listeners(topic):
            listener.tell(told)

    async def on_screen(self, company: str, store: str, shown: ScreenShown) -> None:
        """Tell a new screen to the sale that it serves and to the register that it belongs to."""
        if not self._live.on_screen(company, store, shown) or not len(self._hub):
            return
        told = Told("screen", screen_bytes(shown), about=shown.terminal)
        if shown.operation_id is not None:
            for listener in self._hub.followers(shown.operation_id):
                listener.tell(told)
        for listener in self._holders(company, store, shown.terminal):
            listener.tell(told)

    async def on_heartbeat(self, company: str, store: str, beat: Heartbeat) -> None:
        """Take presence in; tell what changed by it."""
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


class EventStream:
    """One open stream: chunks to send as they come, and its end."""

    def __init__(self, hub: Hub, listener: Listener, chunks: AsyncIterator[bytes]) -> None:
        self.chunks = chunks
        self._hub = hub
        self._listener = listener

    def close(self) -> None:
        """Forget the listener; harmless when repeated."""
        self._hub.leave(self._listener)


class Streams:
    """Opens event streams; each ends by itself, and must be closed by whoever opened it."""

    def __init__(self, *, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub

    async def watch_sale(self, caller: Caller, sale: str, after: int) -> EventStream:
        """Return a sale's stream; refuses before its first chunk is made."""
        listener = self._hub.listen(SaleTopic(caller.session.company, sale), caller.token)
        try:
            past = await self._past(caller, listener, sale, after)
        except BaseException:
            self._hub.leave(listener)
            raise
        chunks = self._sale_chunks(caller, listener, sale, after, past)
        return EventStream(self._hub, listener, chunks)

    async def watch_register(self, caller: Caller, store: str, register: str) -> EventStream:
        """Return a register's stream: first how it stands, then what happens."""
        topic = RegisterTopic(caller.session.company, store, register)
        decide.terminals_held(self._desk.store(caller, store), register)
        listener = self._hub.listen(topic, caller.token)
        try:
            standing = await self._standing(caller, store, register)
        except BaseException:
            self._hub.leave(listener)
            raise
        chunks = self._register_chunks(caller, listener, topic, standing)
        return EventStream(self._hub, listener, chunks)

    async def _sale_chunks(
        self, caller: Caller, listener: Listener, sale: str, after: int, past: Past
    ) -> AsyncIterator[bytes]:
        last = after
        yield sse.OPENING
        for payload, sequence in past:
            last = sequence
            yield sse.frame(payload, sequence=sequence)
        for shown in _shown(self._desk.live, listener.operations):
            yield sse.frame(screen_bytes(shown), event="screen")
        async for told in self._told(caller, listener):
            if told.kind == "sale" and told.sequence == last + 1:
                last = told.sequence
                yield sse.frame(told.payload, sequence=last)
            elif told.kind in {"screen", "terminal"}:
                yield sse.frame(told.payload, event=told.kind)
            elif told.kind == "end":
                yield told.payload
            elif told.kind != "sale" or told.sequence > last:
                frames, last = await self._missed(caller, listener, sale, last)
                for frame in frames:
                    yield frame
                if told.kind == "beat":
                    yield sse.HEARTBEAT

    async def _register_chunks(
        self, caller: Caller, listener: Listener, topic: RegisterTopic, standing: Standing
    ) -> AsyncIterator[bytes]:
        opening, told_up_to = standing
        yield sse.OPENING + opening
        async for told in self._told(caller, listener):
            if told.kind == "resync" or (told.kind == "beat" and listener.behind):
                try:
                    opening, told_up_to = await self._standing(caller, topic.store, topic.register)
                    listener.behind = False
                    yield opening
                except ServiceUnavailable:
                    listener.behind = True
            elif told.kind == "beat":
                yield sse.HEARTBEAT
            elif told.kind == "end":
                yield told.payload
            elif told.kind != "sale":
                yield sse.frame(told.payload, event=told.kind)
            elif told.sequence > told_up_to.get(told.sale, 0):
                told_up_to[told.sale] = told.sequence
                if len(told_up_to) > SALES_KNOWN_MAX:
                    del told_up_to[next(iter(told_up_to))]
                yield sse.frame(told.payload, event=told.kind)

    async def _standing(self, caller: Caller, store: str, register: str) -> Standing:
        """Return how a register stands: its sales, its terminal, the terminal's glass."""
        ask = ReadRegister(store=store, register=register)
        answer = granted(await self._desk.ask(caller, CHECKOUT, ask))
        live, company = self._desk.live, caller.session.company
        view = overlay.over_register(bytes(answer.body), live.screen_of)
        frames = [sse.frame(view, event="register")]
        configuration = self._desk.store(caller, store)
        for terminal in decide.terminals_held(configuration, register):
            sight = live.sight(company, store, terminal)
            heard = decide.heard_view(decide.terminal_of(configuration, terminal), sight)
            frames.append(sse.frame(msgspec.json.encode(heard), event="terminal"))
            shown = live.shown(company, store, terminal)
            if shown is not None:
                frames.append(sse.frame(screen_bytes(shown), event="screen"))
        gist = _REGISTER.decode(view)
        sales = (gist.active, gist.closed_last, *gist.parked)
        return b"".join(frames), {sale.id: sale.sequence for sale in sales if sale is not None}

    async def _told(self, caller: Caller, listener: Listener) -> AsyncIterator[Told]:
        """Yield what there is to tell, `beat` when it is quiet, `end` last."""
        while True:
            told = await listener.next(sse.BEHIND_S if listener.behind else sse.HEARTBEAT_S)
            if told is not None:
                yield told
            elif listener.closed is not None:
                if listener.closed == "stopping":
                    yield Told("end", sse.GOODBYE)
                return
            elif await self._ended(caller):
                yield Told("end", sse.frame(b"{}", event="session_ended"))
                return
            else:
                yield Told("beat", b"")

    async def _ended(self, caller: Caller) -> bool:
        try:
            await self._desk.sessions.resolve(caller.token)
        except Refused as refused:
            return refused.code == "not_authenticated"
        except FrontError:
            return False
        return False

    async def _missed(
        self, caller: Caller, listener: Listener, sale: str, last: int
    ) -> tuple[list[bytes], int]:
        """Return what was missed as frames, and how far the sale has come with them.

        While nobody can say, the stream stays and asks again soon.
        """
        before = listener.operations.keys()
        try:
            missed = await self._past(caller, listener, sale, last)
        except ServiceUnavailable:
            listener.behind = True
            return [], last
        listener.behind = False
        frames = [sse.frame(payload, sequence=sequence) for payload, sequence in missed]
        frames += [
            sse.frame(screen_bytes(shown), event="screen")
            for shown in _shown(self._desk.live, listener.operations.keys() - before)
        ]
        return frames, missed[-1][1] if missed else last

    async def _past(self, caller: Caller, listener: Listener, sale: str, after: int) -> Past:
        """Return all events after a sequence number, asked in as many pieces as they come."""
        past: Past = []
        last = after
        while True:
            ask = ReadSaleEvents(sale=sale, after=last)
            found = _PAST.decode(granted(await self._desk.ask(caller, CHECKOUT, ask)).body).events
            if not found:
                return past
            for event in found:
                gist = _GIST.decode(event)
                last = gist.sequence
                past.append((bytes(event), last))
                self._hub.follow(listener, waiting_operations(gist))


def granted(answer: Answer) -> Answer:
    """Return the answer when it is one; raise what it refuses otherwise."""
    if answer.outcome == "ok":
        return answer
    if answer.outcome in AWAY:
        raise ServiceUnavailable(CHECKOUT, sent=True)
    refusal = refusal_of(answer)
    raise Refused(answer.outcome, refusal.detail, **refusal.fields)


def waiting_operations(gist: EventGist) -> dict[str, int]:
    """Return the operations whose screens concern a sale now (id → tender number)."""
    return {
        tender.operations[-1].id: tender.number
        for tender in gist.sale.tenders
        if tender.state in overlay.WAITING and tender.operations
    }


def _shown(live: Live, operations: Iterable[OperationId]) -> list[ScreenShown]:
    """Return the glasses of these operations, as far as they were seen."""
    heard = (live.shown_for(operation) for operation in operations)
    return [shown for shown in heard if shown is not None]


def screen_bytes(shown: ScreenShown) -> bytes:
    """Return what `event: screen` carries."""
    return msgspec.json.encode(
        ScreenView(
            terminal=shown.terminal,
            operation=shown.operation_id,
            phase=shown.phase,
            screen=shown.screen,
            at=shown.at,
        )
    )
