"""取消返品: what the terminal does on the way of a void or return, and what it refuses.

Reasons are codes of `glass.REFUSALS`: they stand on the glass until something else is taken, and
are told as the reason when somebody gives up (リセット). Nothing of them is in the journal before.
"""

from typing import Final

from ct6100.acting import (
    UNREADABLE,
    ActFunction,
    Given,
    presented_of,
    readable,
    take_in,
    work_of,
)
from ct6100.brands import CANCELLABLE_EMONEY
from ct6100.centre import call
from ct6100.effects import KeptEntry
from ct6100.journal import NOT_STORED_MAX
from ct6100.machine import Machine, Work
from ct6100.paper import mark_of, mask_card, mask_member
from ct6100.records import (
    MEDIA_CARD,
    MEDIA_CODE,
    MEDIA_EMONEY,
    EntryState,
    Kind,
)
from ct6100.screens import Key, ScreenName
from ct6100.transitions import Act

AMOUNT_MAX: Final = 9_999_999
"""The glass shows seven digits."""

AMOUNT_DIGITS: Final = len(str(AMOUNT_MAX))
SLIP_DIGITS: Final = 5
ORDER_DIGITS_MAX: Final = 40
"""The longest order number that a centre gives."""

_TOO_LONG: Final = "not that many digits"


def _refund(media: str) -> ActFunction:
    def refund(machine: Machine, given: Given) -> str | None:
        del given
        return _begin(machine, media)

    return refund


def _begin(machine: Machine, media: str) -> str | None:
    if machine.work is None:
        refused = _without_room(machine)
        if refused is not None:
            return refused
        machine.work = Work(operation_id="", kind=Kind.VOID, amount=0)
    machine.work.media = media
    return None


def _without_room(machine: Machine) -> str | None:
    """Refuse by hand what a register's Start is refused."""
    if machine.book.full():
        return "journal_full"
    return "journal_full" if len(machine.memory.not_stored) >= NOT_STORED_MAX else None


def _pick_brand(machine: Machine, given: Given) -> str | None:
    if given.label not in CANCELLABLE_EMONEY:
        return "brand_not_cancellable"
    work_of(machine).brand = given.label
    return None


