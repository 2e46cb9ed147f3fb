"""The entries of the audit log: one way to write what somebody did, to whatever. Pure."""

from datetime import datetime
from typing import Final, Protocol

from contracts.envelope import Actor, Role
from contracts.identifiers import CompanyCode, StoreCode
from store_config.model import AuditEntry, Facts

Difference = tuple[Facts, Facts]
"""What differs, as it was and as it is."""


MAY_READ: Final = frozenset({Role.ADMIN, Role.AUDITOR})


def may_read(actor: Actor) -> bool:
    """Tell whether a person may look at what all others did."""
    return actor.role in MAY_READ


class OfCompany(Protocol):
    """What is changed belongs to a company."""

    @property
    def company(self) -> CompanyCode:
        """Return whose it is."""
        ...


class OfStore(OfCompany, Protocol):
    """What is changed belongs to a store."""

    @property
    def store(self) -> StoreCode:
        """Return whose it is."""
        ...


def of_company(
    after: OfCompany, actor: Actor, at: datetime, action: str, difference: Difference
) -> AuditEntry:
    """Return the entry of what was done to a company, or to what all of it shares."""
    return _entry(after.company, "", actor, at, action, difference)


def of_store(
    after: OfStore, actor: Actor, at: datetime, action: str, difference: Difference
) -> AuditEntry:
    """Return the entry of what was done to a store."""
    return _entry(after.company, after.store, actor, at, action, difference)


def _entry(  # noqa: PLR0917 - what an entry says
    company: str, store: str, actor: Actor, at: datetime, action: str, difference: Difference
) -> AuditEntry:
    return AuditEntry(
        at=at,
        company=company,
        store=store,
        by_company=actor.company,
        operator=actor.operator,
        role=actor.role,
        action=action,
        before=difference[0],
        after=difference[1],
    )
