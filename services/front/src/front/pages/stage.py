"""Which of the register's screens to show.

Decided by the sale, and by the address only where the sale leaves a choice: a reload, a second tab
or a crash always lands where the money is.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import UNSET, Struct

from contracts.cases import CaseView
from contracts.operations import OperationKind
from contracts.sales import (
    Method,
    RegisterView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)


class Stage(StrEnum):
    """The screens of a register; each is a template of this name."""

    RING_UP = "ring_up"
    TENDER = "tender"
    AMOUNT = "amount"
    CONFIRM = "confirm"
    PROCESSING = "processing"
    DISCONNECTED = "disconnected"
    DOUBT = "doubt"
    COMPLETE = "complete"
    ENDED = "ended"
    SETTLED = "settled"
    CLOSED = "closed"
    REFUND = "refund"
    REFUNDING = "refunding"
    REFUND_DISCONNECTED = "refund_disconnected"
    REFUND_DOUBT = "refund_doubt"
    REFUND_ENDED = "refund_ended"
    REFUNDED = "refunded"


class Asked(Struct, frozen=True, kw_only=True):
    """What stands in the address: a step within an open sale, and what was already seen."""

    step: str = ""
    method: str = ""
    amount: int = 0
    seen: int = 0
    """The number of a declined or cancelled tender whose message was closed, or of one in doubt
    beside which the rest of the sale is paid: every screen of that says that it is in doubt."""
    home: int = 0
    """The number of the tender after whose 切断する the terminal was home, and OK was tapped."""
    stands_for: int = 0
    """The number of the tender in doubt that an その他支払 is to stand for."""
    done: str = ""
    """The sale whose 会計完了 is shown."""
    refund: int = 0
    """The number of the tender that is given back: asked about, and then followed to its end."""


_DIGITS_MAX: Final = 9
"""They hold any amount."""


def asked_of(query: Mapping[str, str]) -> Asked:
    """Return what the address asks for; what it cannot mean is left out."""

    def number(name: str) -> int:
        text = query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else 0

    return Asked(
        step=query.get("step", ""),
        method=query.get("method", ""),
        amount=number("amount"),
        seen=number("seen"),
        home=number("home"),
        stands_for=number("stands_for"),
        done=query.get("done", ""),
        refund=number("refund"),
    )


class Shown(Struct, frozen=True, kw_only=True):
    """A screen, the sale that it is about, and the tender in front."""

    stage: Stage
    sale: SaleView | None = None
    tender: TenderView | None = None


WAITING: Final = (TenderState.REQUESTED, TenderState.IN_PROGRESS)
ENDED: Final = (TenderState.DECLINED, TenderState.CANCELLED, TenderState.NOT_PERFORMED)
IN_DOUBT: Final = (TenderState.IN_DOUBT, TenderState.REFUND_IN_DOUBT)
DEAD: Final = (*ENDED, TenderState.REFUNDED)
"""States of a tender that pays nothing any more: it takes no place among the five."""


def stage_of(register: RegisterView, asked: Asked, *, has_terminal: bool = True) -> Shown:
    """Return the screen that a register shows; without a terminal none is offered one."""
    sale = register.active
    if sale is None:
        last = register.closed_last
        if last is not None and asked.done == last.id:
            return Shown(stage=Stage.CLOSED, sale=last)
        return Shown(stage=Stage.RING_UP)
    return _of_terminal(sale, asked) or _of_balance(sale, asked, has_terminal=has_terminal)


def _of_terminal(sale: SaleView, asked: Asked) -> Shown | None:
    """Return the screen that a terminal tender commands, whatever the address says."""
    for tender in sale.tenders:
        if tender.state in WAITING:
            stage = Stage.DISCONNECTED if _dialog_is_open(tender, asked) else Stage.PROCESSING
            return Shown(stage=stage, sale=sale, tender=tender)
    on_its_way = _money_on_its_way(sale, asked)
    if on_its_way is not None:
        return on_its_way
    for tender in sale.tenders:
        if tender.method is Method.TERMINAL and _to_be_acknowledged(tender):
            return Shown(stage=Stage.COMPLETE, sale=sale, tender=tender)
    doubt = next((one for one in sale.tenders if _is_awaited(one)), None)
    if doubt is not None:
        return _of_doubt(sale, doubt, asked)
    last = sale.tenders[-1] if sale.tenders else None
    if last is not None and last.state in ENDED and last.number != asked.seen:
        return Shown(stage=Stage.ENDED, sale=sale, tender=last)
    return _asked_back(sale, asked)


def money_back(sale: SaleView, asked: Asked) -> Shown | None:
    """Return the screen that a closed sale's money on its way back commands, if any is.

    払戻完了 has its moment where the refund was followed to its end, and as long as 伝票取消 or
    伝票訂正 has still to follow. What was found given back, without having been asked for here, has
    none.
    """
    shown = _money_on_its_way(sale, asked)
    if shown is not None and shown.stage is Stage.REFUNDED and shown.tender is not None:
        due = sale.void_due and _gives_back(shown.tender)
        wanted = due or shown.tender.number == asked.refund
        shown = shown if wanted else None
    return shown or _asked_back(sale, asked)


def _money_on_its_way(sale: SaleView, asked: Asked) -> Shown | None:
    """Return 払戻中, 払戻完了 or the doubt about one, whatever else the address says."""
    for tender in sale.tenders:
        if tender.state is TenderState.REFUNDING:
            cut = _dialog_is_open(tender, asked)
            stage = Stage.REFUND_DISCONNECTED if cut else Stage.REFUNDING
            return Shown(stage=stage, sale=sale, tender=tender)
    for tender in sale.tenders:
        back = tender.method is Method.TERMINAL and tender.state is TenderState.REFUNDED
        if back and not tender.acknowledged:
            return Shown(stage=Stage.REFUNDED, sale=sale, tender=tender)
    for tender in sale.tenders:
        waits = tender.state is TenderState.REFUND_IN_DOUBT and tender.released_by is UNSET
        beside = sale.state is SaleState.CLOSED or sale.balance > 0
        if waits and not (beside and tender.number == asked.seen):
            if asked.step == Stage.RING_UP and sale.state is not SaleState.CLOSED:
                return Shown(stage=Stage.RING_UP)  # the next customer, as in a payment's doubt
            cut = _dialog_is_open(tender, asked)
            stage = Stage.REFUND_DISCONNECTED if cut else Stage.REFUND_DOUBT
            return Shown(stage=stage, sale=sale, tender=tender)
    return None


def _asked_back(sale: SaleView, asked: Asked) -> Shown | None:
    """Return the question before money goes back, or that it did not go back after all."""
    tender = next((one for one in sale.tenders if one.number == asked.refund), None)
    if tender is None or not may_go_back(sale, tender):
        return None
    if asked.step == Stage.REFUND:
        return Shown(stage=Stage.REFUND, sale=sale, tender=tender)
    if refund_ended(tender):
        return Shown(stage=Stage.REFUND_ENDED, sale=sale, tender=tender)
    return None


def may_go_back(sale: SaleView, tender: TenderView) -> bool:
    """Tell whether a tender's money can be given back on its terminal, by what the sale says."""
    stands = sale.state in {SaleState.OPEN, SaleState.PAID, SaleState.CLOSED}
    return stands and tender.method is Method.TERMINAL and tender.state is TenderState.APPROVED


