import pytest

from contracts.envelope import Actor, Role
from contracts.people import PutPerson
from store_config import decide_person
from store_config.model import Person, PersonChange, Refused

STORES = ("S001", "S002")
ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
PASSWORD = "correct-horse"


def a_person(operator: str = "sato", role: Role = Role.CASHIER, *, active: bool = True) -> Person:
    return Person(
        company="DEMO",
        operator=operator,
        name="佐藤",
        role=role,
        stores=("S001",) if role is not Role.ADMIN else (),
        active=active,
        version=3,
    )


def asking(operator: str = "sato", **more: object) -> PutPerson:
    told = {"name": "佐藤", "role": "cashier", "stores": ("S001",)} | more
    return PutPerson(operator=operator, **told)  # pyright: ignore[reportArgumentType]  # by name


def put(
    known: Person | None, asked: PutPerson, actor: Actor = ADMIN, expects: int | None = None
) -> decide_person.PersonDecision:
    return decide_person.put(known, actor, asked, STORES, expects)


def refused_as(decision: decide_person.PersonDecision) -> str:
    assert isinstance(decision, Refused)
    return decision.code


def changed(decision: decide_person.PersonDecision) -> PersonChange:
    assert isinstance(decision, PersonChange)
    return decision


def test_a_new_person_needs_a_password_which_no_audit_entry_tells() -> None:
    assert refused_as(put(None, asking())) == "invalid_body"
    change = changed(put(None, asking(password=PASSWORD)))
    assert (change.before, change.after.version, change.locked_out) == (None, 1, False)
    before, after = decide_person.difference(change)
    assert after["person.sato.role"] == "cashier"
    assert PASSWORD not in repr((before, after))
    assert after["person.sato.password"] == "new"


def test_a_changed_person_stays_logged_in_unless_it_may_not_any_more() -> None:
    moved = changed(put(a_person(), asking(stores=("S002",))))
    assert (moved.after.stores, moved.after.version, moved.locked_out) == (("S002",), 4, False)
    assert decide_person.difference(moved) == (
        {"person.sato.stores": "S001"},
        {"person.sato.stores": "S002"},
    )
    assert changed(put(a_person(), asking(active=False))).locked_out
    assert changed(put(a_person(), asking(password=PASSWORD))).locked_out


def test_what_is_so_already_is_no_change_whatever_was_seen() -> None:
    known = a_person()
    assert put(known, asking(), expects=1) is known


def test_whoever_was_changed_meanwhile_stays_as_it_is() -> None:
    assert refused_as(put(a_person(), asking(name="鈴木"), expects=2)) == "outdated"
    assert changed(put(a_person(), asking(name="鈴木"), expects=3)).after.name == "鈴木"
    added_twice = put(a_person(), asking(name="鈴木", password=PASSWORD), expects=0)
    assert refused_as(added_twice) == "outdated"


@pytest.mark.parametrize(
    "role", [Role.CASHIER, Role.MANAGER, Role.AUDITOR, Role.PARTNER, Role.PLATFORM]
)
def test_only_an_administrator_changes_people(role: Role) -> None:
    actor = Actor(company="DEMO", operator="x", role=role)
    assert refused_as(put(a_person(), asking(), actor)) == "not_permitted"


def test_an_administrator_of_some_stores_is_none_of_the_company() -> None:
    actor = Actor(company="DEMO", operator="x", role=Role.ADMIN, stores=("S001",))
    assert refused_as(put(a_person(), asking(), actor)) == "not_permitted"


def test_a_store_that_is_not_the_companys_is_unknown() -> None:
    assert refused_as(put(a_person(), asking(stores=("S001", "S901")))) == "unknown_store"


@pytest.mark.parametrize(
    "asked",
    [
        asking("admin", role="manager", stores=()),
        asking("admin", role="admin", stores=(), active=False),
        asking("admin", role="admin", stores=("S001",)),
    ],
)
def test_nobody_takes_the_own_administration_away(asked: PutPerson) -> None:
    assert refused_as(put(a_person("admin", Role.ADMIN), asked)) == "own_access"


@pytest.mark.parametrize("role", [Role.PARTNER, Role.PLATFORM])
def test_those_who_are_not_a_companys_own_are_not_its_to_change(role: Role) -> None:
    assert refused_as(put(a_person(role=role), asking())) == "not_permitted"


def test_a_name_is_printable() -> None:
    assert refused_as(put(a_person(), asking(name="a\u202eb"))) == "invalid_body"


def test_nobodys_password_stands_in_a_log() -> None:
    assert PASSWORD not in repr(asking(password=PASSWORD))
