"""What was done to the system, when, and what it may have left in doubt. Pure."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import Struct

CENTRE: Final = "centre"
"""The scope of what touches every payment."""

NOBODY: Final = "nobody"
"""The scope of what touches no payment that is under way: the door, the people's log-ins."""

BEFORE: Final = timedelta(seconds=10)
"""A doubt may come so late after its cause: the link's and the bus's own silences pass first."""

T = TypeVar("T")


class Harm(Struct, frozen=True, kw_only=True):
    """One fault: `scope` is `CENTRE`, a store, or a terminal's serial. `healed` ends it."""

    kind: str
    scope: str
    began: datetime
    healed: datetime


class Doubt(Struct, frozen=True, kw_only=True):
    """A tender that was in doubt from `began` to `ended`, and the scopes that it hangs on."""

    tender: str
    began: datetime
    ended: datetime
    scopes: frozenset[str]


def rounds(kinds: Sequence[T], rng: random.Random) -> Iterator[T]:
    """Return the kinds for ever, each once a round, in an order of chance."""
    while True:
        yield from rng.sample(kinds, len(kinds))


def after_healing_s(doubt: Doubt, harms: Iterable[Harm]) -> float | None:
    """Return how long a doubt outlived the last of the harms that it may have come from.

    None: it ended while something on its way was still broken, and so waited for no healing.
    """
    causes = near(doubt, harms)
    if any(harm.healed > doubt.ended for harm in causes):
        return None
    since = max((doubt.began, *(harm.healed for harm in causes)))
    return (doubt.ended - since).total_seconds()


def near(doubt: Doubt, harms: Iterable[Harm]) -> list[Harm]:
    """Return the harms on a doubt's way, from shortly before it until it ended."""
    return [
        harm
        for harm in harms
        if harm.scope in doubt.scopes
        and harm.began <= doubt.ended
        and harm.healed > doubt.began - BEFORE
    ]


def counted(harms: Iterable[Harm], kinds: Iterable[str]) -> dict[str, int]:
    """Return how often each kind struck, zeros included."""
    seen = Counter(harm.kind for harm in harms)
    return {kind: seen[kind] for kind in kinds}


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed; 0 of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0
