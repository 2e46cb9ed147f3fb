"""The rules of brands in the record, and as part of each store's document."""

import asyncio

import asyncpg
import pytest
from msgspec import structs

from contracts.stores import BrandRule, StoreConfiguration
from store_config.brand_rules import SHIPPED
from store_config.postgres import Pool, PostgresStores, put_rule, ship_brand_rules

PLACES = (("DEMO", "S001"), ("DEMO", "S002"), ("OTHER", "S901"))


async def fill(pool: Pool) -> None:
    for company, store in PLACES:
        await pool.execute(
            "INSERT INTO store_config.companies VALUES ($1, $1) ON CONFLICT DO NOTHING", company
        )
        await pool.execute(
            "INSERT INTO store_config.stores (company, store, name, terminal_option, version)"
            " VALUES ($1, $2, $2, true, 7)",
            company,
            store,
        )


async def documents(pool: Pool) -> tuple[StoreConfiguration, ...]:
    return await PostgresStores(pool).everything()


def in_order(rules: tuple[BrandRule, ...]) -> list[BrandRule]:
    return sorted(rules, key=lambda rule: (rule.media, rule.brand, rule.valid_from))


async def test_every_document_shows_its_companys_rules_and_is_one_version_further(
    pool: Pool,
) -> None:
    await fill(pool)
    stores = PostgresStores(pool)
    for company, store in PLACES:
        await stores.published(company, store, 7)
    await ship_brand_rules(pool, SHIPPED)
    for document in await documents(pool):
        assert list(document.brand_rules) == in_order(SHIPPED)
        assert document.version == 8
    assert len(await stores.unpublished()) == len(PLACES)


async def test_shipping_them_again_changes_nothing(pool: Pool) -> None:
    await fill(pool)
    await ship_brand_rules(pool, SHIPPED)
    before = await documents(pool)
    await asyncio.gather(*(ship_brand_rules(pool, SHIPPED) for _ in range(3)))
    assert await documents(pool) == before


async def test_two_instances_that_start_at_once_ship_them_once(pool: Pool) -> None:
    await fill(pool)
    await asyncio.gather(*(ship_brand_rules(pool, SHIPPED) for _ in range(4)))
    for document in await documents(pool):
        assert list(document.brand_rules) == in_order(SHIPPED)
        assert document.version == 8


async def test_what_a_company_changed_is_left_to_it_and_a_new_brand_is_added(pool: Pool) -> None:
    await fill(pool)
    await ship_brand_rules(pool, SHIPPED)
    await pool.execute(
        "UPDATE store_config.brand_rules SET investigation_days = 30"
        " WHERE (company, brand) = ('DEMO', 'nanaco')"
    )
    later = structs.replace(SHIPPED[0], valid_from="2027-04-01")
    new = BrandRule(brand="Smart Code", media="code", investigation_days=1)
    await ship_brand_rules(pool, (*SHIPPED, later, new))
    first, second, other = await documents(pool)
    assert first.brand_rules == second.brand_rules
    assert {store.version for store in (first, second, other)} == {9}
    days = {rule.brand: rule.investigation_days for rule in first.brand_rules}
    assert (days["nanaco"], days["Smart Code"]) == (30, 1)
    assert {rule.brand: rule.investigation_days for rule in other.brand_rules}["nanaco"] == 55
    assert len(first.brand_rules) == len(other.brand_rules) == len(SHIPPED) + 1


@pytest.mark.parametrize(
    "change", ["media = 'cheque'", "investigation_days = 401", "investigation_days = -1"]
)
async def test_the_record_holds_no_rule_that_a_document_could_not_carry(
    pool: Pool, change: str
) -> None:
    await fill(pool)
    await ship_brand_rules(pool, SHIPPED)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(f"UPDATE store_config.brand_rules SET {change}")  # noqa: S608 - the test's own words


async def test_a_store_with_a_rule_of_its_own_stands_beside_those_that_share_the_companys(
    pool: Pool,
) -> None:
    await fill(pool)
    own = structs.replace(SHIPPED[0], store="S002", valid_from="2020-01-01", window_days=3)
    async with pool.acquire() as connection:
        await put_rule(connection, "DEMO", own)
    by_store = {one.store: list(one.brand_rules) for one in await documents(pool)}
    assert by_store == {"S001": [], "S002": [own], "S901": []}
    await ship_brand_rules(pool, SHIPPED)
    stores = PostgresStores(pool)
    listed = {one.store: one for one in await documents(pool)}
    assert list(listed["S001"].brand_rules) == in_order(SHIPPED)
    assert own in listed["S002"].brand_rules
    assert [await stores.read(company, store) for company, store in PLACES] == [
        listed[store] for _, store in PLACES
    ]
