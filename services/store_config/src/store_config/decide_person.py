"""The rules of who may log in, as what and where. Pure.

Order of refusals: `not_permitted` → `invalid_body` → `unknown_store` → `own_access` → `outdated`.
"""

from collections.abc import Collection
from typing import Final

from contracts.envelope import Actor, Role
from contracts.identifiers import StoreCode
from contracts.people import PutPerson
from store_config.decide import refuse_outdated, unknown
from store_config.model import Facts, Person, PersonChange, Refused

READERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})

PersonDecision = PersonChange | Person | Refused
"""`Person`: it is already so."""


def may_read(actor: Actor) -> bool:
    """Tell whether the actor's role looks at people."""
    return actor.role in READERS


def put(
    known: Person | None,
    actor: Actor,
    asked: PutPerson,
    stores: Collection[StoreCode],
    expects: int | None,
) -> PersonDecision:
    """Add a person, or say anew who it is. `stores` are the company's; `expects` as in `Call`."""
    if actor.role is not Role.ADMIN or actor.stores:
        return Refused(code="not_permitted")
    after = Person(
        company=actor.company,
        operator=asked.operator,
        name=asked.name,
        role=Role(asked.role),
        stores=tuple(sorted(set(asked.stores))),
        active=asked.active,
        version=1 if known is None else known.version + 1,
    )
    refused = _refuse(known, actor, asked, after, stores)
    if refused is not None:
        return refused
    if known is None:
        refused = refuse_outdated(0, expects)
        return refused or PersonChange(
            action="person_added", before=None, after=after, new_password=True, locked_out=False
        )
    same = _facts(known) == _facts(after)
    if same and asked.password is None:
        return known
    return refuse_outdated(known.version, expects) or PersonChange(
        action="person_changed",
        before=known,
        after=after,
        new_password=asked.password is not None,
        locked_out=asked.password is not None or not after.active,
    )


def difference(change: PersonChange) -> tuple[Facts, Facts]:
    """Return what differs, as it was and as it is: the two halves of an audit entry."""
    was = _facts(change.before) if change.before is not None else {}
    now = _facts(change.after)
    names = [name for name in now if was.get(name) != now[name]]
    before: Facts = {name: was.get(name) for name in names}
    after: Facts = {name: now[name] for name in names}
    if change.new_password:
        after["password"] = "new"  # noqa: S105 - that there is one, not which
    who = f"person.{change.after.operator}"
    return (
        {f"{who}.{name}": told for name, told in before.items()},
        {f"{who}.{name}": told for name, told in after.items()},
    )


def _refuse(
    known: Person | None,
    actor: Actor,
    asked: PutPerson,
    after: Person,
    stores: Collection[StoreCode],
) -> Refused | None:
    if not asked.name.isprintable():
        return Refused(code="invalid_body", fields={"field": "name"})
    if known is None and asked.password is None:
        return Refused(
            code="invalid_body",
            detail="A new person needs a password",
            fields={"field": "password"},
        )
    if known is not None and known.role not in {Role(one) for one in _OURS}:
        return Refused(code="not_permitted")
    for store in after.stores:
        if store not in stores:
            return unknown("store", store)
    own = actor.operator == asked.operator
    if own and (after.role is not Role.ADMIN or not after.active or after.stores):
        return Refused(code="own_access")
    return None


_OURS: Final = ("cashier", "manager", "admin", "auditor")


def _facts(person: Person) -> Facts:
    return {
        "name": person.name,
        "role": person.role.value,
        "stores": ",".join(person.stores),
        "active": person.active,
    }
