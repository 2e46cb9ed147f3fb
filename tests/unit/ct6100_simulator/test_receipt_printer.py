from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ct6100_simulator.printer_words import Condition
from ct6100_simulator.receipt_printer import (
    COMMAND_MAX,
    RECEIVE_MAX,
    Cleared,
    Happened,
    Ignored,
    Kicked,
    ReceiptPrinter,
    Reply,
)
from ct6100_simulator.strip import Graphic, Line, text_of
from ct6100_simulator.typesetting import CutHere

WIDTH = 576
OUT = Condition(paper=False, near_end=True)
OPEN = Condition(cover_open=True)
IN = Condition()
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
ASK = b"\x1d(H\x06\x00000001"
ANSWER = b"\x37\x220001\x00"


def replies(happened: list[Happened]) -> bytes:
    return b"".join(each.data for each in happened if isinstance(each, Reply))


def texts(happened: list[Happened]) -> list[str]:
    return [each.said for each in happened if isinstance(each, Line)]


def test_a_line_comes_out_at_its_feed_and_not_before() -> None:
    printer = ReceiptPrinter(WIDTH)
    assert printer.receive(b"ab") == []
    assert texts(printer.receive(b"c\n")) == ["abc"]


def test_a_process_id_is_answered_when_what_is_before_it_is_on_paper() -> None:
    printer = ReceiptPrinter(WIDTH)
    happened = printer.receive(b"paid\n" + ASK)
    assert texts(happened[:1]) == ["paid"]
    assert replies(happened) == ANSWER


@pytest.mark.parametrize(
    "wrong", [b"\x1d(H\x06\x0000\x1f001", b"\x1d(H\x05\x0000001", b"\x1d(H\x06\x0010001 "]
)
def test_a_process_id_that_is_none_is_not_answered(wrong: bytes) -> None:
    happened = ReceiptPrinter(WIDTH).receive(wrong)
    assert replies(happened) == b""
    assert [type(each) for each in happened] == [Ignored]


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        (IN, b"\x12\x12\x12\x12"),
        (Condition(near_end=True), b"\x12\x12\x12\x1e"),
        (OUT, b"\x1a\x32\x12\x7e"),
        (OPEN, b"\x1a\x16\x12\x12"),
        (Condition(paper=False, cover_open=True), b"\x1a\x36\x12\x7e"),
    ],
)
def test_it_says_how_it_is_at_once_also_while_it_is_stopped(
    condition: Condition, answers: bytes
) -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.becomes(condition)
    asked = b"".join(b"\x10\x04" + bytes((n,)) for n in (1, 2, 3, 4))
    assert replies(printer.receive(b"held back\n" + asked)) == answers


def test_without_paper_everything_is_kept_and_printed_when_there_is_some() -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.becomes(OUT)
    assert printer.receive(b"one\n\x1dr1" + ASK) == []
    assert printer.receive(b"two\n\x1dV\x00") == []
    assert printer.waiting == 4 + 3 + 11 + 4 + 3
    happened = printer.becomes(IN)
    assert texts(happened) == ["one", "two"]
    assert replies(happened) == b"\x00" + ANSWER
    assert happened[-1] == CutHere(partial=False)


def test_a_cover_that_is_open_stops_it_in_the_middle_of_a_line() -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.receive(b"be")
    printer.becomes(OPEN)
    assert printer.receive(b"fore\n") == []
    assert texts(printer.becomes(IN)) == ["before"]


def test_buffers_that_are_cleared_are_never_printed_and_settings_stay() -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.receive(b"\x1bE\x01half a li")
    printer.becomes(OUT)
    printer.receive(b"ne\nmore\n")
    happened = printer.receive(CLEAR)
    assert [type(each) for each in happened] == [Cleared, Reply]
    assert replies(happened) == b"\x37\x25\x00"
    assert printer.becomes(IN) == []
    (line,) = printer.receive(b"new\n")
    assert isinstance(line, Line)
    assert line.said == "new"
    assert all(glyph.bold for glyph in line.glyphs)


def test_what_a_broken_job_left_is_finished_by_the_next_unless_it_is_cleared() -> None:
    begun = b"\x1dv0\x00\x01\x00\x20\x00" + b"\xff" * 8
    printer = ReceiptPrinter(WIDTH)
    printer.receive(begun)
    assert texts(printer.receive(b"\x1b@a slip\n")) == [], "the picture swallows it, as in life"
    printer = ReceiptPrinter(WIDTH)
    printer.receive(begun)
    assert texts(printer.receive(CLEAR + b"\x1b@a slip\n")) == ["a slip"]


