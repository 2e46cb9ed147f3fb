from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ct6100.codec import encode
from ct6100.errors import LinkBrokenError, LinkFullError, PayloadTooLargeError
from ct6100.frames import FRAME_MAX, FrameKind, encode_frame
from ct6100.messages import Journal, LinkMessage, Ping, Pong
from ct6100.protocol import (
    ACK_TIMEOUT_S,
    DAMAGED_MAX,
    FRAME_GAP_S,
    NOISE_MAX,
    PING_EVERY_S,
    QUEUE_MAX,
    SILENCE_MAX_S,
    TRIES_MAX,
    Broken,
    Delivered,
    Event,
    Link,
    Lost,
    Received,
    Unreadable,
)
from ct6100.records import EntryState, JournalEntry, Kind
from testkit.terminals import MORNING
from testkit.wires import JoinedLinks


def received(events: list[Event]) -> list[LinkMessage]:
    return [event.message for event in events if isinstance(event, Received)]


def data_frame(sequence: int, message: LinkMessage) -> bytes:
    return encode_frame(FrameKind.DATA, sequence, encode(message))


def test_messages_arrive_once_and_in_order_both_ways() -> None:
    joined = JoinedLinks()
    for number in range(5):
        joined.left.send(Ping(request=number), joined.now)
        joined.right.send(Pong(request=number), joined.now)
    joined.settle()
    assert received(joined.right_events) == [Ping(request=number) for number in range(5)]
    assert received(joined.left_events) == [Pong(request=number) for number in range(5)]
    assert Delivered(message=Ping(request=4)) in joined.left_events


def test_sequence_numbers_wrap() -> None:
    joined = JoinedLinks()
    for number in range(600):
        joined.left.send(Ping(request=number), joined.now)
        joined.settle()
    assert received(joined.right_events) == [Ping(request=number) for number in range(600)]


def test_one_frame_is_on_its_way_at_a_time() -> None:
    link = Link(0)
    link.send(Ping(request=1), 0)
    link.send(Ping(request=2), 0)
    assert link.outgoing() == data_frame(0, Ping(request=1))
    link.receive(encode_frame(FrameKind.ACK, 0), 0)
    assert link.outgoing() == data_frame(1, Ping(request=2))


def test_without_an_answer_a_frame_is_sent_again_and_at_last_given_up() -> None:
    link = Link(0)
    link.send(Ping(request=1), 0)
    frame, now = link.outgoing(), 0.0
    for _ in range(TRIES_MAX - 1):
        now += ACK_TIMEOUT_S
        assert link.on_deadline(now) == []
        assert link.outgoing().startswith(frame)
    events = link.on_deadline(now + ACK_TIMEOUT_S)
    assert events == [Lost(message=Ping(request=1), reason="no_answer"), Broken(reason="no_answer")]
    assert (link.broken, link.deadline(), link.outgoing()) == ("no_answer", None, b"")


def test_a_frame_that_came_twice_is_answered_twice_and_delivered_once() -> None:
    link = Link(0)
    frame = data_frame(0, Ping(request=1))
    assert received(link.receive(frame + frame, 0)) == [Ping(request=1)]
    assert link.outgoing() == encode_frame(FrameKind.ACK, 0) * 2


def test_a_skipped_frame_breaks_the_link() -> None:
    for first in (1, 255):
        assert Link(0).receive(data_frame(first, Ping(request=1)), 0) == [Broken(reason="sequence")]
    link = Link(0)
    link.receive(data_frame(0, Ping(request=1)), 0)
    assert link.receive(data_frame(2, Ping(request=3)), 0) == [Broken(reason="sequence")]


def test_a_damaged_frame_is_asked_for_again_at_once() -> None:
    left, right = Link(0), Link(0)
    left.send(Ping(request=1), 0)
    wire = bytearray(left.outgoing())
    wire[10] ^= 0x10
    assert right.receive(bytes(wire), 0) == []
    assert left.receive(right.outgoing(), 0) == []
    assert received(right.receive(left.outgoing(), 0)) == [Ping(request=1)]


