from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ct6100.codec import decode, encode, group_size, printable
from ct6100.errors import FieldUnsendableError, PayloadUnreadableError
from ct6100.layout import FIELDS, MESSAGES, Field, Form
from ct6100.messages import Connect, LinkMessage, Ping, Progress, Result, Started
from ct6100.records import Abilities, Kind, Outcome, Phase, Screen, Wire

ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
TEXT = st.text("¥ーあ漢字カナ売上票 AZaz09-:髙①", max_size=40)


def a_time(milliseconds: int, quarters: int) -> datetime:
    zone = timezone(timedelta(minutes=15 * quarters))
    return datetime(2026, 5, 25, 15, 45, tzinfo=zone) + timedelta(milliseconds=milliseconds)


TIMES = st.builds(a_time, st.integers(0, 10**10), st.integers(-40, 40))
DATES = st.dates(min_value=date(2000, 1, 1)).map(str)
FORMS: dict[Form, st.SearchStrategy[Any]] = {
    Form.U32: st.integers(0, 2**32 - 1),
    Form.U64: st.integers(0, 2**64 - 1),
    Form.FLAG: st.booleans(),
    Form.ASCII: ASCII,
    Form.TEXT: TEXT,
    Form.DATE: DATES,
    Form.TIME: TIMES,
}


def values(field: Field) -> st.SearchStrategy[Any]:
    if field.words is not None:
        return st.sampled_from(list[StrEnum](field.words))
    one = FORMS[field.form] if field.group is None else wires(field.group)
    return st.lists(one, max_size=3).map(tuple) if field.many else one


def wires(struct: type[Wire]) -> st.SearchStrategy[Any]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for info in structs.fields(struct):
        value = values(FIELDS[info.name])
        fields[info.name] = st.none() | value if info.default is None else value
    return st.builds(struct, **fields)


@settings(deadline=None)
@given(st.sampled_from(list(MESSAGES.values())).flatmap(wires))
def test_every_message_comes_back_as_it_was(message: LinkMessage) -> None:
    assert decode(encode(message)) == message


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_decode_or_are_unreadable(payload: bytes) -> None:
    with suppress(PayloadUnreadableError):
        decode(payload)


@settings(deadline=None)
@given(st.sampled_from(list(MESSAGES.values())).flatmap(wires), st.data())
def test_a_damaged_payload_decodes_or_is_unreadable(
    message: LinkMessage, data: st.DataObject
) -> None:
    payload = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PayloadUnreadableError):
        decode(bytes(payload[: data.draw(st.integers(0, len(payload)))]))


def test_text_is_shift_jis_and_the_yen_sign_is_5c() -> None:
    screen = Screen(name="home", lines=("金額 ¥165",))
    payload = encode(Progress(sequence=1, phase=Phase.IDLE, screen=screen))
    assert "金額 ".encode("cp932") + b"\x5c165" in payload


def test_an_unknown_tag_is_skipped() -> None:
    assert decode(encode(Ping(request=7)) + b"\xee\x00\x03abc") == Ping(request=7)


