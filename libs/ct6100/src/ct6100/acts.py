"""What the terminal does on the way from one screen to the next: one function for each `Act`.

An act returns None, or the reason for which it refuses: then the terminal beeps and stays.
"""

from datetime import timedelta
from typing import Final

from msgspec import structs

from ct6100.acting import (
    UNREADABLE,
    ActFunction,
    Given,
    presented_of,
    readable,
    take_in,
    work_of,
)
from ct6100.centre import call, inquire, keep_inquiring, settle
from ct6100.effects import Beep, Froze, Memory, Print
from ct6100.glass import REFUSALS
from ct6100.machine import Browsing, Machine, Work
from ct6100.records import (
    ENTRY_IC,
    ENTRY_MAGNETIC,
    MEDIA_CARD,
    MEDIA_CODE,
    MEDIA_EMONEY,
    REASON_ABORTED,
    REASON_RESET,
    EntryState,
)
from ct6100.refund_acts import REFUND_ACTS, SLIP_DIGITS
from ct6100.screens import Key, ScreenName
from ct6100.stimuli import Presented
from ct6100.transitions import Act, Happening, Row

PIN_FREE_MAX: Final = 10_000
"""少額決済: up to here an IC card needs no PIN."""

PIN_LENGTH_MIN: Final = 4
PIN_LENGTH_MAX: Final = 12
"""Digits of a PIN (ISO 9564)."""

NOTICE_SHOWN: Final = timedelta(seconds=3)
"""通信終了 is shown this long while the slip prints, then the terminal goes home by itself."""


def trigger_of(presented: Presented, amount: int) -> Happening:
    """Return what presenting this means for an operation of this amount."""
    if presented.media == MEDIA_EMONEY:
        return Happening.EMONEY
    if presented.media == MEDIA_CODE:
        return Happening.CODE
    if presented.entry == ENTRY_MAGNETIC:
        return Happening.MAGNETIC
    if presented.entry == ENTRY_IC and amount > PIN_FREE_MAX:
        return Happening.CARD_AND_PIN
    return Happening.CARD


def _nothing(machine: Machine, given: Given) -> None:
    del machine, given


def _boot(machine: Machine, given: Given) -> None:
    memory = machine.memory_or_none
    if memory is None:
        memory = Memory(
            next_number=1,
            next_slip=machine.settings.first_slip_number,
            business_date=f"{given.now:%Y-%m-%d}",
            boots=0,
            born_at=given.now,
        )
    machine.screens_shown = 0
    machine.keep(structs.replace(memory, boots=memory.boots + 1))
    inquire(machine, given.now)


def _lose_power(machine: Machine, given: Given) -> None:
    del given
    machine.work = machine.browsing = None
    machine.connected = False
    machine.held = []
    machine.notice_until = machine.answer_by = machine.inquire_at = machine.results_at = None


def _begin(machine: Machine, given: Given) -> None:
    start = given.start
    assert start is not None  # noqa: S101 - house style 12: only a Start begins
    machine.notice_until = None
    slip, order = start.original_slip_number, start.original_order_number
    machine.work = Work(
        operation_id=start.operation_id,
        kind=start.kind,
        amount=start.amount,
        asked_slip=slip.zfill(SLIP_DIGITS) if slip else "",
        asked_order=order or "",
    )


def _warn_no_amount(machine: Machine, given: Given) -> str:
    del machine, given
    return "the amount comes from the register"


def _pick_media(media: str) -> ActFunction:
    def pick_media(machine: Machine, given: Given) -> None:
        del given
        work_of(machine).media = media

    return pick_media


def _pick_condition(machine: Machine, given: Given) -> None:
    work = work_of(machine)
    choice = "" if given.label in tuple(Key) else given.label
    work.condition = f"{work.condition}{choice}" if choice else given.label


def _pick_brand(machine: Machine, given: Given) -> None:
    work_of(machine).brand = given.label


def _read(machine: Machine, given: Given) -> str | None:
    work, presented = work_of(machine), presented_of(given)
    if not readable(presented):
        return UNREADABLE
    if work.brand and work.brand != presented.brand:
        return f"not {work.brand}"
    take_in(work, presented, machine.settings.serial)
    work.signature = work.media == MEDIA_CARD and presented.entry == ENTRY_MAGNETIC
    return None