def test_a_real_time_command_is_worked_inside_of_a_picture_too_and_is_a_part_of_it() -> None:
    happened = ReceiptPrinter(WIDTH).receive(b"\x1dv0\x00\x01\x00\x04\x00\xff\x10\x04\x01")
    assert replies(happened) == b"\x12"
    assert [type(each) for each in happened] == [Graphic, Reply], "a part of the picture"
    printer = ReceiptPrinter(WIDTH)
    happened = printer.receive(b"\x1dv0\x00\x01\x00\x04\x00\xff\x10\x04\x01after\n")
    assert texts(happened) == ["after"]


def test_the_drawer_is_kicked_in_turn_and_in_real_time() -> None:
    printer = ReceiptPrinter(WIDTH)
    assert printer.receive(b"\x1bp\x00\x19\xfa") == [Kicked(0)]
    assert printer.receive(b"\x1bp\x31\x19\xfa") == [Kicked(1)]
    printer.becomes(OUT)
    assert printer.receive(b"\x1bp\x00\x19\xfa") == []
    assert printer.receive(b"\x10\x14\x01\x01\x02") == [Kicked(1)]


def test_it_reports_by_itself_what_it_was_asked_to_and_only_changes() -> None:
    printer = ReceiptPrinter(WIDTH)
    assert replies(printer.becomes(OUT)) == b"", "nobody asked yet"
    printer.becomes(IN)
    assert replies(printer.receive(b"\x1da\x0a")) == b"\x10\x00\x00\x0f"
    assert replies(printer.becomes(Condition(near_end=True))) == b"\x10\x00\x03\x0f"
    assert replies(printer.becomes(Condition(near_end=True))) == b""
    assert replies(printer.becomes(OUT)) == b"\x18\x00\x0f\x0f"
    assert replies(printer.becomes(OPEN)) == b"\x38\x00\x00\x0f"
    printer.becomes(IN)
    assert replies(printer.receive(b"\x1da\x00")) == b""
    assert replies(printer.becomes(OUT)) == b""


def test_it_says_who_made_it_and_that_it_knows_kanji() -> None:
    printer = ReceiptPrinter(WIDTH)
    assert replies(printer.receive(b"\x1dI\x02")) == b"\x03"
    assert replies(printer.receive(b"\x1dIB")) == b"_RENKEI\x00"
    assert replies(printer.receive(b"\x1dIE")) == b"_KANJI JAPANESE\x00"


@pytest.mark.parametrize(
    ("sent", "what", "why"),
    [
        (b"\x1b\x7f", "ESC 0x7f", "unknown command"),
        (b"\x10\x99", "DLE 0x99", "unknown command"),
        (b"\x1d(k\x03\x001P0", "GS ( k", "not supported"),
        (b"\x1d(!\x02\x00ab", "GS ( !", "not supported"),
        (b"\x1ba\x09", "ESC a", "out of range"),
        (b"\x1bt\xc8", "ESC t", "out of range"),
        (b"\x1dk\x49\x02xy", "GS k", "no such bar code, or not for this data"),
        (b"\x10\x05\x02", "DLE ENQ 2", "there is no error to recover from"),
    ],
)
def test_what_it_does_not_know_is_told_and_never_printed(sent: bytes, what: str, why: str) -> None:
    happened = ReceiptPrinter(WIDTH).receive(sent + b"clean\n")
    assert [each for each in happened if isinstance(each, Ignored)] == [Ignored(what, why)]
    assert texts(happened) == ["clean"]