def refund_ended(tender: TenderView) -> bool:
    """Tell whether the last refund of a tender gave nothing back: the payment stands."""
    return tender.state is TenderState.APPROVED and _gives_back(tender)


def _gives_back(tender: TenderView) -> bool:
    last = tender.operations[-1] if tender.operations else None
    return last is not None and last.kind is not OperationKind.PAYMENT


def _of_doubt(sale: SaleView, doubt: TenderView, asked: Asked) -> Shown | None:
    """Return the screen of a doubt; None where the rest of the sale is paid in the meantime."""
    if asked.step == Stage.RING_UP:  # the next customer; this sale is offered there
        return Shown(stage=Stage.RING_UP)
    if asked.seen == doubt.number and sale.balance > 0:
        return None
    stage = Stage.DISCONNECTED if _dialog_is_open(doubt, asked) else Stage.DOUBT
    return Shown(stage=stage, sale=sale, tender=doubt)


def _is_awaited(tender: TenderView) -> bool:
    return tender.state is TenderState.IN_DOUBT and tender.released_by is UNSET


def _dialog_is_open(tender: TenderView, asked: Asked) -> bool:
    """After 切断する, until the terminal is home and OK was tapped."""
    return tender.disconnected and tender.number != asked.home


def _to_be_acknowledged(tender: TenderView) -> bool:
    return tender.state is TenderState.APPROVED and tender.counted and not tender.acknowledged


