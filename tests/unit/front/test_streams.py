"""No gap, no doubles, whatever the bus does."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from contracts.envelope import Answer
from contracts.operations import Heartbeat, Phase, Screen, ScreenShown, TerminalSeen
from contracts.receipts import PaperTold, PrintJobView
from contracts.sales import DoubtAsked, DoubtView, RegisterView, SaleEvent, SaleView, TenderState
from contracts.seats import RegisterTaken, SeatView
from front import sse
from front.model import Refused
from front.streams import EventStream
from testkit.clock import START

SALE = "00000000-0000-7000-8000-00000000000a"
OPERATION = "00000000-0000-7000-8000-00000000000b"

EventOf = Callable[..., SaleEvent]
SaleOf = Callable[..., SaleView]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.001)
    monkeypatch.setattr(sse, "BEHIND_S", 0.001)


async def heard(stream: EventStream, until: bytes = sse.HEARTBEAT) -> list[str]:
    """Return what stands in the stream up to a chunk: `id` for changes, the event's name else."""
    told: list[str] = []
    async for chunk in stream.chunks:
        if chunk == until:
            return told
        for line in chunk.decode().splitlines():
            name, _, value = line.partition(": ")
            if name in {"id", "event"}:
                told.append(value)
    told.append("end")
    return told


async def chunks(stream: EventStream) -> AsyncIterator[bytes]:
    async for chunk in stream.chunks:
        yield chunk


async def chunks_until_beat(stream: EventStream) -> AsyncIterator[bytes]:
    async for chunk in stream.chunks:
        if chunk == sse.HEARTBEAT:
            return
        yield chunk


def encoded(event: SaleEvent) -> bytes:
    return msgspec.json.encode(event)


def shown(sequence: int, name: str = "read_card", operation: str | None = OPERATION) -> ScreenShown:
    return ScreenShown(
        terminal="T1",
        operation_id=operation,
        sequence=sequence,
        phase=Phase.READ,
        screen=Screen(name=name),
        at=START,
    )


async def test_the_past_comes_first_then_what_happens(house: Any, event_of: EventOf) -> None:
    house.centre.events = [event_of(1), event_of(2)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    await house.ears.on_sale_event(encoded(event_of(3)))
    assert await heard(stream) == ["1", "2", "3"]


async def test_what_was_heard_while_the_past_was_read_comes_once(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1), event_of(2)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    for sequence in (1, 2, 2, 3, 3, 1):
        await house.ears.on_sale_event(encoded(event_of(sequence)))
    assert await heard(stream) == ["1", "2", "3"]


async def test_a_hole_is_asked_for(house: Any, event_of: EventOf) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    house.centre.events = [event_of(number) for number in range(1, 6)]
    await house.ears.on_sale_event(encoded(event_of(5)))
    assert await heard(stream) == ["1", "2", "3", "4", "5"]


async def test_a_long_past_is_read_in_pieces(house: Any, event_of: EventOf) -> None:
    house.centre.page = 2
    house.centre.events = [event_of(number) for number in range(1, 6)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 1)
    assert await heard(stream) == ["2", "3", "4", "5"]


async def test_the_last_event_lost_on_the_bus_comes_with_the_next_heartbeat(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    assert await heard(stream) == ["1"]
    house.centre.events = [event_of(1), event_of(2)]
    assert await heard(stream) == ["2"]


async def test_after_a_reconnect_everybody_looks_again(house: Any, event_of: EventOf) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 1)
    house.centre.events = [event_of(1), event_of(2)]
    house.ears.resync()
    assert await heard(stream) == ["2"]


async def test_a_stream_stays_while_nobody_can_say_what_was_missed(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 1)
    house.centre.events.append(event_of(2))
    house.centre.away = True
    house.ears.resync()
    assert await heard(stream) == []
    house.centre.away = False
    assert await heard(stream) == ["2"]


async def test_the_screens_of_a_waiting_tender_are_heard_without_an_id(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1, TenderState.IN_PROGRESS)]
    await house.ears.on_screen("C", "S", shown(1))
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    assert await heard(stream) == ["1", "screen"]
    await house.ears.on_screen("C", "S", shown(2, "pin"))
    await house.ears.on_screen("C", "S", shown(2, "pin"))
    await house.ears.on_screen("C", "S", shown(3, "home", operation=None))
    assert await heard(stream) == ["screen"]


