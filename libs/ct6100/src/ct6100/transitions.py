"""What leads from which screen to which: the one table of the CT-6100's behaviour.

A missing row *is* the refused move: the key or card beeps, `Start` is refused, `Abort` comes too
late. `docs/states/terminal.md` is drawn from here (`python -m ct6100.diagram`).
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ct6100.records import Phase
from ct6100.screens import KEYS, PHASES, REFUND_SCREENS, Key, ScreenName


class Happening(StrEnum):
    """What happens to a terminal beside its fixed keys."""

    POWER_ON = "power on"
    POWER_OFF = "power off"
    START = "Start"
    START_REFUND = "Start of a void or return"
    ABORT = "Abort"
    DISCONNECT = "Disconnect"
    CHOICE = "choice"
    """A key whose label is data: a brand, a count of instalments, a line of the history."""
    DIGITS = "digits"
    CARD = "card, no PIN"
    CARD_AND_PIN = "IC card above the PIN limit"
    MAGNETIC = "magnetic card"
    EMONEY = "e-money"
    CODE = "code"
    APPROVED = "centre: approved"
    DECLINED = "centre: declined"
    INCOMPLETE = "centre: incomplete"
    NOT_AT_CENTRE = "centre: never heard of it"
    NO_ANSWER = "centre: no answer"
    TIME_UP = "shown long enough"
    NO_PAPER = "a slip waits for paper"
    PAPER_IN = "paper put in"
    HANG = "hangs"


Trigger = Key | Happening


class Act(StrEnum):
    """What the terminal does on the way (`ct6100.terminal` has one method for each)."""

    NOTHING = "nothing"
    BOOT = "boot"
    LOSE_POWER = "lose_power"
    BEGIN = "begin"
    WARN_NO_AMOUNT = "warn_no_amount"
    PICK_CARD = "pick_card"
    PICK_EMONEY = "pick_emoney"
    PICK_CODE = "pick_code"
    PICK_CONDITION = "pick_condition"
    PICK_BRAND = "pick_brand"
    READ = "read"
    TYPE_PIN = "type_pin"
    CALL_CENTRE = "call_centre"
    READ_AND_CALL = "read_and_call"
    SIGN_AND_CALL = "sign_and_call"
    RESET = "reset"
    ABORT = "abort"
    CONCLUDE = "conclude"
    SWEAR_OFF = "swear_off"
    KEEP_ASKING = "keep_asking"
    LEAVE_PENDING = "leave_pending"
    CLEAR = "clear"
    CLOSE_LINK = "close_link"
    FREEZE = "freeze"
    LIST = "list"
    TURN_PAGE = "turn_page"
    PICK_ENTRY = "pick_entry"
    PRINT_AGAIN = "print_again"
    PRINT_HELD = "print_held"
    REFUND_CARD = "refund_card"
    REFUND_EMONEY = "refund_emoney"
    REFUND_CODE = "refund_code"
    PICK_REFUND_BRAND = "pick_refund_brand"
    TYPE = "type"
    TYPE_AMOUNT = "type_amount"
    CLEAR_TYPED = "clear_typed"
    TAKE_AMOUNT = "take_amount"
    FIND_SLIP = "find_slip"
    FIND_ORDER_AND_CALL = "find_order_and_call"
    PICK_KIND = "pick_kind"
    READ_AGAIN = "read_again"
    READ_AGAIN_AND_CALL = "read_again_and_call"
    SAME_CONDITION_AND_CALL = "same_condition_and_call"


class Row(Struct, frozen=True):
    """Do `act`, then show `to`. An act that refuses beeps and leaves everything as it was."""

    to: ScreenName
    act: Act = Act.NOTHING


_S = ScreenName
_H = Happening

_OPERATION: Final = (
    _S.CHOOSE_MEDIA,
    _S.CARD_AMOUNT,
    _S.CARD_CONDITION,
    _S.CARD_INSTALMENTS,
    _S.CARD_EXECUTE,
    _S.READ_CARD,
    _S.EMONEY_BRAND,
    _S.EMONEY_AMOUNT,
    _S.TOUCH_EMONEY,
    _S.CODE_AMOUNT,
    _S.READ_CODE,
)
"""The screens of an operation before the read."""

_REFUND: Final = tuple(name for name in REFUND_SCREENS if PHASES[name] is Phase.AWAITING_CUSTOMER)
"""The screens of a void or return before the read, a link's and those by hand alike."""