def _of_balance(sale: SaleView, asked: Asked, *, has_terminal: bool) -> Shown:
    if sale.state is SaleState.PAID:
        return Shown(stage=Stage.SETTLED, sale=sale)
    if asked.step == Stage.RING_UP:
        return Shown(stage=Stage.RING_UP)
    by_terminal = asked.method == Method.TERMINAL and has_terminal
    if asked.step == Stage.CONFIRM and by_terminal and 0 < asked.amount <= sale.balance:
        return Shown(stage=Stage.CONFIRM, sale=sale)
    by_hand = asked.method in {Method.CASH, Method.OTHER}
    if asked.step in {Stage.AMOUNT, Stage.CONFIRM} and (by_terminal or by_hand):
        return Shown(stage=Stage.AMOUNT, sale=sale)
    return Shown(stage=Stage.TENDER, sale=sale)


def open_cases(sale: SaleView | None) -> tuple[CaseView, ...]:
    """Return what the two sides of a sale still disagree on: no screen may hide it."""
    return () if sale is None else tuple(one for one in sale.cases if one.state == "open")


def live_count(sale: SaleView) -> int:
    """Return how many of the five places for tenders are taken."""
    return sum(tender.state not in DEAD for tender in sale.tenders)


def doubts_open(sale: SaleView | None) -> tuple[TenderView, ...]:
    """Return the tenders whose outcome is not known yet, released ones too."""
    return () if sale is None else tuple(one for one in sale.tenders if one.state in IN_DOUBT)


def to_stand_for(sale: SaleView) -> tuple[TenderView, ...]:
    """Return the released doubts that no other tender (その他支払) stands for yet."""
    taken = {one.stands_for for one in sale.tenders}
    return tuple(
        one
        for one in sale.tenders
        if one.state is TenderState.IN_DOUBT
        and one.released_by is not UNSET
        and one.number not in taken
    )


def standing(sale: SaleView) -> str:
    """Return what a sale that is not in front says of itself: `doubt`, `case`, or its state."""
    if doubts_open(sale):
        return "doubt"
    return "case" if open_cases(sale) else str(sale.state)


RAIL: Final = ("sent", "media", "read", "centre", "done")
"""金額送信 → 支払種別 → 読取 → センタ通信 → 完了."""

_RAIL_OF: Final = {
    "choose_media": 1,
    "card_amount": 1,
    "card_condition": 1,
    "card_instalments": 1,
    "card_execute": 1,
    "emoney_brand": 1,
    "emoney_amount": 1,
    "code_amount": 1,
    "read_card": 2,
    "touch_emoney": 2,
    "read_code": 2,
    "enter_pin": 2,
    "refund_media": 1,
    "refund_card_amount": 1,
    "refund_card_slip": 1,
    "refund_card_match": 1,
    "refund_card_kind": 1,
    "refund_card_execute": 1,
    "refund_read_card": 2,
    "refund_emoney_brand": 1,
    "refund_emoney_menu": 1,
    "refund_emoney_amount": 1,
    "refund_emoney_slip": 1,
    "refund_emoney_kind": 1,
    "refund_touch_emoney": 2,
    "refund_code_amount": 1,
    "refund_code_execute": 1,
    "refund_read_code": 2,
    "refund_code_order": 2,
    "refund_card_condition": 2,
    "centre": 3,
    "centre_silent": 3,
    "approved": 4,
    "declined": 4,
    "incomplete": 4,
    "paper_out": 4,
}
"""A screen's place on the rail; one that is not named here leaves the rail where it was."""


def rail_step(screen: str | None) -> int:
    """Return how far along the rail a terminal's screen is, 0 to 4."""
    return _RAIL_OF.get(screen or "", 0)


def rail_map() -> dict[str, int]:
    """Return the whole map, for the script that moves the rail live."""
    return dict(_RAIL_OF)
