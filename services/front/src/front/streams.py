"""Live event streams: the past and what the ears hear, told to each listener without a gap.

A listener is registered before the past is read, so nothing falls between the two; what comes twice
is told once; a hole in the numbers is asked for.
"""

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

from contracts.envelope import Answer
from contracts.sales import ReadRegister, ReadSaleEvents
from front import decide, ears, overlay, sse
from front.handlers import Desk
from front.hub import Hub, Listener, RegisterTopic, SaleTopic, Told
from front.model import Caller, FrontError, Refused
from front.ports import ServiceUnavailable
from front.problems import SUCCESS, refusal_of
from front.routes import CHECKOUT
from front.sessions import AWAY

SALES_KNOWN_MAX: Final = 64
"""Sales of one register whose last event a stream remembers; the older ones are long closed."""


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

_REGISTER: Final = msgspec.json.Decoder(RegisterGist)
_PAST: Final = msgspec.json.Decoder(EventsGist)


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
        for told in ears.last_heard(self._desk.live, listener.operations):
            yield sse.frame(told.payload, event=told.kind)
        async for told in self._told(caller, listener):
            if told.kind == "sale" and told.sequence == last + 1:
                last = told.sequence
                yield sse.frame(told.payload, sequence=last)
            elif told.kind in {"screen", "terminal", "doubt", "paper"}:
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
            elif _is_news(told, told_up_to):
                yield sse.frame(told.payload, event=told.kind)

    async def _standing(self, caller: Caller, store: str, register: str) -> Standing:
        """Return how a register stands: its sales, its terminal, the terminal's glass."""
        ask = ReadRegister(store=store, register=register)
        answer = granted(await self._desk.ask(caller, CHECKOUT, ask))
        live, company = self._desk.live, caller.session.company
        view = overlay.over_register(bytes(answer.body), live)
        frames = [sse.frame(view, event="register")]
        configuration = self._desk.store(caller, store)
        for terminal in decide.terminals_held(configuration, register):
            sight = live.sight(company, store, terminal)
            heard = decide.heard_view(decide.terminal_of(configuration, terminal), sight)
            frames.append(sse.frame(msgspec.json.encode(heard), event="terminal"))
            shown = live.shown(company, store, terminal)
            if shown is not None:
                frames.append(sse.frame(ears.screen_told(shown).payload, event="screen"))
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
            sse.frame(told.payload, event=told.kind)
            for told in ears.last_heard(self._desk.live, listener.operations.keys() - before)
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
                gist = ears.GIST.decode(event)
                last = gist.sequence
                past.append((bytes(event), last))
                self._hub.follow(listener, ears.waiting_operations(gist))


def _is_news(told: Told, told_up_to: dict[str, int]) -> bool:
    """Tell whether it is for a register that was told so much of its sales; note what is."""
    if told.kind == "doubt":
        return told.sale in told_up_to
    if told.kind != "sale":
        return True
    if told.sequence <= told_up_to.get(told.sale, 0):
        return False
    told_up_to[told.sale] = told.sequence
    if len(told_up_to) > SALES_KNOWN_MAX:
        del told_up_to[next(iter(told_up_to))]
    return True


def granted(answer: Answer) -> Answer:
    """Return the answer when it is one; raise what it refuses otherwise."""
    if answer.outcome in SUCCESS:
        return answer
    if answer.outcome in AWAY:
        raise ServiceUnavailable(CHECKOUT, sent=True)
    refusal = refusal_of(answer)
    raise Refused(answer.outcome, refusal.detail, **refusal.fields)
