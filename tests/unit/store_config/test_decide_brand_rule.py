import pytest
from msgspec import structs

from contracts.brand_rules import ChangeCompany, PutBrandRule, PutCompanyRule, RemoveBrandRule
from contracts.envelope import Actor, Role
from contracts.stores import BrandRule, StoreConfiguration, StoreSettings
from store_config import decide_brand_rule
from store_config.brand_rules import SHIPPED
from store_config.model import Change, Company, CompanyChange, Decision, Refused, Unchanged

ID = BrandRule(brand="iD", media="emoney")
LATER = structs.replace(ID, valid_from="2027-04-01", window_days=60)
GONE = RemoveBrandRule(store="S001", media="emoney", brand="iD", valid_from=LATER.valid_from)


def a_store(*rules: BrandRule) -> StoreConfiguration:
    return StoreConfiguration(
        company="DEMO",
        store="S001",
        name="渋谷店",
        version=7,
        terminal_option=False,
        registers=(),
        terminals=(),
        settings=StoreSettings(),
        brand_rules=rules,
    )


def a_company(*rules: BrandRule) -> Company:
    return Company(company="DEMO", name="デモ", version=3, refund_needs_manager=False, rules=rules)


def an_actor(role: Role = Role.MANAGER, *stores: str) -> Actor:
    return Actor(company="DEMO", operator="somebody", role=role, stores=stores)


def put(rule: BrandRule) -> PutBrandRule:
    return PutBrandRule(store="S001", rule=rule)


def own(rule: BrandRule) -> BrandRule:
    return structs.replace(rule, store="S001")


def rules_after(decision: Decision) -> tuple[BrandRule, ...]:
    assert isinstance(decision, Change), decision
    assert decision.after.version == decision.before.version + 1
    return decision.after.brand_rules


def code_of(decision: object) -> str:
    assert isinstance(decision, Refused), decision
    return decision.code


def test_a_stores_rule_holds_from_its_day_and_the_companys_until_then() -> None:
    decision = decide_brand_rule.put(a_store(ID), an_actor(), put(LATER))
    assert rules_after(decision) == (ID, own(LATER))


def test_a_companys_rule_that_begins_after_the_stores_own_does_not_hold_there() -> None:
    early = structs.replace(ID, valid_from="2026-01-01", window_days=30)
    other = structs.replace(LATER, brand="QUICPay")
    decision = decide_brand_rule.put(a_store(ID, LATER, other), an_actor(), put(early))
    assert rules_after(decision) == (other, ID, own(early))


def test_the_stores_rule_of_the_same_day_is_replaced_and_its_later_ones_stay() -> None:
    last = own(structs.replace(LATER, valid_from="2028-01-01"))
    longer = structs.replace(LATER, window_days=90)
    decision = decide_brand_rule.put(a_store(ID, own(LATER), last), an_actor(), put(longer))
    assert rules_after(decision) == (ID, own(longer), last)


def test_a_store_is_given_no_other_stores_rule() -> None:
    strange = structs.replace(LATER, store="S002")
    assert rules_after(decide_brand_rule.put(a_store(), an_actor(), put(strange))) == (own(LATER),)


def test_the_same_rule_again_changes_nothing() -> None:
    again = decide_brand_rule.put(a_store(own(LATER)), an_actor(), put(LATER))
    assert isinstance(again, Unchanged)


def test_a_stores_own_rule_goes_and_a_companys_does_not() -> None:
    decision = decide_brand_rule.remove(a_store(ID, own(LATER)), an_actor(), GONE)
    assert rules_after(decision) == (ID,)
    kept = decide_brand_rule.remove(a_store(LATER), an_actor(), GONE)
    assert code_of(kept) == "unknown_brand_rule"


@pytest.mark.parametrize("role", [Role.CASHIER, Role.AUDITOR, Role.PARTNER, Role.PLATFORM])
def test_who_is_no_manager_sets_no_rule(role: Role) -> None:
    stood = a_store(own(LATER))
    assert code_of(decide_brand_rule.put(stood, an_actor(role), put(ID))) == "not_permitted"
    assert code_of(decide_brand_rule.remove(stood, an_actor(role), GONE)) == "not_permitted"


