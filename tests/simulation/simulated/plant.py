"""What a planted bug is."""

from typing import NamedTuple

from simulated.invariants import Invariant


class Plant(NamedTuple):
    """In `function` of `module` (`Class.method`, too) `old` stands once and becomes `new`."""

    module: str
    function: str
    old: str
    new: str
    caught_by: frozenset[Invariant]
    seed: int = 0
    """Where to begin to look for it: what needs a rare coincidence was found near here."""
