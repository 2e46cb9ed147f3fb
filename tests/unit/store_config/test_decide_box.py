from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contracts.boxes import EnrollBox
from contracts.envelope import Actor, Role
from store_config import decide_box
from store_config.box_model import Box, BoxStep, Ended
from store_config.model import Refused

NOW = datetime(2026, 5, 25, 9, 0, tzinfo=UTC)
ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
CODE = decide_box.code_of("a secret")
KEY, OTHER_KEY = "U" + "A" * 55, "U" + "B" * 55
FIRST, SECOND = (f"01890000-0000-7000-8000-00000000000{n}" for n in (1, 2))
NONE_ENDED = Ended(0, 0)
UNTIL = NOW + timedelta(days=30)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def awaiting(box: str = FIRST, code: str = CODE, actor: Actor = ADMIN) -> Box:
    return decide_box.new_box(actor, "S001", box, code, NOW)


def asking(key: str = KEY, code: str = CODE) -> EnrollBox:
    return EnrollBox(code=code, public_key=key, hostname="box-1")


def enrolled(box: str = FIRST, key: str = KEY) -> Box:
    return decide_box.enrol(awaiting(box), (), asking(key), UNTIL, NOW)[-1].after


def refused_as(decision: object) -> str:
    assert isinstance(decision, Refused)
    return decision.code


# --- codes ---


@given(st.text())
def test_a_code_is_sixteen_letters_nobody_confuses_in_groups_of_four(secret: str) -> None:
    code = decide_box.code_of(secret)
    groups = code.split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set(decide_box.ALPHABET)
    assert not set("ILOU") & set(code)


def test_every_bit_of_eighty_is_in_the_code() -> None:
    told = {decide_box.code_of(str(number)) for number in range(2_000)}
    assert len(told) == 2_000
    for place in (*range(4), *range(5, 9), *range(10, 14), *range(15, 19)):
        assert {code[place] for code in told} == set(decide_box.ALPHABET)


@given(st.text())
def test_a_code_is_known_however_people_write_it(secret: str) -> None:
    code = decide_box.code_of(secret)
    kept = decide_box.digest_of_code(code)
    bare = code.replace("-", "")
    confused = bare.replace("0", "o").replace("1", "l")
    for typed in (code.lower(), bare, f" {code} ", " ".join(bare), confused, confused.upper()):
        assert decide_box.digest_of_code(typed) == kept


NO_CODES = ("", "-", CODE[:-1], CODE + "0", CODE[:-1] + "U", "\ufb01" * 16, "\uff10" * 16)


@pytest.mark.parametrize("typed", NO_CODES)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert decide_box.digest_of_code(typed) is None


# --- made, and taken back ---


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_an_administrator_has_codes_made_and_boxes_revoked(role: Role) -> None:
    actor = Actor(company="DEMO", operator="x", role=role)
    made = decide_box.create(actor, "S001", {"S001"}, (), NONE_ENDED, awaiting())
    assert refused_as(made) == "not_permitted"
    assert refused_as(decide_box.revoke(actor, FIRST, enrolled(), NOW)) == "not_permitted"


def test_an_administrator_of_other_stores_sees_no_such_store_and_no_such_box() -> None:
    actor = Actor(company="DEMO", operator="x", role=Role.ADMIN, stores=("S002",))
    made = decide_box.create(actor, "S001", {"S001", "S002"}, (), NONE_ENDED, awaiting())
    assert refused_as(made) == "unknown_store"
    assert refused_as(decide_box.revoke(actor, FIRST, enrolled(), NOW)) == "unknown_box"
    other = Actor(company="OTHER", operator="x", role=Role.ADMIN)
    assert refused_as(decide_box.revoke(other, FIRST, enrolled(), NOW)) == "unknown_box"
    assert (
        refused_as(decide_box.create(ADMIN, "S404", {"S001"}, (), NONE_ENDED, awaiting()))
        == "unknown_store"
    )


def test_a_new_code_takes_the_unused_one_back_and_leaves_the_enrolled_box_alone() -> None:
    standing = (enrolled(), awaiting(SECOND))
    new = structs.replace(awaiting(), box="01890000-0000-7000-8000-000000000003")
    steps = decide_box.create(ADMIN, "S001", {"S001"}, standing, NONE_ENDED, new)
    assert isinstance(steps, tuple)
    assert [(step.action, step.after.box) for step in steps] == [
        ("box_withdrawn", SECOND),
        ("box_created", new.box),
    ]
    assert steps[0].after.state == "revoked"


