"""The rules about brand rules: who may set them, and which cannot be. Pure.

Order of refusals: unknown store (also another company's, also one that the operator may not see) →
`not_permitted` → `invalid_body` → `unknown_brand_rule` → `too_many_brand_rules`.
"""

from datetime import date
from typing import Final

import msgspec

from contracts.brand_rules import ChangeCompany, PutBrandRule, PutCompanyRule, RemoveBrandRule
from contracts.envelope import Actor, Role
from contracts.identifiers import StoreCode
from contracts.stores import BrandRule, StoreConfiguration
from store_config.decide import CHANGERS, sees, unknown
from store_config.model import (
    Change,
    Company,
    CompanyChange,
    CompanyDecision,
    Decision,
    Facts,
    Refused,
    Unchanged,
)

RULES_MAX: Final = 500
"""Some twenty brands, a few changes a year, ten years; all of them stand in every document."""

WAYS: Final = frozenset({"cash", "support"})
"""What can be left when a terminal gives nothing back; a screen says each in its words."""

Key = tuple[str, str, str, StoreCode | None]


def put(store: StoreConfiguration | None, actor: Actor, asked: PutBrandRule) -> Decision:
    """Let a store have a rule of its own from that day on."""
    if store is None or not sees(actor, asked.store):
        return unknown("store", asked.store)
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    rule = msgspec.structs.replace(asked.rule, store=asked.store)
    refused = _refuse(rule)
    if refused is not None:
        return refused
    if rule in store.brand_rules:
        return Unchanged(store=store)
    kept = [each for each in store.brand_rules if not _gives_way(each, rule)]
    if len(kept) >= RULES_MAX:
        return Refused(code="too_many_brand_rules", fields={"limit": RULES_MAX})
    return _changed("brand_rule_put", store, (*kept, rule))


def remove(store: StoreConfiguration | None, actor: Actor, asked: RemoveBrandRule) -> Decision:
    """Take a store's own rule away; a company's cannot go, only be followed by another."""
    if store is None or not sees(actor, asked.store):
        return unknown("store", asked.store)
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    key: Key = (asked.media, asked.brand, asked.valid_from, asked.store)
    kept = [each for each in store.brand_rules if key_of(each) != key]
    if len(kept) == len(store.brand_rules):
        return unknown("brand_rule", asked.brand)
    return _changed("brand_rule_removed", store, tuple(kept))


def put_company(company: Company, actor: Actor, asked: PutCompanyRule) -> CompanyDecision:
    """Let a rule hold in all of the company's stores from that day on."""
    if actor.role is not Role.ADMIN:
        return Refused(code="not_permitted")
    rule = msgspec.structs.replace(asked.rule, store=None)
    refused = _refuse(rule)
    if refused is not None:
        return refused
    if rule in company.rules:
        return company
    kept = [each for each in company.rules if key_of(each) != key_of(rule)]
    if len(kept) >= RULES_MAX:
        return Refused(code="too_many_brand_rules", fields={"limit": RULES_MAX})
    after = msgspec.structs.replace(company, rules=in_order((*kept, rule)))
    return CompanyChange(action="company_rule_put", before=company, after=after)


def change_company(company: Company, actor: Actor, asked: ChangeCompany) -> CompanyDecision:
    """Say whether a manager must confirm what gives money back."""
    if actor.role is not Role.ADMIN:
        return Refused(code="not_permitted")
    if asked.refund_needs_manager == company.refund_needs_manager:
        return company
    after = msgspec.structs.replace(company, refund_needs_manager=asked.refund_needs_manager)
    return CompanyChange(action="company_changed", before=company, after=after)


def key_of(rule: BrandRule) -> Key:
    """Return what there is one rule of: brand, media and day, of the company or of one store."""
    return (rule.media, rule.brand, rule.valid_from, rule.store)


def in_order(rules: tuple[BrandRule, ...]) -> tuple[BrandRule, ...]:
    """Return rules by media, brand and day, as a document shows them."""
    return tuple(sorted(rules, key=lambda rule: (rule.media, rule.brand, rule.valid_from)))


def facts(rules: tuple[BrandRule, ...]) -> Facts:
    """Return rules by name, as an audit entry tells them."""
    return {
        f"brand_rule.{rule.media}.{rule.brand}.{rule.valid_from}.{rule.store or '*'}": (
            msgspec.json.encode(msgspec.structs.asdict(rule)).decode()
        )
        for rule in rules
    }


def difference(before: tuple[BrandRule, ...], after: tuple[BrandRule, ...]) -> tuple[Facts, Facts]:
    """Return what differs, as it was and as it is: the two halves of an audit entry."""
    was, now = facts(before), facts(after)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return ({name: was.get(name) for name in names}, {name: now.get(name) for name in names})


def company_difference(before: Company, after: Company) -> tuple[Facts, Facts]:
    """Return what differs of a company, its rules among it."""
    was, now = difference(before.rules, after.rules)
    if before.refund_needs_manager is after.refund_needs_manager:
        return was, now
    name = "refund_needs_manager"
    return (
        {name: before.refund_needs_manager, **was},
        {name: after.refund_needs_manager, **now},
    )


def _gives_way(standing: BrandRule, rule: BrandRule) -> bool:
    """Replaced by the new one; or a company's that begins when the store has its own already."""
    if (standing.media, standing.brand) != (rule.media, rule.brand):
        return False
    if standing.store is None:
        return standing.valid_from >= rule.valid_from
    return standing.valid_from == rule.valid_from


def _refuse(rule: BrandRule) -> Refused | None:
    wrong = None
    if not rule.brand.isprintable():
        wrong = ("brand", "A brand is printable text")
    elif not _is_day(rule.valid_from):
        wrong = ("valid_from", "There is no such day")
    elif not set(rule.ways) <= WAYS or len(set(rule.ways)) < len(rule.ways):
        wrong = ("ways", "A way is `cash` or `support`, each once")
    elif rule.media == "card" and "cash" in rule.ways:
        wrong = ("ways", "Card money is never handed back in cash")
    elif rule.cancellable is bool(rule.reason):
        wrong = ("reason", "What cannot be given back has a reason, what can has none")
    elif not _is_word(rule.reason):
        wrong = ("reason", "A reason is one word in a-z and _")
    if wrong is None:
        return None
    field, detail = wrong
    return Refused(code="invalid_body", detail=detail, fields={"field": f"rule.{field}"})


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_word(text: str) -> bool:
    return all(each == "_" or (each.isascii() and each.islower()) for each in text)


def _changed(action: str, store: StoreConfiguration, rules: tuple[BrandRule, ...]) -> Change:
    after = msgspec.structs.replace(store, version=store.version + 1, brand_rules=in_order(rules))
    return Change(action=action, before=store, after=after)
