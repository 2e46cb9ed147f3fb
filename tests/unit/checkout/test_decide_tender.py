"""Refusals have names and an order; what follows them cannot fail."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_tender
from checkout.holds import holds_of
from checkout.model import Decision, Refused
from contracts.envelope import Authority, Role
from contracts.sales import AddTender, Method, SaleState, TenderState


def refusal(decided: Decision | Refused) -> str:
    assert isinstance(decided, Refused), decided
    return decided.code


def after(decided: Decision | Refused) -> Any:
    assert isinstance(decided, Decision), decided
    return decided.sale


def test_a_terminal_tender_is_requested_and_its_amount_set_apart(build: Any) -> None:
    decided = build.add(build.sale(total=1000), 400)
    assert isinstance(decided, Decision)
    assert decided.start is not None
    assert (decided.start.amount, decided.start.tender) == (400, 1)
    assert [event.name for event in decided.happened] == ["tender_requested"]
    sale = decided.sale
    assert (sale.paid, sale.pending, sale.balance) == (0, 400, 600)
    assert sale.tenders[0].state is TenderState.REQUESTED
    assert sale.sequence == 2


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (SaleState.PAID, "nothing_owed"),
        (SaleState.CLOSED, "sale_closed"),
        (SaleState.VOIDED, "sale_voided"),
        (SaleState.ABANDONED, "sale_abandoned"),
    ],
)
def test_only_an_open_sale_takes_a_tender(build: Any, state: SaleState, code: str) -> None:
    assert refusal(build.add(build.sale(state=state))) == code


def test_refusals_come_in_the_order_of_the_specification(build: Any) -> None:
    doubtful = build.tender(TenderState.IN_DOUBT, amount=1, number=1)
    cash = [build.cash(1, number=number) for number in range(2, 6)]
    wrong_amount = 10_000_000
    everything_wrong = build.sale(doubtful, *cash, total=100, state=SaleState.CLOSED)
    busy = build.at_hand(busy_with=build.other_operation)
    assert refusal(build.add(everything_wrong, wrong_amount, at_hand=busy)) == "sale_closed"
    is_open = replace(everything_wrong, state=SaleState.OPEN)
    assert refusal(build.add(is_open, wrong_amount, at_hand=busy)) == "tender_in_doubt"
    released = replace(
        is_open, tenders=(replace(doubtful, released_by="cashier"), *is_open.tenders[1:])
    )
    assert refusal(build.add(released, wrong_amount, at_hand=busy)) == "terminal_busy"
    assert refusal(build.add(released, wrong_amount)) == "too_many_tenders"
    fewer = replace(released, tenders=released.tenders[:4])
    assert refusal(build.add(fewer, wrong_amount)) == "invalid_amount"
    assert refusal(build.add(fewer, 98)) == "amount_exceeds_balance"
    assert after(build.add(fewer, 97)).pending == 97


def test_a_register_without_a_terminal_says_so(build: Any) -> None:
    asked = AddTender(sale=build.sale().id, method=Method.TERMINAL, amount=165)
    decided = decide_tender.add_tender(build.sale(), asked, at_hand=None, moment=build.moment())
    assert refusal(decided) == "no_terminal_paired"


@pytest.mark.parametrize("amount", [0, -1, 10_000_000, -10_000_000])
@pytest.mark.parametrize("method", list(Method))
def test_an_amount_that_is_none_is_refused(build: Any, amount: int, method: Method) -> None:
    assert refusal(build.add(build.sale(), amount, method=method)) == "invalid_amount"


def test_dead_tenders_do_not_count_towards_the_five(build: Any) -> None:
    dead = [
        build.tender(state, amount=1, number=number)
        for number, state in enumerate(
            [TenderState.DECLINED, TenderState.CANCELLED, TenderState.NOT_PERFORMED], 1
        )
    ]
    live = [build.cash(1, number=number) for number in range(4, 8)]
    sale = build.sale(*dead, *live, total=100)
    assert len(after(build.add(sale, 1)).tenders) == 8
    full = after(build.add(sale, 1, method=Method.CASH))
    assert refusal(build.add(full, 1, method=Method.CASH)) == "too_many_tenders"


def test_cash_gives_change_and_pays_the_sale(build: Any) -> None:
    sale = after(build.add(build.sale(), 165, method=Method.CASH, received=200))
    assert (sale.state, sale.paid, sale.change) == (SaleState.PAID, 165, 35)


@pytest.mark.parametrize(
    ("method", "told", "code"),
    [
        (Method.CASH, {"received": 164}, "received_too_small"),
        (Method.CASH, {"received": 0}, "invalid_amount"),
        (Method.CASH, {"received": 10_000_000}, "invalid_amount"),
        (Method.CASH, {"kind": "gift"}, "invalid_body"),
        (Method.CASH, {"stands_for": 1}, "invalid_body"),
        (Method.OTHER, {}, "kind_required"),
        (Method.OTHER, {"kind": "gift", "received": 165}, "invalid_body"),
        (Method.OTHER, {"kind": "gift", "stands_for": 7}, "stands_for_not_in_doubt"),
        (Method.TERMINAL, {"received": 165}, "invalid_body"),
    ],
)
def test_details_that_do_not_fit_the_method_are_refused(
    build: Any, method: Method, told: dict[str, Any], code: str
) -> None:
    assert refusal(build.add(build.sale(), 165, method=method, **told)) == code


def test_one_other_tender_may_stand_for_a_released_one_in_doubt(build: Any) -> None:
    doubted = build.tender(TenderState.IN_DOUBT, released_by="cashier", amount=100)
    sale = build.sale(doubted, total=300)
    told: dict[str, Any] = {"method": Method.OTHER, "kind": "手書き", "stands_for": 1}
    assert refusal(build.add(sale, 101, **told)) == "amount_exceeds_balance"
    standing = after(build.add(sale, 100, **told))
    assert standing.tenders[1].stands_for == 1
    assert refusal(build.add(standing, 100, **told)) == "stands_for_not_in_doubt"


def test_a_number_once_given_is_never_given_again(build: Any) -> None:
    sale = after(build.add(build.sale(), 100, method=Method.CASH))
    removed = after(decide_tender.remove_tender(sale, 1, build.moment()))
    assert removed.tenders == ()
    assert after(build.add(removed, 100, method=Method.CASH)).tenders[0].number == 2


def test_removing_cash_makes_a_paid_sale_open_again(build: Any) -> None:
    sale = build.sale(build.cash(165, number=1), state=SaleState.PAID)
    assert after(decide_tender.remove_tender(sale, 1, build.moment())).state is SaleState.OPEN


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (TenderState.REQUESTED, "terminal_busy"),
        (TenderState.IN_PROGRESS, "terminal_busy"),
        (TenderState.IN_DOUBT, "tender_in_doubt"),
        (TenderState.APPROVED, "tender_settled"),
        (TenderState.DECLINED, "tender_settled"),
    ],
)
def test_a_terminal_tender_is_not_removed_by_hand(
    build: Any, state: TenderState, code: str
) -> None:
    sale = build.sale(build.tender(state))
    assert refusal(decide_tender.remove_tender(sale, 1, build.moment())) == code
    assert refusal(decide_tender.remove_tender(sale, 9, build.moment())) == "unknown_tender"


def test_a_closed_sale_keeps_its_cash(build: Any) -> None:
    sale = build.sale(build.cash(165, number=1), state=SaleState.CLOSED)
    assert refusal(decide_tender.remove_tender(sale, 1, build.moment())) == "sale_closed"


def test_a_disconnect_asks_the_terminal_to_stop_and_is_told_once(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_PROGRESS))
    first = decide_tender.disconnect_tender(sale, 1, build.moment())
    assert isinstance(first, Decision)
    assert first.abort is not None
    assert first.sale.tenders[0].disconnected
    assert first.sale.tenders[0].state is TenderState.IN_PROGRESS
    again = decide_tender.disconnect_tender(first.sale, 1, build.moment())
    assert isinstance(again, Decision)
    assert again.happened == ()
    assert again.abort == first.abort


def test_a_disconnect_in_doubt_is_answered_again_without_a_change(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT))
    decided = decide_tender.disconnect_tender(sale, 1, build.moment())
    assert decided == Decision(sale=sale)


SETTLED = [
    TenderState.APPROVED,
    TenderState.DECLINED,
    TenderState.CANCELLED,
    TenderState.NOT_PERFORMED,
]


@pytest.mark.parametrize("state", SETTLED)
def test_nothing_is_stopped_that_has_ended(build: Any, state: TenderState) -> None:
    sale = build.sale(build.tender(state))
    assert refusal(decide_tender.disconnect_tender(sale, 1, build.moment())) == "tender_settled"
    assert refusal(decide_tender.cancel_tender(sale, 1)) == "tender_settled"
    assert refusal(decide_tender.cancel_tender(sale, 2)) == "unknown_tender"


@pytest.mark.parametrize(
    "state", [TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT]
)
def test_a_cancel_changes_nothing_by_itself(build: Any, state: TenderState) -> None:
    sale = build.sale(build.tender(state))
    decided = decide_tender.cancel_tender(sale, 1)
    assert isinstance(decided, Decision)
    assert (decided.sale, decided.happened) == (sale, ())
    assert decided.abort is not None
    assert decided.abort.operation_id == build.operation


def test_a_release_frees_the_amount_and_the_terminal(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT))
    assert sale.balance == 0
    released = after(decide_tender.release_tender(sale, 1, build.moment()))
    assert (released.balance, released.pending) == (165, 0)
    assert released.tenders[0].released_by == "cashier"
    again = decide_tender.release_tender(released, 1, build.moment())
    assert again == Decision(sale=released)


@pytest.mark.parametrize("state", [TenderState.REQUESTED, TenderState.IN_PROGRESS, *SETTLED])
def test_only_a_doubt_is_released(build: Any, state: TenderState) -> None:
    sale = build.sale(build.tender(state))
    assert refusal(decide_tender.release_tender(sale, 1, build.moment())) == "not_in_doubt"


def test_an_approval_is_acknowledged_once(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED))
    done = after(decide_tender.acknowledge_tender(sale, 1, build.moment()))
    assert done.tenders[0].acknowledged
    again = decide_tender.acknowledge_tender(done, 1, build.moment())
    assert again == Decision(sale=done)


def test_a_withdrawn_tender_leaves_nothing_but_its_event(build: Any) -> None:
    sale = after(build.add(build.sale()))
    operation = sale.tenders[0].operation.id
    decided = decide_tender.withdraw_tender(sale, operation, build.moment())
    assert (decided.sale.tenders, decided.sale.pending) == ((), 0)
    assert [event.name for event in decided.happened] == ["tender_withdrawn"]
    again = decide_tender.withdraw_tender(decided.sale, operation, build.moment())
    assert again.happened == ()


@pytest.mark.parametrize("state", [TenderState.IN_PROGRESS, TenderState.IN_DOUBT, *SETTLED])
def test_what_has_moved_on_is_not_withdrawn(build: Any, state: TenderState) -> None:
    sale = build.sale(build.tender(state))
    decided = decide_tender.withdraw_tender(sale, build.operation, build.moment())
    assert decided == Decision(sale=sale)


# --- a named override while another tender is in doubt ---


def overriding(role: Role = Role.MANAGER, stores: tuple[str, ...] = ()) -> Authority:
    return Authority(operator="boss", role=role, stores=stores)


@pytest.mark.parametrize(
    ("authority", "code"),
    [
        (None, "tender_in_doubt"),
        (overriding(Role.CASHIER), "authorisation_required"),
        (overriding(Role.AUDITOR), "authorisation_required"),
        (overriding(stores=("S002",)), "authorisation_required"),
    ],
)
def test_no_further_payment_goes_out_in_doubt_without_a_managers_name(
    build: Any, authority: Authority | None, code: str
) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT), total=330)
    assert refusal(build.add(sale, authority=authority)) == code
    assert refusal(build.add(sale, authority=authority, amount=999_999)) == code


@pytest.mark.parametrize("authority", [overriding(), overriding(Role.ADMIN, ("S001",))])
def test_an_override_is_kept_with_its_name_and_goes_out(build: Any, authority: Authority) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT), total=330)
    decided = build.add(sale, authority=authority)
    assert isinstance(decided, Decision)
    assert decided.start is not None
    first, second = decided.sale.tenders
    assert (second.authorised_by, second.state) == ("boss", TenderState.REQUESTED)
    assert first.authorised_by is None
    assert decided.happened[0].sale.tenders[1].authorised_by == "boss"
    held = [hold.operation_id for hold in holds_of(decided.sale).values() if hold.holds_terminal]
    assert held == [second.operation.id]


def test_an_override_does_not_ask_for_the_doubted_money_again(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT), total=330)
    decided = build.add(sale, 166, authority=overriding())
    assert isinstance(decided, Refused)
    assert (decided.code, decided.fields["balance"]) == ("amount_exceeds_balance", 165)
    covered = build.sale(build.tender(TenderState.IN_DOUBT))
    assert refusal(build.add(covered, 1, authority=overriding())) == "amount_exceeds_balance"


def test_an_override_lets_go_of_the_doubted_operation_and_of_no_other(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT), total=330)
    itself = build.at_hand(busy_with=build.operation)
    assert after(build.add(sale, authority=overriding(), at_hand=itself)).pending == 330
    other = build.at_hand(busy_with=build.other_operation)
    assert refusal(build.add(sale, authority=overriding(), at_hand=other)) == "terminal_busy"


def test_a_name_given_without_need_is_not_kept(build: Any) -> None:
    for sale in (
        build.sale(total=330),
        build.sale(build.tender(TenderState.IN_DOUBT, released_by="cashier"), total=330),
    ):
        decided = after(build.add(sale, authority=overriding()))
        assert decided.tenders[-1].authorised_by is None


def test_cash_needs_no_override(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.IN_DOUBT), total=330)
    assert after(build.add(sale, method=Method.CASH)).paid == 165