def test_a_nak_counts_as_a_try_and_one_for_another_frame_does_not() -> None:
    link = Link(0)
    link.send(Ping(request=1), 0)
    link.outgoing()
    assert link.receive(encode_frame(FrameKind.NAK, 5), 0) == []
    assert link.outgoing() == b""
    for _ in range(TRIES_MAX - 1):
        assert link.receive(encode_frame(FrameKind.NAK, 0), 0) == []
    assert link.receive(encode_frame(FrameKind.NAK, 0), 0)[-1] == Broken(reason="no_answer")


def test_answers_to_nothing_are_ignored() -> None:
    link = Link(0)
    for kind in (FrameKind.ACK, FrameKind.NAK, FrameKind.REFUSE, FrameKind.ALIVE):
        assert link.receive(encode_frame(kind, 255), 0) == []
    link.send(Ping(request=1), 0)
    assert link.receive(encode_frame(FrameKind.ACK, 7), 0) == []
    assert link.outgoing() == data_frame(0, Ping(request=1))


def test_a_message_that_nobody_knows_is_refused_and_the_link_goes_on() -> None:
    left, right = Link(0), Link(0)
    unknown = encode_frame(FrameKind.DATA, 0, b"\xff?")
    events = right.receive(unknown, 0)
    assert events == [Unreadable(payload=b"\xff?", reason="unknown message FF")]
    assert right.outgoing() == encode_frame(FrameKind.REFUSE, 0)
    assert right.receive(unknown, 0) == []
    assert right.outgoing() == encode_frame(FrameKind.REFUSE, 0)
    assert received(right.receive(data_frame(1, Ping(request=2)), 0)) == [Ping(request=2)]
    left.send(Ping(request=1), 0)
    assert left.receive(encode_frame(FrameKind.REFUSE, 0), 0) == [
        Lost(message=Ping(request=1), reason="refused")
    ]
    assert left.broken is None


def test_a_wire_that_only_damages_is_cut() -> None:
    link, naks = Link(0), 0
    wire = bytearray(data_frame(0, Ping(request=1)))
    wire[-1] ^= 1
    for _ in range(DAMAGED_MAX):
        assert link.receive(bytes(wire), 0) == []
        naks += link.outgoing() == encode_frame(FrameKind.NAK, 0)
    assert naks == DAMAGED_MAX
    assert link.receive(bytes(wire), 0) == [Broken(reason="garbage")]


def test_endless_garbage_is_cut() -> None:
    link, sent, events = Link(0), 0, list[Event]()
    while not events:
        events = link.receive(b"GET / HTTP/1.1\r\n" * 64, 0)
        sent += 1024
        assert sent <= NOISE_MAX + 1024
    assert events == [Broken(reason="garbage")]


def test_a_frame_that_never_ends_is_given_up_and_the_link_goes_on() -> None:
    link = Link(0)
    link.receive(data_frame(0, Ping(request=1))[:-1], 0)
    assert link.deadline() == FRAME_GAP_S
    assert link.on_deadline(FRAME_GAP_S) == []
    assert encode_frame(FrameKind.NAK, 0) in link.outgoing()
    frame = data_frame(0, Ping(request=1))
    assert received(link.receive(frame, FRAME_GAP_S)) == [Ping(request=1)]


def test_a_frame_that_trickles_in_is_no_way_to_stay_connected() -> None:
    link, now, events = Link(0), 0.0, list[Event]()
    while not any(isinstance(event, Broken) for event in events):
        now += 0.1
        events += link.receive(b"\x02", now)
        if (due := link.deadline()) is not None and due <= now:
            events += link.on_deadline(now)
        assert now < SILENCE_MAX_S * 4
    assert link.broken in {"garbage", "silence"}


def test_an_idle_link_asks_whether_the_peer_is_there() -> None:
    joined = JoinedLinks()
    joined.run(60)
    assert joined.left_events == []
    assert joined.right_events == []
    alone = Link(0)
    assert alone.deadline() == PING_EVERY_S
    alone.on_deadline(PING_EVERY_S)
    assert alone.outgoing() == encode_frame(FrameKind.ENQUIRE, 0)
    assert alone.on_deadline(SILENCE_MAX_S) == [Broken(reason="silence")]


