"""What a terminal may say in the place of the truth: one result, or one answer of its journal."""

import random
from typing import Final

from msgspec.structs import replace

from ct6100.messages import Journal, LinkMessage, Result
from ct6100.records import Outcome

LIES: Final = ("amount", "operation", "outcome", "journal", "lost", "late", "twice")

FOREIGN: Final = "00000000-0000-7000-8000-00000000000f"
"""An operation that nobody asked for."""

NOTHING_TAKEN: Final = (Outcome.DECLINED, Outcome.CANCELLED, Outcome.INCOMPLETE)

LATE_S: Final = (0.5, 8.0)


def lied(  # noqa: PLR0911 - one return a lie
    lie: str, message: LinkMessage, rng: random.Random
) -> list[tuple[float, LinkMessage]] | None:
    """Return what is sent, each after so many seconds; None where the lie is about another kind."""
    if lie == "journal":
        return _no_entry(message)
    if not isinstance(message, Result):
        return None
    late_s = rng.uniform(*LATE_S)
    match lie:
        case "late":
            return [(late_s, message)]
        case "twice":
            return [(0.0, message), (late_s, message)]
        case "amount":
            return [(0.0, replace(message, amount=message.amount + 100))]
        case "operation":
            return [(0.0, replace(message, operation_id=FOREIGN))]
        case "outcome":
            other = rng.choice([each for each in NOTHING_TAKEN if each != message.outcome])
            said = replace(message, outcome=other, slip=None)
            first, second = rng.sample((said, message), 2)
            return [(0.0, first), (late_s, second)]
        case _:
            return []


def _no_entry(message: LinkMessage) -> list[tuple[float, LinkMessage]] | None:
    if not isinstance(message, Journal):
        return None
    return [(0.0, replace(message, entries=(), complete=True, more=False))]