def test_a_command_that_claims_more_than_any_printer_holds_is_skipped_to_its_end() -> None:
    size = COMMAND_MAX + 1
    printer = ReceiptPrinter(WIDTH)
    happened = printer.receive(b"\x1d8L" + size.to_bytes(4, "little") + b"0p")
    assert [type(each) for each in happened] == [Ignored]
    for _ in range(size // 65_536):
        assert printer.receive(b"A" * 65_536) == []
        assert printer.waiting == 0
    left = size - 2 - size // 65_536 * 65_536
    assert left < 0, "it is over"
    assert texts(printer.receive(b"clean\n")) == ["A" * -left + "clean"]


def test_it_is_full_only_while_it_is_stopped() -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.receive(b"\x1dv0\x00\x48\x00\xff\x08" + b"\0" * RECEIVE_MAX)
    assert not printer.full, "a long picture is still coming"
    printer.becomes(OUT)
    assert printer.full
    printer.becomes(IN)
    assert not printer.full


def test_a_patient_one_rests_after_each_row() -> None:
    printer = ReceiptPrinter(WIDTH)
    printer.patient = True
    assert texts(printer.receive(b"one\ntwo\n\x1dV\x00")) == ["one"]
    assert printer.resting
    assert texts(printer.go_on()) == ["two"]
    assert printer.go_on() == [CutHere(partial=False)]
    assert not printer.resting


# --- fuzz ---

FRAGMENTS = st.sampled_from(
    [
        *(b"\x1b@", b"\x1cC\x01", b"\x1cC\x00", b"\x1c&", b"\x1c.", b"\x1bt\x01", b"\x1bR\x08"),
        *(b"\x1b!\x38", b"\x1d!\x77", b"\x1c!\x8c", b"\x1cW\x01", b"\x1ba\x01", b"\x1ba\x02"),
        *(b"\x1bE\x01", b"\x1b-\x02", b"\x1dB\x01", b"\x1b \x05", b"\x1b3\x00", b"\x1bd\x03"),
        *(b"\x1bJ\x10", b"\n", b"\t", b"\x1b$\x10\x00", b"\x1b\\\xf0\xff", b"\x1dL\x20\x00"),
        *(b"\x1dW\x01\x00", b"\x1dV\x00", b"\x1dV\x42\x03", b"\x1bi", b"\x1bp\x00\x19\xfa"),
        *(b"\x10\x04\x01", b"\x10\x04\x04", b"\x10\x05\x01", b"\x10\x14\x01\x00\x01", CLEAR),
        *(ASK, b"\x1da\xff", b"\x1dr1", b"\x1dI\x42", b"\x1dk\x49\x05{B123", b"\x1dk\x04AB\x00"),
        *(b"\x1dv0\x03\x02\x00\x02\x00abcd", b"\x1d(L\x0c\x000p0\x01\x01\x31\x08\x00\x02\x00ab"),
        *(b"\x1d(L\x02\x0002", b"\x1b*\x21\x02\x00abcdef", b"\x1bD\x04\x09\x00", b"\x1dT\x01"),
        *("領収書".encode("cp932"), "ｶﾅ\\1,650".encode("cp932"), b"\x30\x21\x30\x22", b"abc" * 30),
    ]
)
BYTES = st.lists(FRAGMENTS | st.binary(max_size=12), max_size=24).map(b"".join)


def played(chunks: list[bytes]) -> list[Happened]:
    printer = ReceiptPrinter(WIDTH)
    happened: list[Happened] = []
    for chunk in chunks:
        happened += printer.receive(chunk)
    return happened


@settings(max_examples=400)
@given(data=st.data(), sent=BYTES)
@example(data=None, sent=CLEAR[:4] + CLEAR + b"\x1dv0\x00\x01\x00\x40\x00" + CLEAR + b"x\n")
def test_any_bytes_split_anywhere_give_the_same_strip_and_the_same_answers(
    data: st.DataObject | None, sent: bytes
) -> None:
    whole = played([sent])
    assert played([sent[at : at + 1] for at in range(len(sent))]) == whole
    if data is not None:
        cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=8))
        edges = sorted({0, len(sent), *cuts})
        assert played([sent[start:end] for start, end in pairwise(edges)]) == whole
    for each in whole:
        if isinstance(each, Line):
            text_of(each)
            assert all(glyph.x >= 0 for glyph in each.glyphs)


@settings(max_examples=200)
@given(sent=BYTES, stopped_at=st.integers(0, 400), condition=st.sampled_from([OUT, OPEN]))
def test_a_stop_at_any_byte_changes_nothing_of_the_paper(
    sent: bytes, stopped_at: int, condition: Condition
) -> None:
    sent = sent.replace(CLEAR, b"")
    printer = ReceiptPrinter(WIDTH)
    happened = printer.receive(sent[:stopped_at])
    printer.becomes(condition)
    printer.receive(sent[stopped_at:])
    happened += printer.becomes(IN)

    def paper(told: list[Happened]) -> list[Happened]:
        return [each for each in told if not isinstance(each, Reply | Kicked | Ignored | Cleared)]

    if CLEAR not in sent:
        assert paper(happened) == paper(played([sent]))