def test_losing_the_connection_tells_what_is_not_known_to_have_arrived() -> None:
    link = Link(0)
    link.send(Ping(request=1), 0)
    link.send(Ping(request=2), 0)
    assert link.connection_lost() == [
        Lost(message=Ping(request=1), reason="connection_lost"),
        Lost(message=Ping(request=2), reason="connection_lost"),
        Broken(reason="connection_lost"),
    ]
    assert link.connection_lost() == []
    assert link.receive(data_frame(0, Ping(request=1)), 0) == []
    assert link.on_deadline(99) == []
    with pytest.raises(LinkBrokenError, match="connection_lost"):
        link.send(Ping(request=3), 0)


def test_what_cannot_be_queued_or_framed_is_refused_at_once() -> None:
    link = Link(0)
    for number in range(QUEUE_MAX + 1):
        link.send(Ping(request=number), 0)
    with pytest.raises(LinkFullError):
        link.send(Ping(request=0), 0)
    pages = Journal(
        request=1,
        entries=(),
        covers_from=MORNING,
        covers_to=MORNING,
        covers_first=1,
        covers_last=0,
        complete=True,
        more=False,
        pending=0,
    )
    with pytest.raises(PayloadTooLargeError):
        Link(0).send(too_large(pages), 0)


def too_large(page: Journal) -> Journal:
    entry = JournalEntry(
        number=1,
        slip_number="00001",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        state=EntryState.APPROVED,
        amount=1,
        at=MORNING,
        brand="x" * 200,
    )
    return structs.replace(page, entries=(entry,) * 100)


def flip(piece: bytes, at: int) -> list[bytes]:
    return [piece[:at] + bytes((piece[at] ^ 0x55,)) + piece[at + 1 :]]


DAMAGES: list[Callable[[bytes, int], list[bytes]]] = [
    lambda piece, _: [piece],
    lambda piece, _: [piece],
    lambda piece, _: [piece],
    lambda piece, at: [piece[:at], piece[at:]],
    lambda piece, at: [piece[: at + 1], piece[at:]],
    lambda piece, at: [piece[:at]],
    lambda piece, _: [piece, piece],
    lambda piece, at: [bytes(range(at)), piece],
    lambda _piece, _at: [],
    flip,
]
"""Untouched (mostly), split, a byte doubled, cut short, doubled, after noise, lost, flipped."""


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5), st.data())
def test_whatever_the_wire_does_a_message_arrives_once_in_order_or_the_link_breaks(
    count: int, data: st.DataObject
) -> None:
    def damage(piece: bytes) -> list[bytes]:
        if not piece:
            return []
        at = data.draw(st.integers(0, len(piece) - 1))
        return data.draw(st.sampled_from(DAMAGES))(piece, at)

    joined = JoinedLinks(damage)
    pings: list[LinkMessage] = [Ping(request=number) for number in range(count)]
    pongs: list[LinkMessage] = [Pong(request=number) for number in range(count)]
    for ping, pong in zip(pings, pongs, strict=True):
        joined.left.send(ping, joined.now)
        joined.right.send(pong, joined.now)
    joined.run(30)
    both_up = joined.left.broken is None and joined.right.broken is None
    for sender, receiver, sent in (
        (joined.left_events, joined.right_events, pings),
        (joined.right_events, joined.left_events, pongs),
    ):
        arrived = received(receiver)
        delivered = [event.message for event in sender if isinstance(event, Delivered)]
        lost = [event.message for event in sender if isinstance(event, Lost)]
        assert arrived == sent[: len(arrived)]
        assert delivered == arrived[: len(delivered)]
        assert delivered + lost == sent
        assert not both_up or arrived == sent


@settings(deadline=None)
@given(st.lists(st.binary(max_size=2 * 1024), max_size=30))
def test_no_bytes_crash_a_link_or_make_it_grow(pieces: list[bytes]) -> None:
    link, answered = Link(0), 0
    for piece in pieces:
        link.receive(piece, 0)
        answered += len(link.outgoing())
        assert link.held < FRAME_MAX
    assert answered <= 10 * (DAMAGED_MAX + sum(map(len, pieces)))


def test_a_sound_frame_forgives_the_damage_before_it() -> None:
    link = Link(0)
    wire = bytearray(data_frame(0, Ping(request=1)))
    wire[-1] ^= 1
    for _ in range(3):
        for _ in range(DAMAGED_MAX):
            assert link.receive(bytes(wire), 0) == []
        link.receive(encode_frame(FrameKind.ALIVE, 0), 0)
    assert link.broken is None
