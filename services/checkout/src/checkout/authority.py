"""Who answers for an override: a manager of the store who asks, or one who confirmed it. Pure."""

from typing import Final

from checkout.model import Moment
from contracts.envelope import Actor, Authority, Role
from contracts.identifiers import OperatorCode, StoreCode

MAY_OVERRIDE: Final = frozenset({Role.MANAGER, Role.ADMIN})


def confirmed_by(moment: Moment, store: StoreCode) -> OperatorCode | None:
    """Return the manager who confirmed it beside who asks; None: nobody whose word is enough."""
    return _enough(moment.authority, store)


def manager_of(moment: Moment, store: StoreCode) -> OperatorCode | None:
    """Return the manager who answers for it: who confirmed it, else who asks."""
    return _enough(moment.authority, store) or _enough(moment.actor, store)


def _enough(person: Authority | Actor | None, store: StoreCode) -> OperatorCode | None:
    if person is None or person.role not in MAY_OVERRIDE:
        return None
    sees = not person.stores or store in person.stores
    return person.operator if sees else None