async def test_a_glass_that_changed_before_its_sale_told_of_it_is_not_lost(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    assert await heard(stream) == ["1"]
    await house.ears.on_screen("C", "S", shown(1))
    await house.ears.on_sale_event(encoded(event_of(2, TenderState.IN_PROGRESS)))
    assert await heard(stream) == ["2", "screen"]


async def test_a_glass_is_shown_with_the_missed_event_that_tells_of_it(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    assert await heard(stream) == ["1"]
    await house.ears.on_screen("C", "S", shown(1))
    house.centre.events.append(event_of(2, TenderState.IN_PROGRESS))
    assert await heard(stream) == ["2", "screen"]


async def test_a_settled_tenders_operation_is_followed_no_longer(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1, TenderState.IN_PROGRESS)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    house.centre.events.append(event_of(2, TenderState.APPROVED))
    await house.ears.on_sale_event(encoded(event_of(2, TenderState.APPROVED)))
    await house.ears.on_screen("C", "S", shown(9))
    assert await heard(stream) == ["1", "2"]


async def test_a_stream_ends_when_the_session_does(house: Any, event_of: EventOf) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    house.centre.answers["resolve_session"] = Answer(outcome="not_authenticated")
    assert await heard(stream) == ["1", "session_ended", "end"]


async def test_a_stream_says_goodbye_when_the_process_stops(house: Any, event_of: EventOf) -> None:
    house.centre.events = [event_of(1)]
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    house.hub.close()
    told = [chunk async for chunk in chunks(stream)]
    assert told[-1] == sse.GOODBYE
    stream.close()
    assert len(house.hub) == 0


async def test_an_unknown_sale_leaves_no_listener_behind(house: Any) -> None:
    async def refuse(_service: str, _verb: str, _message: object) -> Answer:
        return Answer(outcome="unknown_sale", body=msgspec.Raw(b'{"code":"unknown_sale"}'))

    house.centre.ask = refuse
    with pytest.raises(Refused, match="unknown_sale"):
        await house.streams.watch_sale(house.caller(), SALE, 0)
    assert len(house.hub) == 0


def register_answer(active: SaleView | None) -> Answer:
    view = RegisterView(store="S", register="R1", active=active, parked=(), closed_last=None)
    return Answer(outcome="ok", body=msgspec.Raw(msgspec.json.encode(view)))


async def test_a_register_starts_with_how_it_stands(
    house: Any, event_of: EventOf, sale_of: SaleOf
) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of(2, TenderState.IN_PROGRESS))
    seen = TerminalSeen(terminal="T1", link="connected", screen="home")
    beat = Heartbeat(epoch=1, number=1, at=START, terminals=(seen,))
    await house.ears.on_heartbeat("C", "S", beat)
    await house.ears.on_screen("C", "S", shown(1))
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    for sequence in (1, 2, 3):
        await house.ears.on_sale_event(encoded(event_of(sequence)))
    await house.ears.on_screen("C", "S", shown(2))
    house.clock.advance(10)
    house.ears.lapse()
    assert await heard(stream) == ["register", "terminal", "screen", "sale", "screen", "terminal"]


async def test_a_terminal_that_the_register_lost_is_heard_no_longer(
    house: Any, sale_of: SaleOf
) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of())
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    await house.with_store(version=2, paired=None)
    await house.ears.on_screen("C", "S", shown(1))
    assert await heard(stream) == ["register", "terminal", "register"]


async def test_a_register_of_another_store_or_company_is_refused(house: Any) -> None:
    await house.with_store()
    for caller, store, register, code in (
        (house.caller(), "S2", "R1", "unknown_store"),
        (house.caller(), "S", "R9", "unknown_register"),
        (house.caller("S2"), "S", "R1", "not_permitted"),
    ):
        with pytest.raises(Refused, match=code):
            await house.streams.watch_register(caller, store, register)
    assert len(house.hub) == 0


def asked(seconds: int, sale: str = SALE, operation: str = OPERATION) -> DoubtAsked:
    at = START + timedelta(seconds=seconds)
    return DoubtAsked(operation_id=operation, sale=sale, asked=seconds, at=at, answer="working")


