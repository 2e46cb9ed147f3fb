"""From the bytes of a request to a typed body, strictly: decoded once, here, and never trusted.

Unreadable is 400 `not_json`; readable but not ours is 422 `invalid_body` with a JSON pointer to the
field; a wrong amount is 422 `invalid_amount`. Names of our own types never get out.
"""

import json
import re
from hashlib import sha256
from typing import Any, Final, NoReturn, TypeVar

import msgspec
from msgspec import UNSET, Struct

from front.model import Body, ConfirmableBody, Refused
from servicekit.free_text import card_numbers

B = TypeVar("B", bound=Body)

AMOUNT_FIELDS: Final = frozenset({"/amount", "/received"})
"""Money that a person typed: its refusal has a name of its own."""

_PATH: Final = re.compile(r" - at `\$([^`]*)`")
_FIELD: Final = re.compile(r"(?:required|unknown) field `([^`]*)`")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
_SENTENCES: Final = (
    ("Expected `int` ", "the number is out of range"),
    ("Expected `int`", "a whole number is expected"),
    ("Expected `str` matching", "the text has not the expected form"),
    ("Expected `str` of length", "the text is too short or too long"),
    ("Expected `str`", "text is expected"),
    ("Expected `bool`", "true or false is expected"),
    ("Expected `object`", "an object is expected"),
    ("Expected `array` of length", "the list is too short or too long"),
    ("Expected `array`", "a list is expected"),
    ("Invalid enum value", "this value is not known here"),
    ("Integer value out of range", "the number is out of range"),
    ("Object missing required field", "the field is missing"),
    ("Object contains unknown field", "the field is not known here"),
)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("invalid_body", "the field stands there twice", pointer=f"/{twice}")
    return told


_TOLD: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_int=str, parse_float=str)
"""Reads the same body once more, for what msgspec lets pass: fields that stand there twice."""


def read_body(raw: bytes, kind: type[B]) -> B:
    """Return the body, or raise `Refused` with what is wrong and where."""
    try:
        body = msgspec.json.decode(raw, type=kind)
        told = _TOLD.decode(raw.decode())
    except msgspec.ValidationError as error:
        refuse(raw, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Refused("not_json", "the body cannot be read as JSON") from error
    if b"\\u0000" in raw:
        _refuse_nul(told, "")
    refuse_card_numbers(body)
    return body


def refuse_card_numbers(body: Struct) -> None:
    """Raise for free text that holds a whole card number: it must not be kept, not even for us."""
    for pointer in card_numbers(body):
        raise Refused("card_number_in_text", pointer=pointer)


def refuse(raw: bytes, message: str) -> NoReturn:
    """Raise for a body of another shape; what is not JSON at all is told apart first."""
    try:
        json.loads(raw, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", "the body cannot be read as JSON") from error
    pointer = pointer_of(message)
    code = "invalid_amount" if pointer in AMOUNT_FIELDS and "missing" not in message else None
    raise Refused(code or "invalid_body", sentence_of(message), pointer=pointer)


def pointer_of(message: str) -> str:
    """Return where msgspec found the fault, as a JSON pointer (RFC 6901)."""
    path = _PATH.search(message)
    steps = [a or b for a, b in _STEP.findall(path.group(1))] if path else []
    field = _FIELD.search(message)
    if field:
        steps.append(field.group(1))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def sentence_of(message: str) -> str:
    """Return what is wrong in words that name nothing of ours."""
    for start, sentence in _SENTENCES:
        if message.startswith(start):
            return sentence
    return "the value is not allowed here"


def fingerprint(method: str, path: str, body: Body | None) -> str:
    """Return the digest under which an `Idempotency-Key` was used: by meaning, not by blanks.

    Who confirms it is a part of it: what was refused without a manager's word must not be the
    answer to a request that brings it. The password is none: its digest could be guessed back.
    """
    digest = sha256(f"{method} {path}\n".encode())
    by = body.authorised_by if isinstance(body, ConfirmableBody) else None
    if isinstance(body, ConfirmableBody):
        body = msgspec.structs.replace(body, authorised_by=UNSET)
    if body is not None:
        digest.update(msgspec.json.encode(body.without_secrets()))
    if by:
        digest.update(f"\n{by.operator_code}".encode())
    return digest.hexdigest()


def _refuse_nul(told: Any, pointer: str) -> None:
    if isinstance(told, str) and "\0" in told:
        raise Refused("invalid_body", "text must not hold a NUL character", pointer=pointer)
    if isinstance(told, dict):
        for name, value in told.items():  # pyright: ignore[reportUnknownVariableType]  # any JSON
            _refuse_nul(value, f"{pointer}/{name}")
    if isinstance(told, list):
        for index, value in enumerate(told):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
            _refuse_nul(value, f"{pointer}/{index}")
