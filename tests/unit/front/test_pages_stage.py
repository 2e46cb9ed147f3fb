"""The register's screen follows from the sale; the address only chooses where the sale lets it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from contracts.money import Yen
from contracts.sales import (
    CaseView,
    Line,
    Method,
    RegisterView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from front.pages.stage import Asked, Stage, open_cases, rail_step, stage_of

NOW = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)
SALE = "0190f1c4-0000-7000-8000-000000000001"


def tender(state: TenderState, number: int = 1, **more: Any) -> TenderView:
    fields: dict[str, Any] = {
        "number": number,
        "method": Method.TERMINAL,
        "amount": Yen(165),
        "state": state,
        "counted": state is TenderState.APPROVED,
    }
    return TenderView(**fields | more)


def register(
    *tenders: TenderView, state: SaleState = SaleState.OPEN, balance: int = 165
) -> RegisterView:
    sale = SaleView(
        id=SALE,
        number="S001-20260525-0001",
        store="S001",
        register="R1",
        business_date="2026-05-25",
        state=state,
        total=Yen(165),
        paid=Yen(165 - balance),
        pending=Yen(0),
        balance=Yen(balance),
        change=Yen(0),
        void_due=False,
        lines=(Line(name="コーヒー", quantity=1, unit_price=Yen(165), tax_rate=10),),
        tenders=tenders,
        cases=(),
        operator="cashier",
        parked=False,
        opened_at=NOW,
        closed_at=None,
        sequence=1,
    )
    closed = state is SaleState.CLOSED
    return RegisterView(
        store="S001",
        register="R1",
        active=None if closed else sale,
        parked=(),
        closed_last=sale if closed else None,
    )


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        (TenderState.REQUESTED, Stage.PROCESSING),
        (TenderState.IN_PROGRESS, Stage.PROCESSING),
        (TenderState.IN_DOUBT, Stage.DOUBT),
        (TenderState.APPROVED, Stage.COMPLETE),
        (TenderState.DECLINED, Stage.ENDED),
        (TenderState.CANCELLED, Stage.ENDED),
        (TenderState.NOT_PERFORMED, Stage.ENDED),
    ],
)
@pytest.mark.parametrize("step", ["", "tender", "amount", "confirm", "nonsense"])
def test_a_terminal_tender_commands_the_screen_whatever_the_address_says(
    state: TenderState, stage: Stage, step: str
) -> None:
    shown = stage_of(register(tender(state)), Asked(step=step, method="terminal", amount=100))
    assert shown.stage is stage
    assert shown.tender is not None


def test_a_closed_message_stays_closed_but_the_next_one_is_shown() -> None:
    first, second = tender(TenderState.CANCELLED, 1), tender(TenderState.DECLINED, 2)
    assert stage_of(register(first), Asked(seen=1)).stage is Stage.TENDER
    assert stage_of(register(first, second), Asked(seen=1)).stage is Stage.ENDED


def test_a_released_doubt_lets_the_sale_go_on() -> None:
    doubt = tender(TenderState.IN_DOUBT, released_by="cashier")
    assert doubt.released_by is not UNSET
    assert stage_of(register(doubt), Asked()).stage is Stage.TENDER


def test_an_acknowledged_approval_leads_back_to_the_balance_or_to_the_close() -> None:
    paid = tender(TenderState.APPROVED, acknowledged=True)
    assert stage_of(register(paid, balance=100), Asked()).stage is Stage.TENDER
    settled = stage_of(register(paid, state=SaleState.PAID, balance=0), Asked(step="amount"))
    assert settled.stage is Stage.SETTLED


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        (Asked(step="amount", method="terminal"), Stage.AMOUNT),
        (Asked(step="amount", method="cash"), Stage.AMOUNT),
        (Asked(step="amount", method="gold"), Stage.TENDER),
        (Asked(step="confirm", method="terminal", amount=165), Stage.CONFIRM),
        (Asked(step="confirm", method="terminal", amount=166), Stage.AMOUNT),
        (Asked(step="confirm", method="terminal"), Stage.AMOUNT),
        (Asked(step="processing"), Stage.TENDER),
        (Asked(), Stage.TENDER),
    ],
)
def test_the_address_chooses_within_an_open_sale(asked: Asked, stage: Stage) -> None:
    assert stage_of(register(), asked).stage is stage


@pytest.mark.parametrize("step", ["amount", "confirm"])
def test_a_register_without_a_terminal_is_never_asked_to_confirm_one(step: str) -> None:
    asked = Asked(step=step, method="terminal", amount=165)
    assert stage_of(register(), asked, has_terminal=False).stage is Stage.TENDER
    by_hand = Asked(step="amount", method="cash")
    assert stage_of(register(), by_hand, has_terminal=False).stage is Stage.AMOUNT


@pytest.mark.parametrize("method", ["cash", "other", ""])
def test_only_what_goes_to_the_terminal_is_confirmed(method: str) -> None:
    shown = stage_of(register(), Asked(step="confirm", method=method, amount=165))
    assert shown.stage is not Stage.CONFIRM


def test_no_address_hides_money() -> None:
    for state in (TenderState.REQUESTED, TenderState.IN_DOUBT, TenderState.APPROVED):
        for number in (0, 1, 2):
            asked = Asked(step="tender", seen=number, done=SALE)
            assert stage_of(register(tender(state)), asked).tender is not None


def test_what_the_two_sides_disagree_on_stays_in_sight_until_it_is_settled() -> None:
    def case(number: int, state: str) -> CaseView:
        return CaseView(
            id=f"0190f1c4-0000-7000-8000-00000000000{number}",
            kind="paid_twice",
            store="S001",
            register="R1",
            sale=SALE,
            tender=1,
            amount=Yen(165),
            evidence={},
            opened_at=NOW,
            ways=("accept",),
            state=state,
        )

    sale = register().active
    assert sale is not None
    told = replace(sale, cases=(case(1, "open"), case(2, "settled")))
    assert [one.id[-1] for one in open_cases(told)] == ["1"]
    assert open_cases(None) == ()


def test_the_completed_sale_is_shown_once_asked_for_and_then_the_next_one_is_rung_up() -> None:
    done = register(state=SaleState.CLOSED, balance=0)
    assert stage_of(done, Asked(done=SALE)).stage is Stage.CLOSED
    assert stage_of(done, Asked()).stage is Stage.RING_UP
    assert stage_of(done, Asked(done="another")).stage is Stage.RING_UP


def test_the_rail_follows_the_terminal_and_never_leaves_its_five_steps() -> None:
    steps = [rail_step(name) for name in (None, "choose_media", "read_card", "centre", "approved")]
    assert steps == [0, 1, 2, 3, 4]
    assert rail_step("a screen of tomorrow") == 0
