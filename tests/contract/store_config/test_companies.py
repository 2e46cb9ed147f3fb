"""What holds in all stores of a company and in one of them, in the record and in the documents."""

import asyncio

import asyncpg
import pytest
from msgspec import structs

from contracts.brand_rules import ChangeCompany, PutBrandRule, PutCompanyRule, RemoveBrandRule
from contracts.envelope import Actor, Call, Idempotency, Role
from contracts.stores import BrandRule, StoreConfiguration
from servicekit.clock import SystemClock
from store_config import decide_brand_rule
from store_config.brand_rules import SHIPPED
from store_config.company_handlers import CompanyHandlers
from store_config.handlers import StoreHandlers
from store_config.keeping import Keeping
from store_config.memory import MemoryGateways
from store_config.model import AuditEntry, CompanyChange
from store_config.ports import Outdated
from store_config.postgres import Pool, PostgresStores, ship_brand_rules
from store_config.postgres_companies import PostgresCompanies

ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
SHIPPED_ID = next(rule for rule in SHIPPED if rule.brand == "iD")


async def fill(pool: Pool) -> None:
    for company, store in (("DEMO", "S001"), ("DEMO", "S002"), ("OTHER", "S901")):
        await pool.execute(
            "INSERT INTO store_config.companies VALUES ($1, $1) ON CONFLICT DO NOTHING", company
        )
        await pool.execute(
            "INSERT INTO store_config.stores (company, store, name, terminal_option, version)"
            " VALUES ($1, $2, $2, true, 7)",
            company,
            store,
        )


def houses(pool: Pool) -> tuple[StoreHandlers, CompanyHandlers]:
    stores, clock = PostgresStores(pool), SystemClock()
    keeping = Keeping(stores, clock)
    return (
        StoreHandlers(stores, MemoryGateways(), keeping, clock, lambda: None),
        CompanyHandlers(PostgresCompanies(pool), keeping, clock, lambda: None),
    )


async def documents(pool: Pool) -> tuple[StoreConfiguration, ...]:
    return await PostgresStores(pool).everything()


def of_id(document: StoreConfiguration) -> list[BrandRule]:
    return [rule for rule in document.brand_rules if rule.brand == "iD"]


async def test_a_stores_own_rule_is_shown_in_its_document_alone_and_goes_again(pool: Pool) -> None:
    await fill(pool)
    await ship_brand_rules(pool, SHIPPED)
    stores, companies = houses(pool)
    mine = structs.replace(SHIPPED_ID, valid_from="2026-06-01", window_days=60)
    put = PutBrandRule(store="S001", rule=mine)
    assert (await stores.put_brand_rule(Call(actor=ADMIN, body=put))).outcome == "ok"
    wide = structs.replace(SHIPPED_ID, valid_from="2027-01-01", last_only=True)
    asked = Call(actor=ADMIN, body=PutCompanyRule(rule=wide))
    assert (await companies.put_company_rule(asked)).outcome == "ok"
    first, second, other = await documents(pool)
    assert of_id(first) == [SHIPPED_ID, structs.replace(mine, store="S001")]
    assert of_id(second) == [SHIPPED_ID, wide]
    assert of_id(other) == [SHIPPED_ID]
    assert (first.version, second.version, other.version) == (10, 9, 8)

    gone = RemoveBrandRule(store="S001", media="emoney", brand="iD", valid_from="2026-06-01")
    assert (await stores.remove_brand_rule(Call(actor=ADMIN, body=gone))).outcome == "ok"
    first, second, _ = await documents(pool)
    assert first.brand_rules == second.brand_rules
    again = await stores.remove_brand_rule(Call(actor=ADMIN, body=gone))
    assert again.outcome == "unknown_brand_rule"
    rows = await pool.fetch("SELECT store, action FROM store_config.audit ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("S001", "brand_rule_put"),
        ("", "company_rule_put"),
        ("S001", "brand_rule_removed"),
    ]


async def test_every_field_of_a_rule_comes_back_as_it_was_put(pool: Pool) -> None:
    await fill(pool)
    stores, _ = houses(pool)
    rule = BrandRule(
        brand="WAON",
        media="emoney",
        valid_from="2026-06-01",
        counts_as_sold_until_shown_otherwise=True,
        investigation_days=14,
        cancellable=False,
        reason="provider",
        window_days=14,
        same_terminal_only=True,
        last_only=True,
        needs_card=False,
        prints_slip=False,
        ways=("support", "cash"),
        store="S001",
    )
    for each in (structs.replace(rule, window_days=3), rule):
        put = PutBrandRule(store="S001", rule=each)
        assert (await stores.put_brand_rule(Call(actor=ADMIN, body=put))).outcome == "ok"
    first, _, _ = await documents(pool)
    assert first.brand_rules == (rule,)


async def test_that_a_manager_must_confirm_reaches_every_store_of_the_company(pool: Pool) -> None:
    await fill(pool)
    _, companies = houses(pool)
    call = Call(
        actor=ADMIN,
        body=ChangeCompany(refund_needs_manager=True),
        idempotency=Idempotency(key="k", fingerprint="f"),
    )
    said, again = [await companies.change_company(call) for _ in range(2)]
    assert (said.outcome, again.replayed) == ("ok", True)
    assert bytes(again.body) == bytes(said.body)
    told = [(each.settings.refund_needs_manager, each.version) for each in await documents(pool)]
    assert told == [(True, 8), (True, 8), (False, 7)]


async def test_changes_of_a_company_at_once_are_all_kept(pool: Pool) -> None:
    await fill(pool)
    _, companies = houses(pool)
    rules = [BrandRule(brand=f"b{n}", media="code") for n in range(4)]
    calls = [Call(actor=ADMIN, body=PutCompanyRule(rule=rule)) for rule in rules]
    answers = await asyncio.gather(*(companies.put_company_rule(call) for call in calls))
    assert {answer.outcome for answer in answers} == {"ok"}
    first, _, other = await documents(pool)
    assert list(first.brand_rules) == rules
    assert other.brand_rules == ()


async def test_a_step_from_an_older_version_of_the_company_is_not_written(pool: Pool) -> None:
    await fill(pool)
    record = PostgresCompanies(pool)
    before = await record.read("DEMO")
    assert before is not None
    asked = ChangeCompany(refund_needs_manager=True)
    change = decide_brand_rule.change_company(before, ADMIN, asked)
    assert isinstance(change, CompanyChange)
    audit = AuditEntry(
        at=SystemClock().now(),
        company="DEMO",
        store="",
        by_company="DEMO",
        operator="admin",
        role=Role.ADMIN,
        action=change.action,
        before={},
        after={},
    )
    await record.save(change, audit, None)
    with pytest.raises(Outdated):
        await record.save(change, audit, None)
    assert await pool.fetchval("SELECT count(*) FROM store_config.audit") == 1


async def test_the_record_takes_no_rule_by_which_card_money_goes_back_in_cash(pool: Pool) -> None:
    await fill(pool)
    await ship_brand_rules(pool, SHIPPED)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE store_config.brand_rules SET ways = '{cash}'")
