"""Which slips and receipts a screen offers, until when the register prints them, and where."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import Evidence, OperationKind
from contracts.receipts import Copy, PrintJobView, SlipOf
from contracts.sales import Method, OperationView, SaleState, TenderState, TenderView
from contracts.stores import (
    PrinterEntry,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    printer_of,
)
from front.pages.paper import Paper, has_receipt, slip_jobs, slips_offered
from front.pages.papers import PapersShown, SlipShown, Standing, picked_paper
from testkit.papers import sold

AT = datetime(2026, 5, 25, 6, 45, tzinfo=UTC)


def operation(kind: OperationKind, state: str, source: str = "result") -> OperationView:
    return OperationView(
        id=f"0190f1c4-0000-7000-8000-{kind.value:>012}",
        kind=kind,
        state=state,
        slip_number="00119",
        at=AT,
        evidence=Evidence(source=source, at=AT),
    )


def tender(state: TenderState, *operations: OperationView, **more: Any) -> TenderView:
    fields: dict[str, Any] = {
        "number": 1,
        "method": Method.TERMINAL,
        "media": "card",
        "amount": Yen(165),
        "state": state,
        "counted": state is TenderState.APPROVED,
        "operations": operations,
    }
    return TenderView(**fields | more)


PAID = operation(OperationKind.PAYMENT, "approved")
BACK = operation(OperationKind.VOID, "refunded")


def offered(one: TenderView, state: SaleState = SaleState.PAID) -> list[tuple[SlipOf, bool]]:
    slips = slips_offered(replace(sold(), state=state, tenders=(one,)))
    return [(slip.of, slip.in_time) for slip in slips]


@pytest.mark.parametrize(
    ("state", "in_time"),
    [
        (SaleState.OPEN, True),
        (SaleState.PAID, True),
        (SaleState.CLOSED, False),
        (SaleState.VOIDED, False),
    ],
)
def test_a_payments_slip_is_the_registers_until_the_sale_is_closed(
    state: SaleState, *, in_time: bool
) -> None:
    assert offered(tender(TenderState.APPROVED, PAID), state) == [(SlipOf.PAYMENT, in_time)]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_refunds_slip_is_the_registers_until_its_ok_even_of_a_voided_sale(
    *, acknowledged: bool
) -> None:
    given_back = replace(PAID, state="refunded")
    one = tender(TenderState.REFUNDED, given_back, BACK, acknowledged=acknowledged)
    assert offered(one, SaleState.VOIDED) == [
        (SlipOf.PAYMENT, False),
        (SlipOf.REFUND, not acknowledged),
    ]


@pytest.mark.parametrize(
    "one",
    [
        tender(TenderState.APPROVED, PAID, media="code"),
        tender(TenderState.APPROVED, PAID, method=Method.CASH),
        tender(TenderState.APPROVED, replace(PAID, evidence=Evidence(source="manager", at=AT))),
        tender(TenderState.DECLINED, replace(PAID, state="declined")),
        tender(TenderState.IN_DOUBT, replace(PAID, state="in_doubt")),
    ],
)
def test_codes_cash_what_a_manager_vouched_for_and_what_did_not_happen_have_no_slip(
    one: TenderView,
) -> None:
    assert offered(one) == []


def test_a_receipt_is_there_once_nothing_is_owed() -> None:
    there = [state for state in SaleState if has_receipt(replace(sold(), state=state))]
    assert set(there) == {SaleState.PAID, SaleState.CLOSED, SaleState.VOIDED}


def test_the_jobs_of_one_slip_are_not_those_of_another_or_of_the_receipt() -> None:
    def job(name: str, **more: Any) -> PrintJobView:
        fields: dict[str, Any] = {
            "sale": "s",
            "store": "S001",
            "register": "R1",
            "what": "slip",
            "state": "printed",
            "requested_at": AT,
            "tender": 1,
            "operation": SlipOf.PAYMENT,
        }
        return PrintJobView(id=name, **fields | more)

    jobs = (
        job("mine"),
        job("refund", operation=SlipOf.REFUND),
        job("other", tender=2),
        job("receipt", what="receipt", tender=None, operation=None),
    )
    assert [one.id for one in slip_jobs(jobs, 1, SlipOf.PAYMENT)] == ["mine"]


@pytest.mark.parametrize(
    ("register", "printer"), [("R1", "P1"), ("R2", "P1"), ("R3", "P2"), ("R4", None), ("R9", None)]
)
def test_a_sub_register_without_a_printer_prints_on_its_main_ones(
    register: str, printer: str | None
) -> None:
    configuration = StoreConfiguration(
        company="DEMO",
        store="S001",
        name="渋谷店",
        version=1,
        terminal_option=True,
        terminals=(),
        settings=StoreSettings(),
        registers=(
            RegisterEntry(register="R1", name="1", printer="P1"),
            RegisterEntry(register="R2", name="2", main_register="R1"),
            RegisterEntry(register="R3", name="3", main_register="R1", printer="P2"),
            RegisterEntry(register="R4", name="4"),
        ),
        printers=(
            PrinterEntry(printer="P1", host="127.0.0.1"),
            PrinterEntry(printer="P2", host="127.0.0.1", columns=32),
        ),
    )
    found = printer_of(configuration, register)
    assert (None if found is None else found.printer) == printer


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        ("1.payment.customer", "tenders/1/slips/customer.svg?operation=payment&columns=32"),
        ("1.payment.merchant", None),
        ("2.payment.customer", None),
        ("receipt", "receipt.svg?columns=32"),
        ("", None),
        ("<script>", None),
    ],
)
def test_details_show_only_the_paper_that_the_person_may_look_at(
    asked: str, source: str | None
) -> None:
    sale = replace(sold(), tenders=(tender(TenderState.APPROVED, PAID),))
    (slip,) = slips_offered(sale)
    none = Standing(state=Paper.NONE)
    papers = PapersShown(
        slips=(SlipShown(offered=slip, standing=none, prints=True, copies=(Copy.CUSTOMER,)),),
        receipt=none,
        columns=32,
    )
    picked = picked_paper(papers, sale, asked)
    wanted = None if source is None else f"/api/v1/sales/{sale.id}/{source}"
    assert (None if picked is None else picked.source) == wanted
