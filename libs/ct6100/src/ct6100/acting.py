"""What every act of the terminal has in common: what came with the stimulus, what a reader reads.

An act returns None, or the reason for which it refuses: then the terminal beeps and stays.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from ct6100.codec import printable
from ct6100.machine import Machine, Work
from ct6100.messages import Start
from ct6100.paper import is_number, mark_of, mask_card, mask_member, mask_merchant
from ct6100.records import MEDIA_CARD, MEDIA_CODE
from ct6100.stimuli import CentreAnswered, Presented

BRAND_LENGTH_MAX: Final = 32
"""What fits a line of the glass and of the slip."""

UNREADABLE: Final = "cannot be read"


class Given(Struct, frozen=True, kw_only=True):
    """What came with the stimulus."""

    now: datetime
    label: str = ""
    digits: str = ""
    presented: Presented | None = None
    answer: CentreAnswered | None = None
    start: Start | None = None


ActFunction = Callable[[Machine, Given], str | None]


def work_of(machine: Machine) -> Work:
    """Return the operation on the glass."""
    assert machine.work is not None  # noqa: S101 - house style 12: the table allows it only then
    return machine.work


def presented_of(given: Given) -> Presented:
    """Return what is at a reader."""
    assert given.presented is not None  # noqa: S101 - house style 12: only that is ever read
    return given.presented


def readable(presented: Presented) -> bool:
    """Whether a reader makes anything of it."""
    brand = presented.brand
    named = 0 < len(brand) <= BRAND_LENGTH_MAX and printable(brand)
    whole = presented.media == MEDIA_CODE or is_number(presented.number, presented.media)
    plain = presented.atc.isascii() and (not presented.atc or presented.atc.isalnum())
    return named and whole and plain


def take_in(work: Work, presented: Presented, serial: str) -> None:
    """Keep of it what slip and journal need; the number itself goes no further."""
    work.brand = presented.brand
    work.entry = presented.entry
    work.atc = presented.atc
    work.outcome = presented.outcome
    if work.media == MEDIA_CODE:
        return
    if work.media == MEDIA_CARD:
        work.masked = mask_card(presented.number)
    else:
        work.masked = mask_member(presented.number)
        work.merchant_mask = mask_merchant(presented.number)
    work.mark = mark_of(serial, presented.brand, presented.number)
