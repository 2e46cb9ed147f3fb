"""A message as the payload of a data frame: its code, then tag-length-value fields.

    payload = code (1 byte), field …
    field   = tag (1 byte), length (2 bytes, big-endian), value (length bytes)

Fields may come in any order; unknown tags are skipped. A field whose default is nothing (None, "",
0, no, no items) is left out when it has that value; any other is always there, and without it a
payload is unreadable. What is encoded stands in the order of the struct's fields.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, cast

import msgspec
from msgspec import NODEFAULT, Struct

from ct6100.errors import FieldUnsendableError, PayloadUnreadableError
from ct6100.layout import CODES, FIELDS, MESSAGES, TEXT_MAX, Field, Form
from ct6100.messages import LinkMessage
from ct6100.records import Screen, Wire

YEN: Final = "¥"
YEN_IN_SHIFT_JIS: Final = "\\"
"""Byte 5C is the yen sign on a Japanese printer, and cp932 calls it a backslash."""

ASCII_FIRST: Final = 0x20
ASCII_LAST: Final = 0x7E
WIDE_SPACE: Final = "\u3000"
"""Printed as it is, though Python counts it among what cannot be."""

LENGTH_SIZE: Final = 2

TEXTS_KEPT: Final = 512
"""Labels of keys and lines of screens come again with every payment; both ways are remembered."""

SCREENS_KEPT: Final = 256
"""So do whole screens, many times in one payment: they are most of what goes over a link."""

DAYS_KEPT: Final = 16
"""Business dates: today's, and those of a few days that are not closed."""


class _Member(Struct, frozen=True):
    """One field of one struct, as the codec needs it."""

    name: str
    field: Field
    default: Any
    required: bool


def _members(struct: type[Wire]) -> tuple[_Member, ...]:
    return tuple(
        _Member(
            name=info.name,
            field=FIELDS[info.name],
            default=info.default,
            required=info.default is NODEFAULT or bool(info.default),
        )
        for info in msgspec.structs.fields(struct)
    )


_GROUPS: Final = {field.group for field in FIELDS.values() if field.group is not None}
_MEMBERS: Final[dict[type[Wire], tuple[_Member, ...]]] = {
    struct: _members(struct) for struct in {*MESSAGES.values(), *_GROUPS}
}
_BY_TAG: Final = {
    struct: {member.field.tag: member for member in members} for struct, members in _MEMBERS.items()
}
_CODE_OF: Final = {struct: code for code, struct in MESSAGES.items()}
_BYTE_OF: Final = {
    words: {word: code for code, word in codes.items()} for words, codes in CODES.items()
}


def encode(message: LinkMessage) -> bytes:
    """Return the payload. Raises `FieldUnsendableError` for a value that its field cannot hold."""
    return bytes((_CODE_OF[type(message)],)) + _encode_fields(message)


def decode(payload: bytes) -> LinkMessage:
    """Return the message. Raises `PayloadUnreadableError`, and nothing else, for any bytes."""
    if not payload:
        raise PayloadUnreadableError("empty")
    struct = MESSAGES.get(payload[0])
    if struct is None:
        raise PayloadUnreadableError(f"unknown message {payload[0]:02X}")
    return cast("LinkMessage", _decode_fields(struct, payload, 1))


def printable(text: str) -> bool:
    """Whether the terminal can print and send this text."""
    try:
        _encode_text(text)
    except ValueError:
        return False
    return True


def group_size(group: Wire) -> int:
    """Return how many bytes a group takes as a field of another."""
    return 1 + LENGTH_SIZE + len(_encode_fields(group))


def _encode_fields(struct: Wire) -> bytes:
    parts: list[bytes] = []
    for member in _MEMBERS[type(struct)]:
        value: Any = getattr(struct, member.name)
        if not member.required and value == member.default:
            continue
        for item in value if member.field.many else (value,):
            try:
                raw = _encode_value(member.field, item)
            except ValueError as error:
                raise FieldUnsendableError(member.name, str(error)) from error
            parts += (
                bytes((member.field.tag,)),
                len(raw).to_bytes(LENGTH_SIZE, "big"),
                raw,
            )
    return b"".join(parts)


def _encode_value(field: Field, value: Any) -> bytes:
    if field.form is Form.GROUP:
        return _encode_screen(value) if field.group is Screen else _encode_fields(value)
    if field.form is Form.CODE:
        assert field.words is not None  # noqa: S101 - house style 12: our own bug
        return bytes((_BYTE_OF[field.words][value],))
    return _ENCODERS[field.form](value)


@lru_cache(SCREENS_KEPT)
def _encode_screen(screen: Screen) -> bytes:
    return _encode_fields(screen)


@lru_cache(SCREENS_KEPT)
def _decode_screen(raw: bytes) -> Wire:
    return _decode_fields(Screen, raw, 0)


def _decode_fields(struct: type[Wire], raw: bytes, start: int) -> Wire:
    members = _BY_TAG[struct]
    values: dict[str, Any] = {}
    at = start
    while at < len(raw):
        head = at + 1 + LENGTH_SIZE
        end = head + int.from_bytes(raw[at + 1 : head], "big")
        if head > len(raw) or end > len(raw):
            raise PayloadUnreadableError("a field is cut off")
        member = members.get(raw[at])
        if member is not None:
            _take(values, member, raw[head:end])
        at = end
    for member in members.values():
        if member.required and member.name not in values and not member.field.many:
            raise PayloadUnreadableError(f"{struct.__name__} without {member.name}")
        if member.field.many:
            values[member.name] = tuple(values.get(member.name, ()))
    return struct(**values)


