"""The register's screen follows from the sale; the address only chooses where the sale lets it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from contracts.cases import CaseView
from contracts.money import Yen
from contracts.sales import (
    Line,
    Method,
    RegisterView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from front.pages.stage import (
    Asked,
    Stage,
    doubts_open,
    live_count,
    open_cases,
    rail_step,
    stage_of,
    standing,
    to_stand_for,
)

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
            shown = stage_of(register(tender(state), balance=0), asked)
            assert shown.tender is not None


def test_the_rest_of_a_sale_is_paid_beside_a_doubt_that_every_screen_of_it_tells() -> None:
    doubt = tender(TenderState.IN_DOUBT)
    assert stage_of(register(doubt, balance=100), Asked(step="tender")).stage is Stage.DOUBT
    shown = stage_of(register(doubt, balance=100), Asked(step="tender", seen=1))
    assert shown.stage is Stage.TENDER
    assert doubts_open(shown.sale) == (doubt,)
    asked = Asked(step="confirm", method="terminal", amount=100, seen=1)
    assert stage_of(register(doubt, balance=100), asked).stage is Stage.CONFIRM
    assert stage_of(register(doubt, balance=0), Asked(seen=1)).stage is Stage.DOUBT


@pytest.mark.parametrize("state", [TenderState.REQUESTED, TenderState.IN_PROGRESS])
def test_after_stopping_to_wait_the_dialog_stays_until_its_ok(state: TenderState) -> None:
    cut = tender(state, disconnected=True)
    assert stage_of(register(cut), Asked(step="tender")).stage is Stage.DISCONNECTED
    assert stage_of(register(cut), Asked(home=2)).stage is Stage.DISCONNECTED
    assert stage_of(register(cut), Asked(home=1)).stage is Stage.PROCESSING
    doubted = replace(cut, state=TenderState.IN_DOUBT)
    assert stage_of(register(doubted), Asked()).stage is Stage.DISCONNECTED
    assert stage_of(register(doubted), Asked(home=1)).stage is Stage.DOUBT


def test_a_doubt_may_be_put_on_hold_for_the_next_customer_but_not_a_payment_at_work() -> None:
    asked = Asked(step="ring_up")
    assert stage_of(register(tender(TenderState.IN_DOUBT)), asked).stage is Stage.RING_UP
    assert stage_of(register(tender(TenderState.IN_PROGRESS)), asked).stage is Stage.PROCESSING
    assert stage_of(register(tender(TenderState.APPROVED)), asked).stage is Stage.COMPLETE
    assert stage_of(register(), asked).stage is Stage.RING_UP
    paid = register(state=SaleState.PAID, balance=0)
    assert stage_of(paid, asked).stage is Stage.SETTLED


def test_a_payment_beside_a_doubt_has_its_moment_before_the_doubt_comes_back() -> None:
    doubt, paid = tender(TenderState.IN_DOUBT, 1), tender(TenderState.APPROVED, 2)
    assert stage_of(register(doubt, paid), Asked()).stage is Stage.COMPLETE
    seen = replace(paid, acknowledged=True)
    assert stage_of(register(doubt, seen), Asked()).stage is Stage.DOUBT


def test_dead_tenders_take_none_of_the_five_places() -> None:
    live = [tender(TenderState.APPROVED, number) for number in (1, 2)]
    dead = [
        tender(state, number)
        for number, state in enumerate(
            (
                TenderState.DECLINED,
                TenderState.CANCELLED,
                TenderState.NOT_PERFORMED,
                TenderState.REFUNDED,
            ),
            start=3,
        )
    ]
    sale = register(*live, *dead).active
    assert sale is not None
    assert live_count(sale) == 2


def test_only_a_released_doubt_that_nothing_stands_for_is_offered_a_stand_in() -> None:
    doubted = tender(TenderState.IN_DOUBT, 1)
    released = tender(TenderState.IN_DOUBT, 2, released_by="cashier")
    taken = tender(TenderState.IN_DOUBT, 3, released_by="cashier")
    other = tender(TenderState.APPROVED, 4, method=Method.OTHER, stands_for=3)
    sale = register(doubted, released, taken, other).active
    assert sale is not None
    assert [one.number for one in to_stand_for(sale)] == [2]
    assert [one.number for one in doubts_open(sale)] == [1, 2, 3]
    assert doubts_open(None) == ()


def test_a_sale_on_hold_says_what_is_open_about_it() -> None:
    def said(view: RegisterView) -> str:
        assert view.active is not None
        return standing(view.active)

    assert said(register()) == "open"
    assert said(register(state=SaleState.PAID, balance=0)) == "paid"
    assert said(register(tender(TenderState.IN_DOUBT, released_by="cashier"))) == "doubt"


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