@pytest.mark.parametrize(
    "too_many", [Ended(decide_box.ENDED_MAX, 20), Ended(0, decide_box.ENDED_MAX_OF_ALL)]
)
def test_no_code_is_made_while_too_many_keys_that_are_over_are_named(too_many: Ended) -> None:
    made = decide_box.create(ADMIN, "S001", {"S001"}, (enrolled(),), too_many, awaiting())
    assert refused_as(made) == "too_many_boxes"
    fewer = Ended(max(0, too_many.of_store - 1), too_many.of_all - 1)
    steps = decide_box.create(ADMIN, "S001", {"S001"}, (enrolled(),), fewer, awaiting())
    assert isinstance(steps, tuple)
    elsewhere = decide_box.create(ADMIN, "S404", {"S001"}, (), too_many, awaiting())
    assert refused_as(elsewhere) == "unknown_store"


# --- used ---


def test_a_code_holds_for_thirty_minutes_and_once() -> None:
    box = awaiting()
    assert decide_box.may_enrol(box, key_known=False, now=later(1_799.9))
    assert not decide_box.may_enrol(box, key_known=False, now=later(1_800))
    assert not decide_box.may_enrol(enrolled(), key_known=False, now=NOW)
    assert not decide_box.may_enrol(box, key_known=True, now=NOW)
    assert not decide_box.may_enrol(None, key_known=False, now=NOW)
    assert decide_box.state_of(box, later(1_800)) == "expired"


def test_whoever_lost_the_answer_gets_it_again_and_nobody_with_another_key() -> None:
    box = enrolled()
    assert decide_box.lost_its_answer(box, asking(), later(1_799))
    assert not decide_box.lost_its_answer(box, asking(), later(1_800))
    assert not decide_box.lost_its_answer(box, asking(OTHER_KEY), NOW)
    gone = decide_box.revoke(ADMIN, FIRST, box, later(5))
    assert isinstance(gone, BoxStep)
    assert not decide_box.lost_its_answer(gone.after, asking(), later(6))


def test_the_new_box_replaces_the_old_one_in_the_same_step() -> None:
    steps = decide_box.enrol(awaiting(SECOND), (enrolled(),), asking(OTHER_KEY), UNTIL, later(9))
    assert [(step.action, step.after.box) for step in steps] == [
        ("box_replaced", FIRST),
        ("box_enrolled", SECOND),
    ]
    old, new = steps[0].after, steps[1].after
    assert (old.state, old.ended_at, old.ended_by) == ("replaced", later(9), SECOND)
    assert (new.state, new.public_key, new.hostname) == ("enrolled", OTHER_KEY, "box-1")


# --- renewed, revoked ---


def test_only_the_present_box_is_renewed() -> None:
    assert decide_box.present_of((enrolled(), awaiting(SECOND)), KEY) == enrolled()
    assert decide_box.present_of((enrolled(),), OTHER_KEY) is None
    assert decide_box.present_of((awaiting(),), KEY) is None


def test_a_box_that_asks_once_more_is_given_the_same_token() -> None:
    box = enrolled()
    assert decide_box.renewal_at(box, later(59)) == NOW
    assert decide_box.renewal_at(box, later(60)) == later(60)
    assert decide_box.renewal_at(box, later(-5)) == later(-5)
    renewed = decide_box.renew(box, UNTIL + timedelta(days=1), later(60)).after
    assert decide_box.renewal_at(renewed, later(61)) == later(60)
    assert decide_box.view(renewed, later(61)).renewed_at == later(60)
    assert decide_box.view(box, later(61)).renewed_at is None


def test_a_key_ends_no_earlier_than_its_last_token_was_issued() -> None:
    renewed = decide_box.renew(enrolled(), UNTIL, later(100)).after
    behind = decide_box.renew(renewed, UNTIL - timedelta(days=1), later(45)).after
    assert (behind.key_issued_at, behind.token_expires_at) == (later(100), UNTIL)
    renewed = behind
    step = decide_box.revoke(ADMIN, FIRST, renewed, later(99))
    assert isinstance(step, BoxStep)
    assert step.after.ended_at == later(100)
    again = decide_box.revoke(ADMIN, FIRST, step.after, later(200))
    assert again == step.after


def test_no_audit_entry_tells_the_code_or_what_is_kept_of_it() -> None:
    steps = decide_box.enrol(awaiting(SECOND), (enrolled(),), asking(OTHER_KEY), UNTIL, later(9))
    created = BoxStep(action="box_created", before=None, after=awaiting())
    told = repr([decide_box.difference(step) for step in (created, *steps)])
    assert KEY in repr(decide_box.difference(BoxStep(action="", before=None, after=enrolled())))
    assert CODE not in told
    assert awaiting().code_digest.hex() not in told
    assert "digest" not in told
    before, after = decide_box.difference(steps[0])
    assert before == {f"box.{FIRST}.state": "enrolled"}
    assert after == {f"box.{FIRST}.state": "replaced"}


def test_a_code_is_in_nobodys_representation() -> None:
    assert CODE not in repr(asking())