def _take(values: dict[str, Any], member: _Member, raw: bytes) -> None:
    try:
        value = _decode_value(member.field, raw)
    except (ValueError, KeyError) as error:
        raise PayloadUnreadableError(f"{member.name}: {error}") from error
    if member.field.many:
        values.setdefault(member.name, []).append(value)
    elif member.name in values:
        raise PayloadUnreadableError(f"{member.name} twice")
    else:
        values[member.name] = value


def _decode_value(field: Field, raw: bytes) -> Any:
    if field.form is Form.GROUP:
        assert field.group is not None  # noqa: S101 - house style 12: our own bug
        if field.group is Screen:
            return _decode_screen(raw)
        return _decode_fields(field.group, raw, 0)
    if field.form is Form.CODE:
        assert field.words is not None  # noqa: S101 - house style 12: our own bug
        codes: dict[int, StrEnum] = CODES[field.words]
        return codes[_sized(raw, 1)[0]]
    return _DECODERS[field.form](raw)


def _sized(raw: bytes, size: int) -> bytes:
    if len(raw) != size:
        raise ValueError(f"{len(raw)} bytes in the place of {size}")
    return raw


def _encode_number(size: int) -> Callable[[int], bytes]:
    def encode_number(value: int) -> bytes:
        if not 0 <= value < 1 << (8 * size):
            raise ValueError(f"{value} does not fit {size} bytes")
        return value.to_bytes(size, "big")

    return encode_number


def _decode_number(size: int) -> Callable[[bytes], int]:
    def decode_number(raw: bytes) -> int:
        return int.from_bytes(_sized(raw, size), "big")

    return decode_number


def _encode_flag(value: bool) -> bytes:  # noqa: FBT001 - the value itself, not a mode
    return b"\x01" if value else b"\x00"


def _decode_flag(raw: bytes) -> bool:
    if raw not in (b"\x00", b"\x01"):
        raise ValueError("neither 00 nor 01")
    return raw == b"\x01"


def _encode_ascii(value: str) -> bytes:
    return _checked_ascii(value.encode("ascii"))


def _decode_ascii(raw: bytes) -> str:
    return _checked_ascii(raw).decode("ascii")


def _checked_ascii(raw: bytes) -> bytes:
    if len(raw) > TEXT_MAX:
        raise ValueError(f"longer than {TEXT_MAX} bytes")
    if raw and not (min(raw) >= ASCII_FIRST and max(raw) <= ASCII_LAST):
        raise ValueError("not printable ASCII")
    return raw


@lru_cache(TEXTS_KEPT)
def _encode_text(value: str) -> bytes:
    raw = value.replace(YEN, YEN_IN_SHIFT_JIS).encode("cp932")
    if _decode_text(raw) != value:
        raise ValueError("does not come back the same from Shift_JIS")
    return raw


@lru_cache(TEXTS_KEPT)
def _decode_text(raw: bytes) -> str:
    if len(raw) > TEXT_MAX:
        raise ValueError(f"longer than {TEXT_MAX} bytes")
    text = raw.decode("cp932").replace(YEN_IN_SHIFT_JIS, YEN)
    if not text.replace(WIDE_SPACE, "").isprintable():
        raise ValueError("control characters")
    return text


def _encode_time(value: datetime) -> bytes:
    if value.utcoffset() is None:
        raise ValueError("a time without an offset")
    return _sized(value.isoformat(timespec="milliseconds").encode("ascii"), 29)


def _decode_time(raw: bytes) -> datetime:
    text = _sized(raw, 29).decode("ascii")
    value = datetime.fromisoformat(text)
    if value.isoformat(timespec="milliseconds") != text:
        raise ValueError("not YYYY-MM-DDThh:mm:ss.sss+hh:mm")
    return value


@lru_cache(DAYS_KEPT)
def _encode_date(value: str) -> bytes:
    _decode_date(value.encode("ascii"))
    return value.encode("ascii")


@lru_cache(DAYS_KEPT)
def _decode_date(raw: bytes) -> str:
    text = _sized(raw, 10).decode("ascii")
    if datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d") != text:  # noqa: DTZ007 - a day has no zone
        raise ValueError("not YYYY-MM-DD")
    return text


_ENCODERS: Final[dict[Form, Callable[[Any], bytes]]] = {
    Form.U32: _encode_number(4),
    Form.U64: _encode_number(8),
    Form.FLAG: _encode_flag,
    Form.ASCII: _encode_ascii,
    Form.TEXT: _encode_text,
    Form.DATE: _encode_date,
    Form.TIME: _encode_time,
}
_DECODERS: Final[dict[Form, Callable[[bytes], Any]]] = {
    Form.U32: _decode_number(4),
    Form.U64: _decode_number(8),
    Form.FLAG: _decode_flag,
    Form.ASCII: _decode_ascii,
    Form.TEXT: _decode_text,
    Form.DATE: _decode_date,
    Form.TIME: _decode_time,
}