def _type_pin(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    length = work.pin_length + len(given.digits)
    if not (given.digits.isascii() and given.digits.isdigit()) or length > PIN_LENGTH_MAX:
        return "not a PIN"
    work.pin_length = length
    return None


def _call_centre(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    if machine.screen is ScreenName.ENTER_PIN and work.pin_length < PIN_LENGTH_MIN:
        return "the PIN is too short"
    return call(machine, work, given.now)


def _read_and_call(machine: Machine, given: Given) -> str | None:
    return _read(machine, given) or call(machine, work_of(machine), given.now)


def _sign_and_call(machine: Machine, given: Given) -> str | None:
    work = work_of(machine)
    work.signature, work.pin_length = True, 0
    return call(machine, work, given.now)


def _cancel(reason: str) -> ActFunction:
    def cancel(machine: Machine, given: Given) -> None:
        work = work_of(machine)
        machine.work = None
        if work.by_hand:
            return  # nobody asked for it, and nothing happened
        why = work.refused if reason == REASON_RESET else ""
        work.reason = why or reason
        work.slip_number = f"{machine.memory.next_slip:05}"
        entry = machine.write_entry(work, EntryState.CANCELLED, None, given.now)
        machine.conclude(entry, given.now)

    return cancel


def _conclude(machine: Machine, given: Given) -> None:
    work = work_of(machine)
    _settle_work(machine, work, given)
    entry = machine.book.get(work.number)
    if entry is not None:
        work.order_number = entry.order_number or ""
        if entry.state is not EntryState.INCOMPLETE:  # the screen itself says that
            work.reason = entry.reason
    if given.answer is not None and given.answer.outcome == "approved":
        machine.notice_until = given.now + NOTICE_SHOWN


def _swear_off(machine: Machine, given: Given) -> None:
    _settle_work(machine, work_of(machine), given)
    machine.work = None


def _settle_work(machine: Machine, work: Work, given: Given) -> None:
    entry, answer = machine.book.get(work.number), given.answer
    assert entry is not None and answer is not None  # noqa: S101, PT018 - house style 12
    settle(machine, entry, answer, given.now)


def _keep_asking(machine: Machine, given: Given) -> None:
    keep_inquiring(machine, given.now)


def _leave_pending(machine: Machine, given: Given) -> None:
    del given
    machine.work = None


def _clear(machine: Machine, given: Given) -> None:
    del given
    machine.work = None
    machine.notice_until = None


def _close_link(machine: Machine, given: Given) -> None:
    del given
    machine.connected = False


def _freeze(machine: Machine, given: Given) -> None:
    del given
    machine.out.append(Froze())


_HISTORY_MEDIA: Final = {
    Key.CREDIT: MEDIA_CARD,
    Key.EMONEY: MEDIA_EMONEY,
    Key.CODE: MEDIA_CODE,
}


def _list(machine: Machine, given: Given) -> None:
    machine.browsing = Browsing(media=_HISTORY_MEDIA[Key(given.label)])


def _turn_page(machine: Machine, given: Given) -> str | None:
    browsing = _browsing(machine)
    page = browsing.page + (1 if given.label == Key.NEXT else -1)
    if page < 0 or not machine.book.lines(browsing.media, page):
        return "no more"
    machine.browsing = structs.replace(browsing, page=page)
    return None


def _pick_entry(machine: Machine, given: Given) -> None:
    browsing = _browsing(machine)
    lines = machine.book.lines(browsing.media, browsing.page)
    picked = next(entry.number for entry in lines if entry.slip_number == given.label)
    machine.browsing = structs.replace(browsing, picked=picked)


def _print_again(machine: Machine, given: Given) -> str | None:
    del given
    entry = machine.book.get(_browsing(machine).picked)
    if entry is None or entry.slip is None or entry.state is not EntryState.APPROVED:
        return "nothing to print"
    if not machine.paper:
        return "no paper"
    machine.out.append(
        Print(
            slip=entry.slip,
            merchant_number=machine.merchant_numbers.get(entry.number),
            reprint=True,
        )
    )
    return None


def _print_held(machine: Machine, given: Given) -> None:
    del given
    machine.print_held()


def _browsing(machine: Machine) -> Browsing:
    assert machine.browsing is not None  # noqa: S101 - house style 12: the same
    return machine.browsing


ACTS: Final[dict[Act, ActFunction]] = {
    Act.NOTHING: _nothing,
    Act.BOOT: _boot,
    Act.LOSE_POWER: _lose_power,
    Act.BEGIN: _begin,
    Act.WARN_NO_AMOUNT: _warn_no_amount,
    Act.PICK_CARD: _pick_media(MEDIA_CARD),
    Act.PICK_EMONEY: _pick_media(MEDIA_EMONEY),
    Act.PICK_CODE: _pick_media(MEDIA_CODE),
    Act.PICK_CONDITION: _pick_condition,
    Act.PICK_BRAND: _pick_brand,
    Act.READ: _read,
    Act.TYPE_PIN: _type_pin,
    Act.CALL_CENTRE: _call_centre,
    Act.READ_AND_CALL: _read_and_call,
    Act.SIGN_AND_CALL: _sign_and_call,
    Act.RESET: _cancel(REASON_RESET),
    Act.ABORT: _cancel(REASON_ABORTED),
    Act.CONCLUDE: _conclude,
    Act.SWEAR_OFF: _swear_off,
    Act.KEEP_ASKING: _keep_asking,
    Act.LEAVE_PENDING: _leave_pending,
    Act.CLEAR: _clear,
    Act.CLOSE_LINK: _close_link,
    Act.FREEZE: _freeze,
    Act.LIST: _list,
    Act.TURN_PAGE: _turn_page,
    Act.PICK_ENTRY: _pick_entry,
    Act.PRINT_AGAIN: _print_again,
    Act.PRINT_HELD: _print_held,
    **REFUND_ACTS,
}


def step(machine: Machine, row: Row, given: Given) -> None:
    """Carry out one row of the table."""
    refused = ACTS[row.act](machine, given)
    if refused is not None:
        machine.out.append(Beep(reason=refused))
        if machine.work is not None and refused in REFUSALS:
            machine.work.refused = refused
            machine.show(machine.screen)
        return
    if machine.work is not None:
        machine.work.refused = ""
    machine.show(row.to)