def _type_amount(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    if not work.by_hand:
        return "the amount is the register's"
    return _typed(work, given.digits, AMOUNT_DIGITS)


def _type(machine: Machine, given: Given) -> str | None:
    order = machine.screen is ScreenName.REFUND_CODE_ORDER
    return _typed(work_of(machine), given.digits, ORDER_DIGITS_MAX if order else SLIP_DIGITS)


def _typed(work: Work, digits: str, length_max: int) -> str | None:
    if not (digits.isascii() and digits.isdigit()):
        return "not digits"
    if len(work.typed) + len(digits) > length_max:
        return _TOO_LONG
    work.typed += digits
    return None


def _clear_typed(machine: Machine, given: Given) -> None:
    del given
    work_of(machine).typed = ""


def _take_amount(machine: Machine, given: Given) -> str | None:
    del given
    work = work_of(machine)
    if work.by_hand:
        amount, work.typed = int(work.typed or "0"), ""
        if not amount:
            return "amount_missing"
        work.amount = amount
    return None


def _find_slip(machine: Machine, given: Given) -> str | None:
    del given
    work = work_of(machine)
    number, work.typed = work.typed.zfill(SLIP_DIGITS), ""
    return _find(machine, machine.book.paid(work.media, slip_number=number), "slip_unknown")


def _find_order_and_call(machine: Machine, given: Given) -> str | None:
    """A code has no choice of 取消 or 返品: the terminal knows its day. Nor is anything read."""
    work = work_of(machine)
    number, work.typed = work.typed, ""
    paid = machine.book.paid(work.media, order_number=number)
    refused = _find(machine, paid, "order_unknown")
    if refused is not None or paid is None:
        return refused
    same_day = paid.terminal_business_date == machine.memory.business_date
    work.kind = Kind.VOID if same_day else Kind.RETURN
    work.brand, work.entry = paid.brand, paid.entry
    call(machine, work, given.now)
    return None


def _find(machine: Machine, paid: KeptEntry | None, unknown: str) -> str | None:
    work = work_of(machine)
    if paid is None:
        return unknown
    refused = _why_not(machine, work, paid)
    if refused is None:
        work.original = paid
    return refused


def _why_not(machine: Machine, work: Work, paid: KeptEntry) -> str | None:
    if work.asked_slip not in {"", paid.slip_number}:
        return "not_the_one_asked"
    if work.asked_order not in {"", paid.order_number}:
        return "not_the_one_asked"
    if work.media == MEDIA_EMONEY and work.brand != paid.brand:
        return "brand_differs"
    given_back_by = machine.book.given_back_by(paid)
    if given_back_by is not None:
        done = given_back_by.state is EntryState.APPROVED
        return "already_cancelled" if done else "cancel_unresolved"
    if work.amount != paid.amount:
        return "amount_differs"
    return None


def _pick_kind(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    kind = Kind.VOID if given.label == Key.VOID else Kind.RETURN
    refused = _wrong_day(machine, work, kind)
    if refused is None:
        work.kind = kind
    return refused


def _wrong_day(machine: Machine, work: Work, kind: Kind) -> str | None:
    """取消 until the terminal's own close, 返品 after it: whatever the clock says."""
    same_day = _original(work).terminal_business_date == machine.memory.business_date
    if kind is Kind.VOID and not same_day:
        return "void_on_other_day"
    if kind is Kind.RETURN and same_day:
        return "return_on_same_day"
    return None


def _read_again(machine: Machine, given: Given) -> str | None:
    work, presented, paid = work_of(machine), presented_of(given), _original(work_of(machine))
    if not readable(presented):
        return UNREADABLE
    if presented.entry != paid.entry:
        return "reading_differs"
    if presented.brand != paid.brand or not _same(machine, presented.number, paid):
        return "card_differs"
    refused = _wrong_day(machine, work, work.kind)  # it may have closed since that was chosen
    if refused is None:
        take_in(work, presented, machine.settings.serial)
        work.condition = paid.slip.payment_condition if paid.slip is not None else ""
    return refused


def _same(machine: Machine, number: str, paid: KeptEntry) -> bool:
    if paid.mark:
        return mark_of(machine.settings.serial, paid.brand, number) == paid.mark
    mask = mask_card if paid.media == MEDIA_CARD else mask_member
    slip = paid.slip
    return slip is not None and mask(number) in {slip.card_number, slip.member_number}


def _read_again_and_call(machine: Machine, given: Given) -> str | None:
    refused = _read_again(machine, given)
    if refused is None:
        call(machine, work_of(machine), given.now)
    return refused


def _same_condition_and_call(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    if not work.condition.startswith(given.label):
        return "condition_differs"
    refused = _wrong_day(machine, work, work.kind)
    if refused is None:
        call(machine, work, given.now)
    return refused


def _original(work: Work) -> KeptEntry:
    assert work.original is not None  # noqa: S101 - house style 12: the table allows it only then
    return work.original


REFUND_ACTS: Final[dict[Act, ActFunction]] = {
    Act.REFUND_CARD: _refund(MEDIA_CARD),
    Act.REFUND_EMONEY: _refund(MEDIA_EMONEY),
    Act.REFUND_CODE: _refund(MEDIA_CODE),
    Act.PICK_REFUND_BRAND: _pick_brand,
    Act.TYPE: _type,
    Act.TYPE_AMOUNT: _type_amount,
    Act.CLEAR_TYPED: _clear_typed,
    Act.TAKE_AMOUNT: _take_amount,
    Act.FIND_SLIP: _find_slip,
    Act.FIND_ORDER_AND_CALL: _find_order_and_call,
    Act.PICK_KIND: _pick_kind,
    Act.READ_AGAIN: _read_again,
    Act.READ_AGAIN_AND_CALL: _read_again_and_call,
    Act.SAME_CONDITION_AND_CALL: _same_condition_and_call,
}
