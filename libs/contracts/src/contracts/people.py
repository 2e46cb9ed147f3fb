"""Who may log in to a company, as what and where; only its administrators change it."""

from typing import Annotated, Literal

from msgspec import Meta

from contracts.envelope import Message, Role
from contracts.identifiers import OperatorCode, StoreCode

PersonName = Annotated[str, Meta(min_length=1, max_length=80)]
NewPassword = Annotated[str, Meta(min_length=8, max_length=256)]
CompanyRole = Literal["cashier", "manager", "admin", "auditor"]
"""A partner has credentials of its own, and `platform` is nobody's of a company."""


class PersonView(Message, frozen=True, kw_only=True):
    """A person; `stores` empty means all. `active` False: may not log in any more."""

    operator: OperatorCode
    name: str
    role: Role
    stores: tuple[StoreCode, ...]
    active: bool
    version: int


class PersonList(Message, frozen=True, kw_only=True):
    """By code."""

    people: tuple[PersonView, ...]


class ListPeople(Message, tag="list_people", frozen=True, kw_only=True):
    """The people of the actor's company. Admin and auditor."""


class PutPerson(Message, tag="put_person", frozen=True, kw_only=True):
    """Add a person, or say anew who it is and what it may. Admin.

    Without a `password` the old one stays; a new person needs one. Whoever gets a new password, or
    may not log in any more, is logged out everywhere by the same step.
    """

    operator: OperatorCode
    name: PersonName
    role: CompanyRole
    stores: Annotated[tuple[StoreCode, ...], Meta(max_length=1_000)] = ()
    active: bool = True
    password: NewPassword | None = None

    def __repr__(self) -> str:
        """Name nobody's password, wherever it may be written."""
        return f"PutPerson(operator={self.operator!r}, role={self.role!r})"