def test_fields_may_come_in_any_order() -> None:
    assert decode(bytes.fromhex("01 01 0004 00000002 02 0001 78")) == decode(
        bytes.fromhex("01 02 0001 78 01 0004 00000002")
    )


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "empty"),
        ("ff", "unknown message FF"),
        ("07", "Ping without request"),
        ("07 0b 0004 0000", "a field is cut off"),
        ("07 0b 00", "a field is cut off"),
        ("07 0b 0003 000007", "request: 3 bytes in the place of 4"),
        ("07 0b 0004 00000007 0b 0004 00000007", "request twice"),
        ("01 02 0001 0a", "register: not printable ASCII"),
        ("01 02 0001 e9", "register: not printable ASCII"),
        ("10 10 0001 78 12 0001 09 13 0004 00000001", "kind: 9"),
        ("11 10 0001 78 1e 0002 3230", "at: 2 bytes in the place of 29"),
        ("03 0c 0001 78 01 0004 00000001 0e 0001 07", None),
        ("11 10 0001 78 0e 0001 07", "again: neither 00 nor 01"),
        ("22 0b 0004 00000001 30 000a 323032362d31332d3031", "terminal_business_date: "),
        ("22 0b 0004 00000001 30 000a 323032362d30312d2031", "terminal_business_date: "),
        ("13 25 0008 0000000000000001 24 0001 01 20 0008 21 0001 78 22 0001 81", "lines: "),
        ("13 25 0008 0000000000000001 24 0001 01 20 0008 21 0001 78 22 0001 07", "lines: "),
    ],
)
def test_what_cannot_be_read_says_why(payload: str, why: str | None) -> None:
    raw = bytes.fromhex(payload)
    if why is None:
        decode(raw)
        return
    with pytest.raises(PayloadUnreadableError) as caught:
        decode(raw)
    assert why in caught.value.reason


def result(**changes: Any) -> Result:
    plain = Result(
        number=1,
        slip_number="00119",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=165,
        at=datetime(2026, 5, 25, tzinfo=timezone(timedelta(hours=9))),
    )
    return structs.replace(plain, **changes)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("amount", lambda: result(amount=-1)),
        ("amount", lambda: result(amount=2**32)),
        ("brand", lambda: result(brand="\U0001f4b3")),
        ("brand", lambda: result(brand="a\\b")),
        ("brand", lambda: result(brand="a\nb")),
        ("brand", lambda: result(brand="漢" * 128)),
        ("media", lambda: result(media="カード")),
        ("media", lambda: result(media="x" * 256)),
        ("terminal_business_date", lambda: result(terminal_business_date="25/05/2026")),
        ("at", lambda: result(at=datetime(2026, 5, 25))),  # noqa: DTZ001 - that is the mistake
    ],
)
def test_a_value_that_its_field_cannot_hold_is_not_sent(
    field: str, message: Callable[[], Result]
) -> None:
    with pytest.raises(FieldUnsendableError) as caught:
        encode(message())
    assert caught.value.field == field


def test_what_says_nothing_is_left_out() -> None:
    bare = Progress(sequence=1, phase=Phase.IDLE, screen=Screen(name="x"))
    assert encode(bare) == bytes.fromhex(
        "13 25 0008 0000000000000001 24 0001 01 20 0004 21 0001 78"
    )
    assert len(encode(result(brand="iD"))) == len(encode(result())) + 3 + 2


def test_a_version_and_an_ability_are_always_said() -> None:
    assert encode(Connect(register="x")) == bytes.fromhex("01 02 0001 78 01 0004 00000001")
    with pytest.raises(PayloadUnreadableError, match="Connect without version"):
        decode(bytes.fromhex("01 02 0001 78"))
    assert group_size(Abilities()) == group_size(Abilities(abort=False)) == 3 + 4 * 4


def test_the_size_of_a_group_is_what_it_takes_in_a_message() -> None:
    screen = Screen(name="home", lines=("一", "二"))
    with_it = encode(Progress(sequence=1, phase=Phase.IDLE, screen=screen))
    bare = encode(Progress(sequence=1, phase=Phase.IDLE, screen=Screen(name="")))
    assert len(with_it) - len(bare) == group_size(screen) - group_size(Screen(name=""))


def test_printable_is_what_shift_jis_holds() -> None:
    assert printable("交通系 ¥1,650 髙")
    assert not printable("\U0001f4b3")
    assert not printable("改\n行")


def test_times_keep_their_offset() -> None:
    at = datetime(2026, 5, 25, 15, 45, 5, 123_000, tzinfo=timezone(timedelta(hours=9)))
    message = Started(operation_id="x", at=at)
    assert b"2026-05-25T15:45:05.123+09:00" in encode(message)
    assert decode(encode(message)) == message
