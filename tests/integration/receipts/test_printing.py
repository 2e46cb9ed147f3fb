"""Paper on real servers: printed once, or told as not printed, whatever box and clock do."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.envelope import Actor, Role
from contracts.printing import (
    InquirePrint,
    PrintPaper,
    PrintQueueFull,
)
from contracts.receipts import Copy, PrintReceipt, PrintSlips
from contracts.slips import MerchantNumberPending, ReadMerchantNumber

MERCHANTS, CUSTOMERS = b"6900 1111 0023 0***", b"**** * 0421"
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
AUTO = pytest.mark.parametrize("store", [{"customer_slip": "auto"}], indirect=True)


async def paid(store: Any) -> PrintSlips:
    """Let a payment be approved and heard of; return how its customer's copy is asked for."""
    await store.approved()
    await store.told("tender_approved")
    await store.text(Copy.CUSTOMER, CASHIER)
    return PrintSlips(sale=store.sale, tender=1, copies=(Copy.CUSTOMER,))


async def until_reason(store: Any, reason: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            jobs = (await store.jobs()).jobs
            if jobs and all(job.reason == reason for job in jobs):
                return jobs
            await asyncio.sleep(0.05)


async def test_a_store_that_is_cut_off_has_printed_nothing_and_it_is_told(store: Any) -> None:
    ask = await paid(store)
    await store.box.bus.drain()
    await store.ask(ask)
    (job,) = await until_reason(store, "store_unreachable")
    assert (job.state, job.partly) == ("not_printed", False)


async def test_a_box_that_cannot_just_now_is_asked_again_with_the_same_id_and_bytes(
    store: Any,
) -> None:
    ask = await paid(store)
    store.box.words[PrintPaper] = [store.box.away(), store.box.away()]
    await store.ask(ask)
    await store.until_jobs("printed")
    first, *others = store.box.papers
    assert others == [first, first]


async def test_a_box_that_cannot_say_just_now_is_asked_until_it_can(store: Any) -> None:
    ask = await paid(store)
    store.box.words[InquirePrint] = [store.box.away()]
    await store.ask(ask)
    await store.box.until_asked(InquirePrint)
    assert [job.state for job in (await store.jobs()).jobs] == ["queued"]
    await store.until_jobs("printed")
    assert len(store.box.papers) == 1


async def test_a_full_queue_is_told_and_the_next_job_is_printed(store: Any) -> None:
    ask = await paid(store)
    store.box.words[PrintPaper] = [PrintQueueFull(limit=16)]
    await store.ask(ask)
    (job,) = await until_reason(store, "queue_full")
    assert job.state == "not_printed"
    await store.ask(ask)
    await store.until_jobs("not_printed", "printed")


async def test_after_a_restart_the_box_is_asked_with_the_same_id_and_prints_nothing_again(
    store: Any,
) -> None:
    ask = await paid(store)
    await store.ask(ask)
    (paper,) = await store.box.until_asked(PrintPaper)
    await store.service.drain()
    await store.begin()
    await store.until_jobs("printed")
    assert {one.job_id for one in await store.box.until_asked(InquirePrint)} == {paper.job_id}
    assert len(store.box.papers) == 1


async def test_what_the_box_tells_live_ends_the_job_before_anybody_asks(store: Any) -> None:
    ask = await paid(store)
    await store.ask(ask)
    (paper,) = await store.box.until_asked(PrintPaper)
    await store.box.tell(paper, "paper_out")
    (job,) = await until_reason(store, "paper_out")
    assert job.state == "not_printed"
    assert not [one for one in store.box.asked if isinstance(one, InquirePrint)]


@AUTO
async def test_paper_whose_slip_never_comes_expires_and_is_never_sent(store: Any) -> None:
    await store.told("tender_approved")
    await store.until_jobs("queued", "queued")
    await store.sql("UPDATE receipts.print_job SET expires_at = now()")
    jobs = await until_reason(store, "expired")
    assert {job.state for job in jobs} == {"not_printed"}
    await store.approved()
    await store.box.until_asked(ReadMerchantNumber)
    assert not store.box.papers


@AUTO
async def test_the_merchants_copy_waits_for_its_number_and_shows_it_alone(store: Any) -> None:
    store.box.words[ReadMerchantNumber] = [MerchantNumberPending() for _ in range(3)]
    await store.approved()
    await store.told("tender_approved")
    await store.until_jobs("printed", "printed")
    assert len(await store.box.until_asked(ReadMerchantNumber)) == 4
    customers, merchants = (one.paper for one in store.box.papers)
    assert CUSTOMERS in customers
    assert MERCHANTS not in customers
    assert MERCHANTS in merchants
    assert CUSTOMERS not in merchants


async def test_a_receipt_is_printed_by_hand_with_the_register_that_rang_it_up(store: Any) -> None:
    await paid(store)
    await store.ask(PrintReceipt(sale=store.sale))
    jobs = await store.until_jobs("printed")
    assert [(job.what, job.printer, job.by) for job in jobs.jobs] == [("receipt", "P1", "cashier")]


async def test_what_is_older_than_the_store_keeps_it_is_taken_away_and_written_down(
    store: Any,
) -> None:
    ask = await paid(store)
    await store.ask(ask)
    await store.until_jobs("printed")
    assert await store.sql("SELECT 1 FROM receipts.merchant_number")
    for table, column in (
        ("slip", "seen_at"),
        ("sale", "opened_at"),
        ("print_job", "requested_at"),
    ):
        await store.sql(
            f"UPDATE receipts.{table} SET {column} = {column} - interval '7 years 1 day'"  # noqa: S608 - our tables
        )
    await store.service.drain()
    await store.begin()
    async with asyncio.timeout(20):
        while await store.sql("SELECT 1 FROM receipts.slip"):  # noqa: ASYNC110 - another's row
            await asyncio.sleep(0.05)
    for table in ("sale", "print_job", "merchant_number"):
        assert not await store.sql(f"SELECT 1 FROM receipts.{table}")  # noqa: S608 - our tables
    (line,) = await store.sql("SELECT what, by_operator, told FROM receipts.audit")
    assert (line["what"], line["by_operator"]) == ("removed_by_retention", None)
    for part in ('"slips": 1', '"numbers": 1', '"sales": 1', '"jobs": 1', '"years": 7'):
        assert part in line["told"]


async def test_a_register_without_a_printer_is_told_so(store: Any) -> None:
    ask = await paid(store)
    bare = replace(store.document, registers=(), version=9)
    await store.put(bare)
    answer = await store.until_code("no_printer", ask)
    assert answer.outcome == "no_printer"
    assert not (await store.jobs()).jobs
