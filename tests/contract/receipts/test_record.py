"""One suite for the record: on PostgreSQL and on its twin in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import OperationKind
from contracts.receipts import Copy, SlipOf
from contracts.sales import SaleState, SaleView
from contracts.slips import Slip
from contracts.stores import Issuer, StoreConfiguration, StoreSettings
from receipts.model import (
    Audit,
    JobState,
    MerchantNumber,
    NumberState,
    PrintJob,
    SaleRecord,
    Seller,
    SlipRecord,
)
from receipts.ports import Kept, Key, KeyTaken, PrintOrder, Record, StoredAnswer
from receipts.postgres import Pool
from receipts.retention import Removed
from servicekit.ids import SystemIds

IDS = SystemIds()
NOW = datetime(2026, 5, 25, 6, 45, tzinfo=UTC)
STORE = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(),
    terminals=(),
    settings=StoreSettings(),
)


def slip(**more: Any) -> SlipRecord:
    content = Slip(
        slip_number="00112",
        title="領収書",
        merchant_name="(DXテスト)開発統括部RF検証ルーム",
        merchant_phone="999-999-999",
        used_at="2026/05/25 15:37:51",
        transaction="売上",
        amount=Yen(500),
        total=Yen(500),
        member_number="**** * 0421",
    )
    given = SlipRecord(
        operation_id=IDS.uuid(),
        company="DEMO",
        store="S001",
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        media="emoney",
        brand="iD",
        slip=content,
        layout=1,
        event_id=IDS.uuid(),
        seen_at=NOW,
        terminal_business_date="2026-05-25",
    )
    return replace(given, **more)


def number(of: SlipRecord) -> MerchantNumber:
    return MerchantNumber(
        operation_id=of.operation_id,
        company=of.company,
        store=of.store,
        terminal=of.terminal,
        state=NumberState.WANTED,
        asked=0,
        ask_at=NOW,
    )


def sale(sequence: int = 1, state: SaleState = SaleState.OPEN, **more: Any) -> SaleRecord:
    view = SaleView(
        id=more.pop("id", None) or IDS.uuid(),
        number="S001-20260525-0001",
        store="S001",
        register="R1",
        business_date="2026-05-25",
        state=state,
        total=Yen(500),
        paid=Yen(0),
        pending=Yen(0),
        balance=Yen(500),
        change=Yen(0),
        void_due=False,
        lines=(),
        tenders=(),
        cases=(),
        operator="cashier",
        parked=False,
        opened_at=NOW,
        closed_at=None,
        sequence=sequence,
    )
    return replace(SaleRecord(company="DEMO", view=view, layout=1, heard_at=NOW), **more)


def job(**more: Any) -> PrintJob:
    given = PrintJob(
        id=IDS.uuid(),
        company="DEMO",
        store="S001",
        register="R1",
        sale=IDS.uuid(),
        what="slip",
        state=JobState.WAITING,
        requested_at=NOW,
        expires_at=NOW + timedelta(seconds=60),
        tender=1,
        operation_id=IDS.uuid(),
        operation=SlipOf.PAYMENT,
        copy=Copy.CUSTOMER,
        printer="P1",
    )
    return replace(given, **more)


async def test_a_slip_comes_back_as_it_was_kept(record: Record) -> None:
    given = slip()
    assert await record.keep_slip(given, number(given)) is Kept.NEW
    assert await record.slip("DEMO", given.operation_id) == given
    assert await record.number(given.operation_id) == number(given)


async def test_another_companys_slip_is_not_there(record: Record) -> None:
    given = slip()
    await record.keep_slip(given, None)
    assert await record.slip("OTHER", given.operation_id) is None


async def test_a_slip_told_again_changes_nothing(record: Record) -> None:
    given = slip()
    await record.keep_slip(given, None)
    again = replace(given, event_id=IDS.uuid(), layout=2, seen_at=NOW + timedelta(days=1))
    assert await record.keep_slip(again, None) is Kept.KNOWN
    assert await record.slip("DEMO", given.operation_id) == given
    assert await record.contrary(given.operation_id) == ()


async def test_another_content_is_kept_beside_the_first_and_once(record: Record) -> None:
    given = slip()
    await record.keep_slip(given, None)
    other = replace(given, event_id=IDS.uuid(), slip=replace(given.slip, amount=Yen(501)))
    assert await record.keep_slip(other, None) is Kept.CONTRARY
    assert await record.keep_slip(other, None) is Kept.CONTRARY
    assert await record.slip("DEMO", given.operation_id) == given
    found = await record.contrary(given.operation_id)
    assert [one.slip.amount for one in found] == [501]


async def test_a_number_is_asked_for_until_it_is_settled_and_never_again(record: Record) -> None:
    given = slip()
    wanted = number(given)
    await record.keep_slip(given, wanted)
    assert await record.numbers_due(NOW, 9) == (wanted,)
    later = replace(wanted, asked=1, ask_at=NOW + timedelta(seconds=1))
    await record.keep_number(later)
    assert await record.numbers_due(NOW, 9) == ()
    sealed = replace(later, state=NumberState.SEALED, asked=2, key_id="0" * 16, sealed="c2VhbGVk")
    await record.keep_number(sealed)
    await record.keep_number(wanted)
    assert await record.number(given.operation_id) == sealed
    assert await record.numbers_due(NOW + timedelta(days=1), 9) == ()


async def test_an_older_event_does_not_undo_a_newer_one(record: Record) -> None:
    closed = sale(7, SaleState.CLOSED)
    await record.keep_sale(closed, ())
    await record.keep_sale(sale(5, SaleState.PAID, id=closed.id), ())
    assert await record.sale("DEMO", closed.id) == closed
    assert await record.sale("OTHER", closed.id) is None


async def test_the_first_seller_stays(record: Record) -> None:
    first = Seller(issuer=Issuer(name="甲"), store_name="渋谷", register_name="レジ1")
    later = Seller(issuer=Issuer(name="乙"), store_name="新宿", register_name="レジ9")
    paid = sale(3, SaleState.PAID, seller=first)
    await record.keep_sale(paid, ())
    await record.keep_sale(sale(4, SaleState.CLOSED, id=paid.id, seller=later, layout=2), ())
    found = await record.sale("DEMO", paid.id)
    assert found is not None
    assert (found.seller, found.view.state, found.layout) == (first, SaleState.CLOSED, 1)


async def test_by_itself_a_copy_is_printed_once_whatever_is_told_again(record: Record) -> None:
    heard, first = sale(2), job()
    again = replace(first, id=IDS.uuid())
    other = replace(first, id=IDS.uuid(), copy=Copy.MERCHANT)
    assert await record.keep_sale(heard, (first,)) == (first,)
    assert await record.keep_sale(heard, (again, other)) == (other,)
    by_hand = replace(first, id=IDS.uuid(), by="cashier")
    await record.order(PrintOrder(jobs=(by_hand,)))
    assert set(await record.open_jobs(9)) == {first, other, by_hand}


async def test_jobs_stand_newest_first_and_are_moved_by_one_only(record: Record) -> None:
    first = job(by="cashier")
    second = replace(first, id=IDS.uuid())
    await record.order(PrintOrder(jobs=(first, second)))
    assert await record.jobs_of("DEMO", first.sale, 9) == (second, first)
    assert await record.jobs_of("DEMO", first.sale, 1) == (second,)
    assert await record.jobs_of("OTHER", first.sale, 9) == ()
    sent = replace(first, state=JobState.SENT)
    assert await record.move_job(first, sent)
    assert not await record.move_job(first, sent)
    ended = replace(sent, state=JobState.NOT_PRINTED, reason="off", partly=True, ended_at=NOW)
    assert await record.move_job(sent, ended)
    assert await record.job(first.id) == ended
    assert await record.open_jobs(9) == (second,)


async def test_an_answer_is_kept_with_its_jobs_or_neither(record: Record) -> None:
    key = Key(company="DEMO", operator="cashier", key="k1")
    answer = StoredAnswer(key=key, fingerprint="0" * 64, outcome="accepted", body=b"{}", at=NOW)
    first, second = job(by="cashier"), job(by="cashier")
    await record.order(PrintOrder(jobs=(first,), answer=answer))
    with pytest.raises(KeyTaken):
        await record.order(PrintOrder(jobs=(second,), answer=replace(answer, outcome="other")))
    assert await record.job(second.id) is None
    assert await record.stored_answer(key, NOW + timedelta(hours=23)) == answer
    assert await record.stored_answer(key, NOW + timedelta(hours=25)) is None
    newer = replace(answer, outcome="newer", at=NOW + timedelta(hours=25))
    await record.order(PrintOrder(jobs=(second,), answer=newer))
    assert await record.job(second.id) == second


async def test_what_is_too_old_is_taken_away_and_written_down(record: Record) -> None:
    old = slip(seen_at=NOW - timedelta(days=1))
    new, elsewhere = slip(), slip(store="S002", seen_at=NOW - timedelta(days=1))
    for one in (old, new, elsewhere):
        await record.keep_slip(one, number(one))
    removed = await record.remove_before(STORE, NOW, NOW, 100)
    assert removed == Removed(slips=1, numbers=1)
    assert await record.slip("DEMO", old.operation_id) is None
    assert await record.number(old.operation_id) is None
    assert await record.slip("DEMO", new.operation_id) == new
    assert await record.slip("DEMO", elsewhere.operation_id) == elsewhere
    assert not (await record.remove_before(STORE, NOW, NOW, 100)).anything
    (line,) = await record.audits("DEMO", "S001")
    assert (line.what, line.told["slips"], line.told["rule"]) == (
        "removed_by_retention",
        1,
        "slip_retention_years",
    )


async def test_what_was_written_down_is_never_changed(pool: Pool) -> None:
    for statement in (
        "UPDATE receipts.audit SET what = 'other'",
        "DELETE FROM receipts.audit",
        "TRUNCATE receipts.audit",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await pool.execute(statement)


async def test_an_audit_comes_back_as_it_was_written(record: Record) -> None:
    line = Audit(
        at=NOW,
        company="DEMO",
        store="S001",
        what="slip_reprinted",
        by="manager",
        told={"sale": "x", "tender": 1},
    )
    await record.order(PrintOrder(audit=line))
    assert await record.audits("DEMO", "S001") == (line,)
    assert await record.audits("DEMO", "S002") == ()