async def test_a_sale_hears_how_often_its_doubt_was_asked_about(
    house: Any, event_of: EventOf
) -> None:
    house.centre.events = [event_of(1, TenderState.IN_DOUBT)]
    await house.ears.on_doubt("C", "S", asked(1))
    stream = await house.streams.watch_sale(house.caller(), SALE, 0)
    assert await heard(stream) == ["1", "doubt"]
    await house.ears.on_doubt("C", "S", asked(3))
    await house.ears.on_doubt("C", "S", asked(2))
    await house.ears.on_doubt("D", "S", asked(4))
    frames = [chunk async for chunk in chunks_until_beat(stream)]
    assert [b'"asked":3' in frame for frame in frames] == [True]


async def test_a_register_hears_of_the_doubts_of_its_own_sales(house: Any, sale_of: SaleOf) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of(1, TenderState.IN_DOUBT))
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    await house.ears.on_doubt("C", "S", asked(1))
    await house.ears.on_doubt("C", "S", asked(2, sale=OPERATION, operation=SALE))
    assert await heard(stream) == ["register", "terminal", "doubt"]


async def test_a_register_opens_with_what_was_asked_before(house: Any, sale_of: SaleOf) -> None:
    await house.with_store()
    await house.ears.on_doubt("C", "S", asked(5))
    doubt = DoubtView(reason="silence", since=START)
    sale = sale_of(1, TenderState.IN_DOUBT)
    tender = msgspec.structs.replace(sale.tenders[0], doubt=doubt)
    sale = msgspec.structs.replace(sale, tenders=(tender,))
    house.centre.answers["read_register"] = register_answer(sale)
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    opening = await anext(aiter(stream.chunks))
    assert b'"asked":5' in opening


async def test_a_page_hears_that_another_has_its_register(house: Any, sale_of: SaleOf) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of())
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    seat = SeatView(store="S", register="R1", page="page-two", operator="manager", since=START)
    elsewhere = msgspec.structs.replace(seat, register="R2")
    for company, taken in (("C", seat), ("D", seat), ("C", elsewhere)):
        await house.ears.on_seat(company, RegisterTaken(seat=taken))
    frames = [chunk async for chunk in chunks_until_beat(stream)]
    assert frames[1:] == [sse.frame(msgspec.json.encode(seat), event="seat")]


async def test_a_terminal_that_comes_back_with_a_screen_is_told_as_linked(
    house: Any, sale_of: SaleOf
) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of())
    stream = await house.streams.watch_register(house.caller(), "S", "R1")
    for number, link in ((1, "connected"), (2, "disconnected")):
        seen = TerminalSeen(terminal="T1", link=link, screen="home")
        beat = Heartbeat(epoch=1, number=number, at=START, terminals=(seen,))
        await house.ears.on_heartbeat("C", "S", beat)
        assert [b'"link":"%s"' % link.encode() in c async for c in chunks_until_beat(stream)][-1]
    await house.ears.on_screen("C", "S", shown(1, "home", operation=None))
    frames = [chunk async for chunk in chunks_until_beat(stream)]
    assert b'"link":"connected"' in frames[0]
    assert b"event: screen" in frames[1]
    await house.ears.on_screen("C", "S", shown(2, "menu", operation=None))
    assert [b"event: screen" in chunk async for chunk in chunks_until_beat(stream)] == [True]


async def test_a_sale_and_its_register_hear_how_its_paper_comes_out(
    house: Any, sale_of: SaleOf
) -> None:
    await house.with_store()
    house.centre.answers["read_register"] = register_answer(sale_of())
    streams = [
        await house.streams.watch_register(house.caller(), "S", "R1"),
        await house.streams.watch_sale(house.caller(), SALE, 0),
    ]
    queued = PrintJobView(
        id=OPERATION,
        sale=SALE,
        store="S",
        register="R1",
        what="receipt",
        state="queued",
        requested_at=START,
    )
    ended = msgspec.structs.replace(queued, state="not_printed", reason="paper_out")
    elsewhere = msgspec.structs.replace(queued, register="R2", sale=OPERATION)
    for company, store, job in (
        ("C", "S", queued),
        ("D", "S", queued),
        ("C", "S2", queued),
        ("C", "S", elsewhere),
        ("C", "S", ended),
    ):
        await house.ears.on_paper(company, store, PaperTold(job=job))
    expected = [sse.frame(msgspec.json.encode(job), event="paper") for job in (queued, ended)]
    for stream in streams:
        frames = [chunk async for chunk in chunks_until_beat(stream)]
        assert [one for one in frames if b"event: paper" in one] == expected
