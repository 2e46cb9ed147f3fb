"""The service on real servers: what it shows, to whom, and what it prints."""

import asyncio
import logging
from typing import Any

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace

from contracts.envelope import Actor, Answer, Refusal, Role
from contracts.receipts import (
    Copy,
    DrawReceipt,
    DrawSlip,
    PaperFormat,
    PrintSlips,
)
from contracts.sales import (
    SaleState,
)

MERCHANTS, CUSTOMERS = "6900 1111 0023 0***", "**** * 0421"
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
MANAGER = Actor(company="DEMO", operator="manager", role=Role.MANAGER)


def code_of(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=Refusal).code


async def test_each_copy_shows_its_own_mask_and_nothing_keeps_both(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await store.approved()
    await store.told("tender_approved")
    customers = await store.text(Copy.CUSTOMER, CASHIER)
    merchants = await store.text(Copy.MERCHANT, MANAGER)
    assert CUSTOMERS in customers
    assert MERCHANTS not in customers
    assert MERCHANTS in merchants
    assert CUSTOMERS not in merchants
    connection = await asyncpg.connect(store.url)
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'receipts'")
    for name in (row["tablename"] for row in names):
        for row in await connection.fetch(f"SELECT * FROM receipts.{name}"):  # noqa: S608 - our tables
            assert "6900 1111" not in repr(row)
    await connection.close()
    assert "6900 1111" not in caplog.text


async def test_a_cashier_sees_the_customers_copy_until_close_and_the_merchants_never(
    store: Any,
) -> None:
    await store.approved()
    await store.told("tender_approved")
    ask = DrawSlip(sale=store.sale, tender=1, copy=Copy.CUSTOMER, format=PaperFormat.SVG)
    assert (await store.ask(ask)).outcome == "ok"
    merchants = replace(ask, copy=Copy.MERCHANT)
    assert code_of(await store.ask(merchants)) == "not_permitted"
    await store.told("sale_closed", SaleState.CLOSED)
    await store.until_code("not_permitted", ask)
    assert (await store.ask(ask, MANAGER)).outcome == "ok"


async def test_a_sale_of_another_company_is_not_there(store: Any) -> None:
    await store.approved()
    await store.told("tender_approved")
    await store.text(Copy.CUSTOMER, CASHIER)
    other = Actor(company="OTHER", operator="manager", role=Role.MANAGER)
    ask = DrawSlip(sale=store.sale, tender=1, copy=Copy.CUSTOMER, format=PaperFormat.SVG)
    assert code_of(await store.ask(ask, other)) == "unknown_sale"
    away = replace(CASHIER, stores=("S002",))
    assert code_of(await store.ask(ask, away)) == "unknown_sale"


async def test_a_slip_on_its_way_is_not_ready_and_a_code_payment_has_none(store: Any) -> None:
    await store.told("tender_approved")
    ask = DrawSlip(sale=store.sale, tender=1, copy=Copy.CUSTOMER, format=PaperFormat.TXT)
    assert code_of(await store.ask(ask)) == "slip_not_ready"
    await store.told("tender_approved", media="code")
    await store.until_code("no_slip_for_code_payment", ask)


async def test_by_hand_both_copies_are_printed_once_under_one_key(store: Any) -> None:
    await store.approved()
    await store.told("tender_approved")
    await store.text(Copy.CUSTOMER, CASHIER)
    first = await store.ask(PrintSlips(sale=store.sale, tender=1), key="k1")
    again = await store.ask(PrintSlips(sale=store.sale, tender=1), key="k1")
    assert (first.outcome, again.outcome, again.replayed) == ("accepted", "accepted", True)
    assert bytes(first.body) == bytes(again.body)
    jobs = await store.until_jobs("printed", "printed")
    assert {job.copy for job in jobs.jobs} == {Copy.CUSTOMER, Copy.MERCHANT}
    assert len(store.box.papers) == 2
    for paper in store.box.papers:
        assert not (MERCHANTS.encode() in paper.paper and CUSTOMERS.encode() in paper.paper)


async def test_after_close_the_terminal_reprints_unless_the_store_allows_it(store: Any) -> None:
    await store.approved()
    await store.told("tender_approved")
    await store.told("sale_closed", SaleState.CLOSED)
    await store.text(Copy.CUSTOMER, MANAGER)
    answer = await store.until_code("reprint_on_terminal", PrintSlips(sale=store.sale, tender=1))
    refusal = msgspec.json.decode(answer.body, type=Refusal)
    assert refusal.fields["steps"] == ["再印字", "業務", "再印字する項目", "実行"]
    await store.configure(slip_reprint="register")
    await store.until_code("accepted", PrintSlips(sale=store.sale, tender=1))
    connection = await asyncpg.connect(store.url)
    assert await connection.fetchval("SELECT what FROM receipts.audit") == "slip_reprinted"
    await connection.close()


@pytest.mark.parametrize("store", [{"customer_slip": "auto"}], indirect=True)
async def test_by_itself_both_copies_are_printed_once_whatever_comes_again(store: Any) -> None:
    await store.told("tender_approved")
    await store.approved()
    await store.told("tender_approved")
    await store.until_jobs("printed", "printed")
    assert len(store.box.papers) == 2


async def test_a_receipt_is_drawn_once_the_sale_is_paid(store: Any) -> None:
    await store.told("sale_opened", SaleState.OPEN)
    ask = DrawReceipt(sale=store.sale, format=PaperFormat.TXT)
    assert code_of(await store.ask(ask)) == "no_receipt_yet"
    await store.told("tender_approved")
    assert (await store.ask(ask)).outcome == "ok"


async def test_of_a_sale_that_its_asker_knows_of_it_is_never_said_that_there_is_none(
    store: Any,
) -> None:
    ask = PrintSlips(sale=store.sale, tender=1, at_least=1)
    assert code_of(await store.ask(ask)) == "slip_not_ready"
    stranger = PrintSlips(sale=store.sale, tender=1)
    assert code_of(await store.ask(stranger)) == "unknown_sale"


async def test_a_slip_waits_until_as_much_is_known_of_its_sale_as_its_asker_knows(
    store: Any,
) -> None:
    await store.approved()
    await store.told("tender_approved")
    await store.text(Copy.CUSTOMER, CASHIER)
    ask = PrintSlips(sale=store.sale, tender=1, at_least=2)
    assert code_of(await store.ask(ask)) == "slip_not_ready"
    waiting = asyncio.create_task(store.ask(ask))
    await store.told("sale_closed", SaleState.CLOSED)
    assert code_of(await waiting) == "reprint_on_terminal"
    assert store.box.papers == []