_NOTICES: Final = (_S.APPROVED, _S.DECLINED, _S.INCOMPLETE)
"""Screens that tell an outcome which already stands: the next `Start` clears them."""

TABLE: Final[dict[tuple[ScreenName, Trigger], Row]] = {
    # power
    (_S.OFF, _H.POWER_ON): Row(_S.HOME, Act.BOOT),
    **{
        (name, _H.POWER_OFF): Row(_S.OFF, Act.LOSE_POWER)
        for name in ScreenName
        if name is not _S.OFF
    },
    # home
    (_S.HOME, _H.START): Row(_S.CHOOSE_MEDIA, Act.BEGIN),
    (_S.HOME, Key.CREDIT_CARD): Row(_S.HOME, Act.WARN_NO_AMOUNT),
    (_S.HOME, Key.EMONEY): Row(_S.HOME, Act.WARN_NO_AMOUNT),
    (_S.HOME, Key.CODE): Row(_S.HOME, Act.WARN_NO_AMOUNT),
    (_S.HOME, Key.BUSINESS): Row(_S.BUSINESS),
    (_S.HOME, Key.REPRINT): Row(_S.REPRINT),
    # the register's amount is on the glass
    (_S.CHOOSE_MEDIA, Key.CREDIT_CARD): Row(_S.CARD_AMOUNT, Act.PICK_CARD),
    (_S.CHOOSE_MEDIA, Key.EMONEY): Row(_S.EMONEY_BRAND, Act.PICK_EMONEY),
    (_S.CHOOSE_MEDIA, Key.CODE): Row(_S.CODE_AMOUNT, Act.PICK_CODE),
    # card, manual 2-3
    (_S.CARD_AMOUNT, Key.SET): Row(_S.CARD_CONDITION),
    (_S.CARD_CONDITION, Key.LUMP_SUM): Row(_S.CARD_EXECUTE, Act.PICK_CONDITION),
    (_S.CARD_CONDITION, Key.REVOLVING): Row(_S.CARD_EXECUTE, Act.PICK_CONDITION),
    (_S.CARD_CONDITION, Key.BONUS): Row(_S.CARD_EXECUTE, Act.PICK_CONDITION),
    (_S.CARD_CONDITION, Key.INSTALMENTS): Row(_S.CARD_INSTALMENTS, Act.PICK_CONDITION),
    (_S.CARD_INSTALMENTS, _H.CHOICE): Row(_S.CARD_EXECUTE, Act.PICK_CONDITION),
    (_S.CARD_EXECUTE, Key.EXECUTE): Row(_S.READ_CARD),
    (_S.READ_CARD, _H.CARD): Row(_S.CENTRE, Act.READ_AND_CALL),
    (_S.READ_CARD, _H.MAGNETIC): Row(_S.CENTRE, Act.READ_AND_CALL),
    (_S.READ_CARD, _H.CARD_AND_PIN): Row(_S.ENTER_PIN, Act.READ),
    (_S.ENTER_PIN, _H.DIGITS): Row(_S.ENTER_PIN, Act.TYPE_PIN),
    (_S.ENTER_PIN, Key.SET): Row(_S.CENTRE, Act.CALL_CENTRE),
    (_S.ENTER_PIN, Key.SKIP): Row(_S.CENTRE, Act.SIGN_AND_CALL),
    (_S.ENTER_PIN, Key.RESET): Row(_S.HOME, Act.RESET),
    # e-money, manual 2-4
    (_S.EMONEY_BRAND, _H.CHOICE): Row(_S.EMONEY_AMOUNT, Act.PICK_BRAND),
    (_S.EMONEY_AMOUNT, Key.CONFIRM): Row(_S.TOUCH_EMONEY),
    (_S.TOUCH_EMONEY, _H.EMONEY): Row(_S.CENTRE, Act.READ_AND_CALL),
    # code, manual 2-5: the reader opens by itself
    (_S.CODE_AMOUNT, Key.SET): Row(_S.READ_CODE),
    (_S.READ_CODE, _H.CODE): Row(_S.CENTRE, Act.READ_AND_CALL),
    # 取消返品, manual 4: the register's amount is on the glass, or 業務 without a register
    (_S.HOME, _H.START_REFUND): Row(_S.REFUND_MEDIA, Act.BEGIN),
    **{
        row: Row(to, act)
        for name in (_S.REFUND_MEDIA, _S.BUSINESS)
        for row, to, act in (
            ((name, Key.CREDIT), _S.REFUND_CARD_AMOUNT, Act.REFUND_CARD),
            ((name, Key.EMONEY), _S.REFUND_EMONEY_BRAND, Act.REFUND_EMONEY),
            ((name, Key.CODE), _S.REFUND_CODE_AMOUNT, Act.REFUND_CODE),
        )
    },
    # card, manual 4-2
    (_S.REFUND_CARD_AMOUNT, Key.CONFIRM): Row(_S.REFUND_CARD_SLIP, Act.TAKE_AMOUNT),
    (_S.REFUND_CARD_SLIP, Key.SET): Row(_S.REFUND_CARD_MATCH, Act.FIND_SLIP),
    (_S.REFUND_CARD_MATCH, Key.MATCHES): Row(_S.REFUND_CARD_KIND),
    (_S.REFUND_CARD_MATCH, Key.BACK): Row(_S.REFUND_CARD_SLIP),
    (_S.REFUND_CARD_KIND, Key.VOID): Row(_S.REFUND_CARD_EXECUTE, Act.PICK_KIND),
    (_S.REFUND_CARD_KIND, Key.RETURN): Row(_S.REFUND_CARD_EXECUTE, Act.PICK_KIND),
    (_S.REFUND_CARD_EXECUTE, Key.EXECUTE): Row(_S.REFUND_READ_CARD),
    (_S.REFUND_READ_CARD, _H.CARD): Row(_S.CENTRE, Act.READ_AGAIN_AND_CALL),
    (_S.REFUND_READ_CARD, _H.CARD_AND_PIN): Row(_S.CENTRE, Act.READ_AGAIN_AND_CALL),
    (_S.REFUND_READ_CARD, _H.MAGNETIC): Row(_S.REFUND_CARD_CONDITION, Act.READ_AGAIN),
    **{
        (_S.REFUND_CARD_CONDITION, key): Row(_S.CENTRE, Act.SAME_CONDITION_AND_CALL)
        for key in (Key.LUMP_SUM, Key.INSTALMENTS, Key.REVOLVING, Key.BONUS)
    },
    # e-money, manual 4-3
    (_S.REFUND_EMONEY_BRAND, _H.CHOICE): Row(_S.REFUND_EMONEY_MENU, Act.PICK_REFUND_BRAND),
    (_S.REFUND_EMONEY_MENU, Key.REFUND): Row(_S.REFUND_EMONEY_AMOUNT),
    (_S.REFUND_EMONEY_AMOUNT, Key.CONFIRM): Row(_S.REFUND_EMONEY_SLIP, Act.TAKE_AMOUNT),
    (_S.REFUND_EMONEY_SLIP, Key.SET): Row(_S.REFUND_EMONEY_KIND, Act.FIND_SLIP),
    (_S.REFUND_EMONEY_KIND, Key.VOID): Row(_S.REFUND_TOUCH_EMONEY, Act.PICK_KIND),
    (_S.REFUND_EMONEY_KIND, Key.RETURN): Row(_S.REFUND_TOUCH_EMONEY, Act.PICK_KIND),
    (_S.REFUND_TOUCH_EMONEY, _H.EMONEY): Row(_S.CENTRE, Act.READ_AGAIN_AND_CALL),
    # code, manual 4-4: nothing is read
    (_S.REFUND_CODE_AMOUNT, Key.CONFIRM): Row(_S.REFUND_CODE_EXECUTE, Act.TAKE_AMOUNT),
    (_S.REFUND_CODE_EXECUTE, Key.EXECUTE): Row(_S.REFUND_READ_CODE),
    (_S.REFUND_READ_CODE, Key.BY_HAND): Row(_S.REFUND_CODE_ORDER),
    (_S.REFUND_CODE_ORDER, Key.SET): Row(_S.CENTRE, Act.FIND_ORDER_AND_CALL),
    # what is typed
    **{
        row: Row(name, act)
        for name in (_S.REFUND_CARD_AMOUNT, _S.REFUND_EMONEY_AMOUNT, _S.REFUND_CODE_AMOUNT)
        for row, act in (
            ((name, _H.DIGITS), Act.TYPE_AMOUNT),
            ((name, Key.CLEAR), Act.CLEAR_TYPED),
        )
    },
    **{
        row: Row(name, act)
        for name in (_S.REFUND_CARD_SLIP, _S.REFUND_EMONEY_SLIP, _S.REFUND_CODE_ORDER)
        for row, act in (((name, _H.DIGITS), Act.TYPE), ((name, Key.CLEAR), Act.CLEAR_TYPED))
    },
    # リセット, and the register's wish to stop
    **{(name, Key.RESET): Row(_S.HOME, Act.RESET) for name in (*_OPERATION, *REFUND_SCREENS)},
    **{(name, _H.ABORT): Row(_S.HOME, Act.ABORT) for name in (*_OPERATION, *_REFUND)},
    # the centre
    (_S.CENTRE, _H.APPROVED): Row(_S.APPROVED, Act.CONCLUDE),
    (_S.CENTRE, _H.DECLINED): Row(_S.DECLINED, Act.CONCLUDE),
    (_S.CENTRE, _H.INCOMPLETE): Row(_S.INCOMPLETE, Act.CONCLUDE),
    (_S.CENTRE, _H.NO_ANSWER): Row(_S.CENTRE_SILENT, Act.KEEP_ASKING),
    (_S.CENTRE_SILENT, _H.APPROVED): Row(_S.APPROVED, Act.CONCLUDE),
    (_S.CENTRE_SILENT, _H.DECLINED): Row(_S.DECLINED, Act.CONCLUDE),
    (_S.CENTRE_SILENT, _H.INCOMPLETE): Row(_S.INCOMPLETE, Act.CONCLUDE),
    (_S.CENTRE_SILENT, _H.NOT_AT_CENTRE): Row(_S.HOME, Act.SWEAR_OFF),
    (_S.CENTRE_SILENT, _H.NO_ANSWER): Row(_S.CENTRE_SILENT, Act.KEEP_ASKING),
    (_S.CENTRE_SILENT, Key.CONFIRM): Row(_S.HOME, Act.LEAVE_PENDING),
    # the outcome stands
    **{(name, Key.CONFIRM): Row(_S.HOME, Act.CLEAR) for name in _NOTICES},
    **{(name, _H.START): Row(_S.CHOOSE_MEDIA, Act.BEGIN) for name in _NOTICES},
    **{(name, _H.START_REFUND): Row(_S.REFUND_MEDIA, Act.BEGIN) for name in _NOTICES},
    (_S.APPROVED, _H.TIME_UP): Row(_S.HOME, Act.CLEAR),
    # the outcome stands, but its slip has no paper: it waits, and so does the terminal
    (_S.APPROVED, _H.NO_PAPER): Row(_S.PAPER_OUT, Act.CLEAR),
    (_S.HOME, _H.NO_PAPER): Row(_S.PAPER_OUT),
    (_S.PAPER_OUT, _H.PAPER_IN): Row(_S.HOME, Act.PRINT_HELD),
    # 業務 and 再印字, manual 3-1 and 4-1
    (_S.BUSINESS, Key.REPRINT): Row(_S.REPRINT),
    (_S.BUSINESS, Key.BACK): Row(_S.HOME),
    (_S.REPRINT, Key.BUSINESS): Row(_S.REPRINT_MEDIA),
    (_S.REPRINT, Key.BACK): Row(_S.HOME),
    (_S.REPRINT_MEDIA, Key.CREDIT): Row(_S.HISTORY, Act.LIST),
    (_S.REPRINT_MEDIA, Key.EMONEY): Row(_S.HISTORY, Act.LIST),
    (_S.REPRINT_MEDIA, Key.CODE): Row(_S.HISTORY, Act.LIST),
    (_S.REPRINT_MEDIA, Key.BACK): Row(_S.REPRINT),
    (_S.HISTORY, _H.CHOICE): Row(_S.HISTORY_ENTRY, Act.PICK_ENTRY),
    (_S.HISTORY, Key.NEXT): Row(_S.HISTORY, Act.TURN_PAGE),
    (_S.HISTORY, Key.PREVIOUS): Row(_S.HISTORY, Act.TURN_PAGE),
    (_S.HISTORY, Key.BACK): Row(_S.REPRINT_MEDIA),
    (_S.HISTORY_ENTRY, Key.EXECUTE): Row(_S.REPRINT, Act.PRINT_AGAIN),
    (_S.HISTORY_ENTRY, Key.BACK): Row(_S.HISTORY),
    # 切断 on purpose, manual 2-1: only in front of the home screen
    (_S.HOME, _H.DISCONNECT): Row(_S.HOME, Act.CLOSE_LINK),
    **{
        (name, _H.DISCONNECT): Row(_S.FROZEN, Act.FREEZE)
        for name in ScreenName
        if name not in (_S.OFF, _S.HOME, _S.FROZEN)
    },
    # it hangs without anybody's doing
    **{
        (name, _H.HANG): Row(_S.FROZEN, Act.FREEZE)
        for name in ScreenName
        if name not in (_S.OFF, _S.FROZEN)
    },
}


def faults() -> list[str]:
    """Return what is missing or contradicts itself in the table; a test wants none."""
    found = [
        f"{name}: the key {key} does nothing"
        for name, keys in KEYS.items()
        for key in keys
        if (name, key) not in TABLE
    ]
    found += [
        f"{name}: {trigger} is not on the glass"
        for name, trigger in TABLE
        if isinstance(trigger, Key) and trigger not in KEYS[name]
    ]
    found += [f"{act}: no row does it" for act in Act if act not in {r.act for r in TABLE.values()}]
    found += [
        f"{name}: has no keys or phase" for name in _S if name not in KEYS or name not in PHASES
    ]
    found += [
        f"{name}: Abort and phase disagree"
        for name in _S
        if ((name, _H.ABORT) in TABLE) is not (PHASES[name] is Phase.AWAITING_CUSTOMER)
    ]
    found += [f"{name}: cannot be reached" for name in set(_S) - _reached_from(_S.OFF)]
    found += [f"{name}: no way home" for name in _S if _S.HOME not in _reached_from(name)]
    return found


def _reached_from(start: ScreenName) -> set[ScreenName]:
    reached = {start}
    while more := {row.to for (name, _), row in TABLE.items() if name in reached} - reached:
        reached |= more
    return reached
