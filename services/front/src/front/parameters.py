"""What stands in the path and behind the question mark, read strictly.

A code or id of the wrong form is the same to the outside as one that does not exist.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple, TypeVar

import msgspec

from contracts.identifiers import CODE_PATTERN, ID_PATTERN, PageId
from front.bodies import pointer_of
from front.model import Query, Refused
from front.papers import COPIES, FORMATS

Q = TypeVar("Q", bound=Query)

IDEMPOTENCY_KEY_MAX: Final = 255
"""As `contracts.envelope.Idempotency` has it."""

PAGE_HEADER: Final = "Register-Page"

PARAMETERS_MAX: Final = 32
"""More parameters than any route knows are not read one by one."""


class PathPart(NamedTuple):
    """How one `{name}` of a path looks, and what it is called when it does not."""

    pattern: re.Pattern[str]
    refusal: str


PATH_PARTS: Final[Mapping[str, PathPart]] = {
    "store": PathPart(re.compile(CODE_PATTERN), "unknown_store"),
    "register": PathPart(re.compile(CODE_PATTERN), "unknown_register"),
    "terminal": PathPart(re.compile(CODE_PATTERN), "unknown_terminal"),
    "printer": PathPart(re.compile(CODE_PATTERN), "unknown_printer"),
    "box": PathPart(re.compile(ID_PATTERN), "unknown_box"),
    "sale": PathPart(re.compile(ID_PATTERN), "unknown_sale"),
    "operator": PathPart(re.compile(CODE_PATTERN), "not_found"),
    "notice": PathPart(re.compile(ID_PATTERN), "unknown_notice"),
    "case": PathPart(re.compile(ID_PATTERN), "unknown_case"),
    "copy": PathPart(re.compile(rf"^(?:{COPIES})$(?!\n)"), "not_found"),
    "format": PathPart(re.compile(rf"^(?:{FORMATS})$(?!\n)"), "not_found"),
    "tender": PathPart(re.compile(r"^[1-9][0-9]{0,3}$(?!\n)"), "unknown_tender"),
}

_KEY: Final = re.compile(r"^[\x21-\x7e]+$(?!\n)")
_ETAG: Final = re.compile(r'^"([0-9]{1,15})"$(?!\n)')
_DATES: Final = frozenset({"business_date", "terminal_business_date", "valid_from", "day"})


def read_path(given: Mapping[str, str]) -> dict[str, str | int]:
    """Return the path's parts; tender numbers as numbers."""
    parts: dict[str, str | int] = {}
    for name, text in given.items():
        part = PATH_PARTS[name]
        if part.pattern.match(text) is None:
            raise Refused(part.refusal)
        parts[name] = int(text) if name == "tender" else text
    return parts


def read_query(given: Iterable[tuple[str, str]], kind: type[Q]) -> Q:
    """Return the query; an empty parameter counts as none, an unknown or doubled one is refused."""
    told: dict[str, str] = {}
    for count, (name, value) in enumerate(given):
        if name in told or count >= PARAMETERS_MAX:
            raise Refused("bad_parameter", "the parameter stands there twice", parameter=name)
        told[name] = value
    asked = {name: value for name, value in told.items() if value}
    for name in asked:
        if name not in kind.__struct_fields__:
            raise Refused("bad_parameter", "there is no such parameter", parameter=name)
    try:
        query = msgspec.convert(asked, kind, strict=False)
        for name in _DATES & asked.keys():
            date.fromisoformat(asked[name])
    except msgspec.ValidationError as error:
        name = pointer_of(str(error)).lstrip("/")
        raise Refused("bad_parameter", "the value cannot be used", parameter=name) from error
    except ValueError as error:
        raise Refused("bad_parameter", "there is no such day") from error
    return query


def read_idempotency_key(given: str | None, *, required: bool) -> str | None:
    """Return the `Idempotency-Key`; missing or empty is refused where one is required."""
    if not given:
        if required:
            raise Refused("idempotency_key_required")
        return None
    if len(given) > IDEMPOTENCY_KEY_MAX or _KEY.match(given) is None:
        raise Refused(
            "bad_parameter",
            f"a key is 1 to {IDEMPOTENCY_KEY_MAX} visible ASCII characters",
            parameter="Idempotency-Key",
        )
    return given


def read_match(given: str | None) -> int | None:
    """Return the version that `If-Match` names; None where any will do."""
    if not given or given.strip() == "*":
        return None
    told = _ETAG.match(given.strip())
    if told is None:
        raise Refused("bad_parameter", "an ETag of ours is expected", parameter="If-Match")
    return int(told.group(1))


def read_page(given: str | None, *, required: bool) -> str | None:
    """Return the `Register-Page`: which open page of a register asks."""
    if given is None and not required:
        return None
    try:
        return msgspec.convert(given, PageId)
    except msgspec.ValidationError as error:
        raise Refused(
            "bad_parameter",
            "a page is 8 to 64 letters, digits, `-` or `_`, drawn by the page itself",
            parameter=PAGE_HEADER,
        ) from error


def read_last_event(header: str | None, after: int | None) -> int:
    """Return the sequence number after which a listener wants to go on; 0 from the start."""
    if header is None or not header.strip():
        return after or 0
    if not header.isascii() or not header.isdigit() or len(header) > len("9007199254740991"):
        raise Refused("bad_parameter", "it is a sequence number", parameter="Last-Event-ID")
    return int(header)