def test_a_manager_sets_nothing_in_a_store_that_is_not_its_own() -> None:
    actor = an_actor(Role.MANAGER, "S002")
    stood = a_store(own(LATER))
    assert code_of(decide_brand_rule.put(stood, actor, put(ID))) == "unknown_store"
    assert code_of(decide_brand_rule.remove(stood, actor, GONE)) == "unknown_store"
    assert code_of(decide_brand_rule.put(None, an_actor(), put(ID))) == "unknown_store"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (structs.replace(ID, valid_from="2026-02-30"), "valid_from"),
        (structs.replace(ID, brand="i\nD"), "brand"),
        (structs.replace(ID, ways=("voucher",)), "ways"),
        (structs.replace(ID, ways=("support", "support")), "ways"),
        (structs.replace(ID, media="card", ways=("cash",)), "ways"),
        (structs.replace(ID, cancellable=False), "reason"),
        (structs.replace(ID, reason="brand"), "reason"),
        (structs.replace(ID, cancellable=False, reason="a sentence"), "reason"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(rule: BrandRule, field: str) -> None:
    refused = decide_brand_rule.put(a_store(), an_actor(), put(rule))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.fields) == ("invalid_body", {"field": f"rule.{field}"})
    asked = PutCompanyRule(rule=rule)
    admin = an_actor(Role.ADMIN)
    assert code_of(decide_brand_rule.put_company(a_company(), admin, asked)) == "invalid_body"


def test_there_is_an_end_to_rules_but_one_of_them_may_still_be_changed() -> None:
    many = tuple(
        own(structs.replace(ID, brand=f"b{n:03}")) for n in range(decide_brand_rule.RULES_MAX)
    )
    more = decide_brand_rule.put(a_store(*many), an_actor(), put(structs.replace(ID, brand="x")))
    assert code_of(more) == "too_many_brand_rules"
    changed = structs.replace(many[3], last_only=True)
    assert changed in rules_after(decide_brand_rule.put(a_store(*many), an_actor(), put(changed)))


def test_every_shipped_rule_is_one_that_a_person_could_set() -> None:
    for rule in SHIPPED:
        assert rules_after(decide_brand_rule.put(a_store(), an_actor(), put(rule))) == (own(rule),)


@pytest.mark.parametrize("role", list(Role))
def test_only_an_admin_says_what_holds_in_all_stores(role: Role) -> None:
    company, actor = a_company(ID), an_actor(role)
    expected = CompanyChange if role is Role.ADMIN else Refused
    put_one = decide_brand_rule.put_company(company, actor, PutCompanyRule(rule=LATER))
    asked = ChangeCompany(refund_needs_manager=True)
    assert isinstance(put_one, expected)
    assert isinstance(decide_brand_rule.change_company(company, actor, asked), expected)


def test_a_companys_step_is_told_as_it_was_and_as_it_is() -> None:
    admin = an_actor(Role.ADMIN)
    longer = structs.replace(ID, window_days=60)
    change = decide_brand_rule.put_company(a_company(ID), admin, PutCompanyRule(rule=longer))
    assert isinstance(change, CompanyChange)
    assert change.after.rules == (longer,)
    was, now = decide_brand_rule.company_difference(change.before, change.after)
    name = "brand_rule.emoney.iD.2000-01-01.*"
    assert was.keys() == now.keys() == {name}
    assert '"window_days":null' in str(was[name])
    assert '"window_days":60' in str(now[name])
    asked = ChangeCompany(refund_needs_manager=True)
    changed = decide_brand_rule.change_company(change.after, admin, asked)
    assert isinstance(changed, CompanyChange)
    assert decide_brand_rule.company_difference(changed.before, changed.after) == (
        {"refund_needs_manager": False},
        {"refund_needs_manager": True},
    )
    assert decide_brand_rule.change_company(changed.after, admin, asked) == changed.after
