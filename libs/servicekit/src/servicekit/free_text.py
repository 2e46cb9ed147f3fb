"""Card numbers where people write what they like: found in what came in, or masked.

Free text is every text of a message that no pattern binds, unless its name says that it is a number
with a use of its own (`inquiry_number`, `approval_code`): one such number in ten passes the check
digit by chance. Pure.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from servicekit.masking import mask

NUMBERS: Final = ("_number", "_id", "_code", "_phone")
NEVER_KEPT: Final = frozenset({"password"})

T = TypeVar("T", bound=msgspec.Struct)

_Visit = Callable[[str, str], str]


_SUSPECT: Final = re.compile(r"\d{4}[ .-]?(?:\d{4}[ .-]?\d{4}|\d{6})")


def may_hold_card_number(payload: bytes) -> bool:
    """Tell cheaply whether a message is worth a look: most hold no such row of digits at all."""
    return _SUSPECT.search(payload.decode(errors="replace")) is not None


def card_numbers(message: msgspec.Struct) -> tuple[str, ...]:
    """Return where card numbers stand in a message's free text, as JSON pointers."""
    found: list[str] = []

    def look(pointer: str, text: str) -> str:
        if mask(text) != text:
            found.append(pointer)
        return text

    _walked(message, _told(type(message)), "", look)
    return tuple(found)


def without_card_numbers(message: T) -> tuple[T, tuple[str, ...]]:
    """Return the message with card numbers in its free text masked, and where there were any."""
    found: list[str] = []

    def hide(pointer: str, text: str) -> str:
        masked = mask(text)
        if masked != text:
            found.append(pointer)
        return masked

    walked = _walked(message, _told(type(message)), "", hide)
    return (walked if found else message), tuple(found)


@cache
def _told(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _walked(value: Any, told: inspect.Type, pointer: str, visit: _Visit) -> Any:
    if isinstance(told, inspect.Metadata):
        return _walked(value, told.type, pointer, visit)
    if isinstance(value, str):
        return visit(pointer, value) if _is_free(told, value) else value
    if isinstance(value, msgspec.Struct):
        return _struct(value, pointer, visit)
    if isinstance(value, (tuple, list)):
        items = cast("tuple[Any, ...] | list[Any]", value)
        inner = _item_of(told)
        walked = [
            _walked(item, inner, f"{pointer}/{place}", visit) for place, item in enumerate(items)
        ]
        return type(items)(walked)
    return value


def _struct(value: msgspec.Struct, pointer: str, visit: _Visit) -> msgspec.Struct:
    told = _told(type(value))
    assert isinstance(told, inspect.StructType), told  # noqa: S101 - house style 12
    changed: dict[str, Any] = {}
    for field in told.fields:
        before = getattr(value, field.name)
        if field.name in NEVER_KEPT or field.name.endswith(NUMBERS):
            continue
        after = _walked(before, field.type, f"{pointer}/{field.encode_name}", visit)
        if after is not before and after != before:
            changed[field.name] = after
    return msgspec.structs.replace(value, **changed) if changed else value


def _is_free(told: inspect.Type, value: str) -> bool:
    """Tell whether text here is bound by no pattern; of several kinds, the loosest counts."""
    if isinstance(told, inspect.Metadata):
        return _is_free(told.type, value)
    if isinstance(told, inspect.UnionType):
        return any(_is_free(one, value) for one in told.types)
    return isinstance(told, inspect.StrType) and told.pattern is None


def _item_of(told: inspect.Type) -> inspect.Type:
    if isinstance(told, inspect.UnionType):
        return next((_item_of(one) for one in told.types if _has_items(one)), told)
    if isinstance(told, (inspect.VarTupleType, inspect.ListType)):
        return told.item_type
    return told


def _has_items(told: inspect.Type) -> bool:
    return isinstance(told, (inspect.VarTupleType, inspect.ListType))
