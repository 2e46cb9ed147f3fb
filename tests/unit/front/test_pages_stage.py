"""The register's screen follows from the sale; the address only chooses where the sale lets it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from contracts.cases import CaseView
from contracts.money import Yen
from contracts.operations import OperationKind
from contracts.sales import (
    Line,
    Method,
    OperationView,
    RegisterView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from front.pages.stage import (
    Asked,
    Stage,
    asked_of,
    doubts_open,
    live_count,
    money_back,
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


def with_refund(state: TenderState, operation: str, **more: Any) -> TenderView:
    """A terminal tender that was acknowledged, and then asked to be given back."""
    asked = OperationView(
        id=SALE, kind=OperationKind.VOID, state=operation, slip_number=None, at=NOW
    )
    return tender(state, operations=(asked,), **{"acknowledged": True} | more)


REFUNDING = with_refund(TenderState.REFUNDING, "refunding")
REFUNDED = with_refund(TenderState.REFUNDED, "refunded", acknowledged=False)
REFUND_DOUBT = with_refund(TenderState.REFUND_IN_DOUBT, "refund_in_doubt")
NOT_GIVEN_BACK = with_refund(TenderState.APPROVED, "cancelled")


@pytest.mark.parametrize("step", ["", "tender", "refund", "ring_up", "confirm"])
@pytest.mark.parametrize(
    ("one", "stage"), [(REFUNDING, Stage.REFUNDING), (REFUNDED, Stage.REFUNDED)]
)
def test_money_on_its_way_back_commands_the_screen(
    one: TenderView, stage: Stage, step: str
) -> None:
    for sale_state, balance in ((SaleState.OPEN, 100), (SaleState.PAID, 0)):
        view = register(one, state=sale_state, balance=balance)
        assert stage_of(view, Asked(step=step, seen=1, refund=1)).stage is stage


def test_a_refund_that_nobody_waits_for_shows_the_terminal_until_it_is_home() -> None:
    cut = replace(REFUNDING, disconnected=True)
    assert stage_of(register(cut), Asked()).stage is Stage.REFUND_DISCONNECTED
    assert stage_of(register(cut), Asked(home=1)).stage is Stage.REFUNDING
    doubted = replace(REFUND_DOUBT, disconnected=True)
    assert stage_of(register(doubted), Asked()).stage is Stage.REFUND_DISCONNECTED
    assert stage_of(register(doubted), Asked(home=1)).stage is Stage.REFUND_DOUBT


def test_a_refund_in_doubt_stays_in_sight_until_the_sale_goes_on_without_it() -> None:
    paid = register(REFUND_DOUBT, state=SaleState.PAID, balance=0)
    assert stage_of(paid, Asked(step="tender", seen=1)).stage is Stage.REFUND_DOUBT
    assert stage_of(paid, Asked(step="ring_up")).stage is Stage.RING_UP
    released = replace(REFUND_DOUBT, released_by="cashier")
    on = register(released, state=SaleState.PAID, balance=0)
    assert stage_of(on, Asked()).stage is Stage.SETTLED


def test_only_what_the_terminal_holds_is_asked_about_and_told_of_when_it_stays() -> None:
    asked = Asked(step="refund", refund=1)
    paid = tender(TenderState.APPROVED, acknowledged=True)
    assert stage_of(register(paid, balance=100), asked).stage is Stage.REFUND
    cash = replace(paid, method=Method.CASH)
    assert stage_of(register(cash, balance=100), asked).stage is Stage.TENDER
    assert stage_of(register(paid, balance=100), Asked(refund=1)).stage is Stage.TENDER
    stands = register(NOT_GIVEN_BACK, balance=100)
    assert stage_of(stands, Asked(refund=1)).stage is Stage.REFUND_ENDED
    assert stage_of(stands, asked).stage is Stage.REFUND
    assert stage_of(stands, Asked()).stage is Stage.TENDER


def test_of_a_closed_sale_the_same_screens_are_shown_and_a_find_by_journal_is_no_moment() -> None:
    def shown(one: TenderView, asked: Asked, *, due: bool = True) -> Stage | None:
        sale = register(one, state=SaleState.CLOSED, balance=0).closed_last
        assert sale is not None
        found = money_back(replace(sale, void_due=due), asked)
        return None if found is None else found.stage

    assert shown(REFUNDING, Asked()) is Stage.REFUNDING
    assert shown(REFUNDED, Asked()) is Stage.REFUNDED
    assert shown(REFUNDED, Asked(), due=False) is None
    assert shown(REFUNDED, Asked(refund=1), due=False) is Stage.REFUNDED
    assert shown(REFUND_DOUBT, Asked(step="ring_up")) is Stage.REFUND_DOUBT
    assert shown(REFUND_DOUBT, Asked(seen=1)) is None
    assert shown(NOT_GIVEN_BACK, Asked(refund=1)) is Stage.REFUND_ENDED
    assert shown(tender(TenderState.APPROVED), Asked(step="refund", refund=1)) is Stage.REFUND
    by_journal = tender(TenderState.REFUNDED)
    assert shown(by_journal, Asked()) is None
    assert shown(by_journal, Asked(refund=1)) is Stage.REFUNDED
    assert shown(replace(REFUNDED, acknowledged=True), Asked(refund=1)) is None


def test_the_address_of_a_refund_is_read_and_nonsense_left_out() -> None:
    assert asked_of({"step": "refund", "refund": "2", "home": "x", "seen": "12345678901"}) == Asked(
        step="refund", refund=2
    )
