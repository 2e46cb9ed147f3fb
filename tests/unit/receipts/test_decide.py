"""Which slip is meant, who may see and print it, and what prints by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.envelope import Actor, Role
from contracts.money import Yen
from contracts.operations import Evidence, OperationKind
from contracts.receipts import Copy, SlipOf
from contracts.sales import (
    Method,
    OperationView,
    SaleEvent,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.stores import (
    PrinterEntry,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    printer_of,
)
from receipts.decide import (
    JOB_EXPIRES,
    NotYet,
    audit_of_reprint,
    auto_jobs,
    may_look,
    may_print,
    pick,
    refuse_receipt,
    sees,
    seller_of,
    with_seller,
)
from receipts.model import JobState, Picked, PrintJob, Refused, SaleRecord, Seller
from testkit.clock import CountingIds
from testkit.papers import sold

NOW = datetime(2026, 5, 25, 6, 45, tzinfo=UTC)
PAID = OperationView(
    id="00000000-0000-7000-8000-00000000000a",
    kind=OperationKind.PAYMENT,
    state="approved",
    slip_number="00112",
    at=NOW,
)
GIVEN_BACK = replace(
    PAID, id="00000000-0000-7000-8000-00000000000b", kind=OperationKind.VOID, state="refunded"
)
TENDER = TenderView(
    number=1,
    method=Method.TERMINAL,
    amount=Yen(500),
    state=TenderState.APPROVED,
    counted=True,
    operations=(PAID,),
    media="card",
    slip_number="00112",
)
REFUNDED = replace(TENDER, state=TenderState.REFUNDED, operations=(PAID, GIVEN_BACK))
STORE = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(
        RegisterEntry(register="R1", name="レジ1", printer="P1"),
        RegisterEntry(register="R2", name="サブ", main_register="R1"),
        RegisterEntry(register="R3", name="サブ2", main_register="R1", printer="P2"),
        RegisterEntry(register="R4", name="なし"),
    ),
    terminals=(),
    printers=(PrinterEntry(printer="P1", host="10.0.0.1"), PrinterEntry(printer="P2", host="x")),
    settings=StoreSettings(customer_slip="auto"),
)


def sale(*tenders: TenderView, state: SaleState = SaleState.PAID) -> SaleRecord:
    view = replace(sold(), state=state, tenders=tenders, register="R1", store="S001")
    return SaleRecord(company="DEMO", view=view, layout=1, heard_at=NOW)


def picked(**more: Any) -> Picked:
    found = pick(sale(TENDER), 1, None)
    assert isinstance(found, Picked)
    return replace(found, **more)


def refusal(found: Picked | Refused | None) -> tuple[str, bool]:
    """Return its code, and whether it is worth waiting."""
    assert isinstance(found, Refused)
    return found.code, isinstance(found, NotYet)


def actor(role: Role, *stores: str) -> Actor:
    return Actor(company="DEMO", operator="x", role=role, stores=stores)


# --- which slip ---


def test_the_payments_slip_is_meant_while_nothing_was_given_back() -> None:
    found = pick(sale(TENDER), 1, None)
    assert isinstance(found, Picked)
    assert (found.operation_id, found.of, found.media) == (PAID.id, SlipOf.PAYMENT, "card")
    assert found.in_time


def test_the_latest_approved_one_is_meant_or_the_one_that_is_named() -> None:
    for wanted, operation in (
        (None, GIVEN_BACK),
        (SlipOf.REFUND, GIVEN_BACK),
        (SlipOf.PAYMENT, PAID),
    ):
        found = pick(sale(REFUNDED), 1, wanted)
        assert isinstance(found, Picked)
        assert found.operation_id == operation.id
        assert found.of is (SlipOf.PAYMENT if operation is PAID else SlipOf.REFUND)


def test_a_tender_that_is_not_there_may_be_on_its_way() -> None:
    assert refusal(pick(sale(TENDER), 2, None)) == ("unknown_tender", True)


@pytest.mark.parametrize("method", [Method.CASH, Method.OTHER])
def test_no_terminal_no_slip(method: Method) -> None:
    assert refusal(pick(sale(replace(TENDER, method=method)), 1, None)) == ("no_slip", False)


def test_a_code_payment_has_no_slip() -> None:
    found = pick(sale(replace(TENDER, media="code")), 1, None)
    assert refusal(found) == ("no_slip_for_code_payment", False)


def test_what_a_manager_said_stands_on_no_slip() -> None:
    said = replace(PAID, evidence=Evidence(source="manager", at=NOW))
    assert refusal(pick(sale(replace(TENDER, operations=(said,))), 1, None)) == ("no_slip", False)
    told = replace(PAID, evidence=Evidence(source="result", at=NOW))
    assert isinstance(pick(sale(replace(TENDER, operations=(told,))), 1, None), Picked)


@pytest.mark.parametrize(
    ("state", "may_come"),
    [
        (TenderState.REQUESTED, True),
        (TenderState.IN_PROGRESS, True),
        (TenderState.IN_DOUBT, True),
        (TenderState.DECLINED, False),
        (TenderState.CANCELLED, False),
    ],
)
def test_without_an_approval_it_depends_on_whether_one_may_come(
    state: TenderState, *, may_come: bool
) -> None:
    waiting = replace(TENDER, state=state, operations=(replace(PAID, state=str(state)),))
    assert refusal(pick(sale(waiting), 1, None)) == ("no_slip", may_come)


@pytest.mark.parametrize("state", [TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT])
def test_money_on_its_way_back_has_the_payments_slip_and_its_own_may_come(
    state: TenderState,
) -> None:
    on_its_way = replace(GIVEN_BACK, state=str(state))
    tender = replace(TENDER, state=state, operations=(PAID, on_its_way))
    found = pick(sale(tender), 1, None)
    assert isinstance(found, Picked)
    assert found.operation_id == PAID.id
    assert refusal(pick(sale(tender), 1, SlipOf.REFUND)) == ("no_slip", True)


def test_a_refund_that_was_asked_for_just_now_may_come_and_a_payments_never() -> None:
    assert refusal(pick(sale(TENDER), 1, SlipOf.REFUND)) == ("no_slip", True)
    declined = replace(TENDER, state=TenderState.DECLINED, operations=())
    assert refusal(pick(sale(declined), 1, SlipOf.REFUND)) == ("no_slip", False)


@pytest.mark.parametrize(
    ("state", "in_time"),
    [
        (SaleState.OPEN, True),
        (SaleState.PAID, True),
        (SaleState.CLOSED, False),
        (SaleState.VOIDED, False),
        (SaleState.ABANDONED, False),
    ],
)
def test_a_payments_slip_prints_until_close(state: SaleState, *, in_time: bool) -> None:
    found = pick(sale(TENDER, state=state), 1, None)
    assert isinstance(found, Picked)
    assert found.in_time is in_time


@pytest.mark.parametrize("state", list(SaleState))
@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_refunds_slip_prints_until_its_ok_whatever_the_sale_is(
    state: SaleState, *, acknowledged: bool
) -> None:
    found = pick(sale(replace(REFUNDED, acknowledged=acknowledged), state=state), 1, None)
    assert isinstance(found, Picked)
    assert found.in_time is not acknowledged


def test_the_ok_of_the_payment_does_not_end_the_time_of_its_slip() -> None:
    found = pick(sale(replace(TENDER, acknowledged=True)), 1, None)
    assert isinstance(found, Picked)
    assert found.in_time


# --- who may ---


def test_an_operator_sees_its_stores_or_all_where_none_is_named() -> None:
    assert sees(actor(Role.CASHIER), "S001")
    assert sees(actor(Role.CASHIER, "S001"), "S001")
    assert not sees(actor(Role.CASHIER, "S002"), "S001")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN, Role.AUDITOR])
@pytest.mark.parametrize("copy", list(Copy))
@pytest.mark.parametrize("in_time", [True, False])
def test_above_a_cashier_any_copy_is_looked_at(role: Role, copy: Copy, *, in_time: bool) -> None:
    assert may_look(actor(role), picked(in_time=in_time), copy) is None


def test_a_cashier_looks_at_the_customers_copy_in_time_and_at_no_other() -> None:
    cashier = actor(Role.CASHIER)
    assert may_look(cashier, picked(), Copy.CUSTOMER) is None
    assert refusal(may_look(cashier, picked(in_time=False), Copy.CUSTOMER)) == (
        "not_permitted",
        False,
    )
    assert refusal(may_look(cashier, picked(), Copy.MERCHANT)) == ("not_permitted", False)


def test_after_its_time_the_terminal_reprints_unless_the_store_allows_it() -> None:
    assert may_print(picked(), STORE) is None
    refused = may_print(picked(in_time=False), STORE)
    assert refused is not None
    assert refused.code == "reprint_on_terminal"
    assert refused.fields == {"steps": ["再印字", "業務", "再印字する項目", "実行"]}
    allowed = replace(STORE, settings=StoreSettings(slip_reprint="register"))
    assert may_print(picked(in_time=False), allowed) is None


def test_only_what_the_terminal_would_reprint_is_written_down() -> None:
    manager = actor(Role.MANAGER)
    assert audit_of_reprint(picked(), (Copy.CUSTOMER,), manager, NOW) is None
    line = audit_of_reprint(picked(in_time=False), tuple(Copy), manager, NOW)
    assert line is not None
    assert (line.what, line.by, line.company, line.store) == ("slip_reprinted", "x", "DEMO", "S001")
    assert line.told == {
        "sale": sold().id,
        "tender": 1,
        "operation_id": PAID.id,
        "operation": "payment",
        "copies": "customer,merchant",
    }


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (SaleState.OPEN, ("no_receipt_yet", True)),
        (SaleState.ABANDONED, ("sale_abandoned", False)),
        (SaleState.PAID, None),
        (SaleState.CLOSED, None),
        (SaleState.VOIDED, None),
    ],
)
def test_a_receipt_is_of_what_was_sold(state: SaleState, refused: tuple[str, bool] | None) -> None:
    found = refuse_receipt(sale(TENDER, state=state))
    assert (None if found is None else refusal(found)) == refused


# --- where it prints, and who sold ---


@pytest.mark.parametrize(
    ("register", "printer"),
    [("R1", "P1"), ("R2", "P1"), ("R3", "P2"), ("R4", None), ("R9", None)],
)
def test_a_register_prints_on_its_own_printer_or_on_its_main_registers(
    register: str, printer: str | None
) -> None:
    found = printer_of(STORE, register)
    assert (None if found is None else found.printer) == printer


def test_a_printer_that_the_store_does_not_have_is_none() -> None:
    assert printer_of(replace(STORE, printers=()), "R1") is None


def test_who_sells_is_told_by_the_stores_document() -> None:
    seller = seller_of(STORE, "R1")
    assert (seller.store_name, seller.register_name) == ("渋谷", "レジ1")
    assert seller.issuer == STORE.settings.issuer
    assert seller.time_zone == STORE.settings.time_zone
    assert seller_of(STORE, "R9").register_name == "R9"


def test_who_sold_first_stays_and_else_it_is_who_sells() -> None:
    first = Seller(issuer=STORE.settings.issuer, store_name="甲", register_name="乙")
    known = replace(sale(TENDER), seller=first)
    assert with_seller(known, STORE).seller == first
    assert with_seller(sale(TENDER), STORE).seller == seller_of(STORE, "R1")
    assert with_seller(sale(TENDER), None).seller is None


# --- what prints by itself ---


def event(view: SaleView, name: str = "tender_approved", **more: Any) -> SaleEvent:
    told = SaleEvent(
        id="00000000-0000-7000-8000-00000000000c",
        company="DEMO",
        store="S001",
        register="R1",
        sale_id=view.id,
        sequence=3,
        name=name,
        tender=1,
        at=NOW,
        by=None,
        sale=view,
    )
    return replace(told, **more)


def by_itself(
    told: SaleEvent, store: StoreConfiguration = STORE, late_s: int = 1
) -> list[PrintJob]:
    return list(auto_jobs(told, store, NOW + timedelta(seconds=late_s), CountingIds().uuid))


@pytest.mark.parametrize("name", ["tender_approved", "tender_confirmed"])
@pytest.mark.parametrize("media", ["card", "emoney"])
def test_an_approval_prints_both_copies(name: str, media: str) -> None:
    jobs = by_itself(event(sale(replace(TENDER, media=media)).view, name))
    assert [job.copy for job in jobs] == [Copy.CUSTOMER, Copy.MERCHANT]
    for job in jobs:
        assert (job.state, job.reason, job.ended_at) == (JobState.WAITING, "", None)
        assert (job.what, job.printer, job.by) == ("slip", "P1", None)
        assert (job.operation_id, job.operation, job.tender) == (PAID.id, SlipOf.PAYMENT, 1)
        assert (job.company, job.store, job.register) == ("DEMO", "S001", "R1")
        assert (job.requested_at, job.expires_at) == (NOW, NOW + JOB_EXPIRES)
        assert job.sale == sold().id
    assert len({job.id for job in jobs}) == 2


@pytest.mark.parametrize("state", [SaleState.OPEN, SaleState.VOIDED, SaleState.CLOSED])
def test_money_back_prints_even_of_a_sale_that_is_over(state: SaleState) -> None:
    jobs = by_itself(event(sale(REFUNDED, state=state).view, "tender_refunded"))
    assert [job.operation_id for job in jobs] == [GIVEN_BACK.id] * 2
    assert {job.operation for job in jobs} == {SlipOf.REFUND}


def test_what_was_approved_after_close_does_not_print_by_itself() -> None:
    assert not by_itself(event(sale(TENDER, state=SaleState.CLOSED).view))


def test_money_back_whose_ok_was_tapped_does_not_print_by_itself() -> None:
    done = replace(REFUNDED, acknowledged=True)
    assert not by_itself(event(sale(done).view, "tender_refunded"))


def test_an_approval_never_prints_the_refunds_slip_nor_the_other_way_round() -> None:
    jobs = by_itself(event(sale(REFUNDED).view, "tender_approved"))
    assert {job.operation_id for job in jobs} == {PAID.id}
    assert not by_itself(event(sale(TENDER).view, "tender_refunded"))


@pytest.mark.parametrize(
    "tender",
    [
        replace(TENDER, media="code"),
        replace(TENDER, method=Method.CASH),
        replace(TENDER, operations=()),
        replace(
            TENDER,
            operations=(replace(PAID, evidence=Evidence(source="manager", at=NOW)),),
        ),
    ],
)
def test_what_has_no_slip_does_not_print_by_itself(tender: TenderView) -> None:
    assert not by_itself(event(sale(tender).view))


@pytest.mark.parametrize("name", ["tender_requested", "sale_closed", "tender_acknowledged"])
def test_other_events_print_nothing(name: str) -> None:
    assert not by_itself(event(sale(TENDER).view, name))


def test_an_event_of_no_tender_or_of_one_that_is_not_there_prints_nothing() -> None:
    assert not by_itself(event(sale(TENDER).view, tender=None))
    assert not by_itself(event(sale(TENDER).view, tender=2))


def test_where_the_store_wants_it_by_hand_nothing_prints_by_itself() -> None:
    manual = replace(STORE, settings=StoreSettings(customer_slip="manual"))
    assert not by_itself(event(sale(TENDER).view), manual)


def test_an_event_that_comes_too_late_is_told_as_not_printed() -> None:
    for late_s, reason in ((59, ""), (60, "expired")):
        jobs = by_itself(event(sale(TENDER).view), late_s=late_s)
        assert {job.reason for job in jobs} == {reason}
    assert {(job.state, job.ended_at) for job in jobs} == {
        (JobState.NOT_PRINTED, NOW + timedelta(seconds=60))
    }


def test_a_register_without_a_printer_is_told_so() -> None:
    jobs = by_itself(event(sale(TENDER).view, register="R4"))
    assert {(job.state, job.reason, job.printer) for job in jobs} == {
        (JobState.NOT_PRINTED, "no_printer", None)
    }
