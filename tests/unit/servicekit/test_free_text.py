from typing import Annotated

import pytest
from msgspec import UNSET, Meta, Struct, UnsetType, convert

from servicekit.free_text import card_numbers, may_hold_card_number, without_card_numbers

CARD = "4111111111111111"
MASKED = "411111******1111"


class Item(Struct, frozen=True, kw_only=True):
    name: str
    code: Annotated[str, Meta(pattern="^[0-9]+$", description="bound")] = "1"


class Note(Struct, frozen=True, kw_only=True):
    note: Annotated[str, Meta(max_length=500)] | None = None
    reason: str | UnsetType = UNSET
    items: tuple[Item, ...] = ()
    order: Annotated[str, Meta(pattern="^[0-9]{1,40}$")] | None = None
    inquiry_number: str = ""
    password: str = ""
    lines: list[str] | None = None
    inner: Item | None = None
    amount: int = 4111111111111111


def test_it_is_found_wherever_one_may_write_what_one_likes() -> None:
    note = Note(
        note=f"paid with {CARD}",
        reason=CARD,
        items=(Item(name="a"), Item(name=CARD)),
        lines=["x", CARD],
        inner=Item(name=CARD),
    )
    places = ("/note", "/reason", "/items/1/name", "/lines/1", "/inner/name")
    assert card_numbers(note) == places
    masked, found = without_card_numbers(note)
    assert found == places
    assert masked.note == f"paid with {MASKED}"
    assert (masked.reason, masked.items[1].name) == (MASKED, MASKED)
    assert masked.lines == ["x", MASKED]
    assert masked.inner == Item(name=MASKED)
    assert card_numbers(masked) == ()


def test_a_number_with_a_use_of_its_own_stays_whole() -> None:
    note = Note(order=CARD, inquiry_number=CARD, password=CARD, items=(Item(name="", code=CARD),))
    assert card_numbers(note) == ()
    assert without_card_numbers(note) == (note, ())


def test_what_has_none_is_the_same_object() -> None:
    note = convert({"note": "4111111111111112"}, Note)
    masked, found = without_card_numbers(note)
    assert masked is note
    assert found == ()


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "\\n" + CARD,
        "４１１１１１１１１１１１１１１１",
    ],
)
def test_what_may_be_one_is_looked_at(text: str) -> None:
    assert may_hold_card_number(f'{{"note":"{text}"}}'.encode())


@pytest.mark.parametrize(
    "text", ["2026-11-26T21:00:00.123456+09:00", "0192f3a4-7c1e-7b11-8a12-1a9b11c1d1e1", "165"]
)
def test_what_cannot_be_one_costs_nothing(text: str) -> None:
    assert not may_hold_card_number(f'{{"at":"{text}"}}'.encode())
