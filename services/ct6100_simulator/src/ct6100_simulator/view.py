"""A terminal as its page and the control API show it: what a hand can do next, and where. Pure."""

from typing import Final

from msgspec import Struct

from ct6100.records import Abilities, JournalEntry, Phase, Screen
from ct6100.screens import Key, ScreenName
from ct6100_simulator.faults import Faults
from ct6100_simulator.model import Autopilot, Place, SetFault


class ScreenView(Struct, frozen=True, kw_only=True):
    """Answer to `GET …/screen`: keys are the labels on the glass."""

    name: str
    lines: tuple[str, ...]
    keys: tuple[str, ...]


class OpenTouch(Struct, frozen=True, kw_only=True):
    """A 処理未了 that its card can still settle."""

    slip_number: str
    brand: str
    amount: int


class TerminalView(Struct, frozen=True, kw_only=True):
    """One terminal, whole; also what the page is sent at each change.

    `hint` names the sentence that tells what to do next, `places` the readers that wait.
    """

    company: str
    store: str
    terminal: str
    serial: str
    address: str
    power: str
    link: str
    screen: ScreenView
    phase: Phase
    operation_id: str | None
    business_date: str
    abilities: Abilities
    faults: tuple[SetFault, ...]
    autopilot: Autopilot
    incomplete: tuple[OpenTouch, ...]
    hint: str
    hint_tone: str
    tone: str
    places: tuple[str, ...]
    digits: bool
    waiting: bool


_CARD_PLACES: Final = ("ic", "contactless", "magnetic")

_PLACES: Final[dict[str, tuple[str, ...]]] = {
    ScreenName.READ_CARD: _CARD_PLACES,
    ScreenName.TOUCH_EMONEY: ("contactless",),
    ScreenName.READ_CODE: ("code",),
    ScreenName.REFUND_READ_CARD: _CARD_PLACES,
    ScreenName.REFUND_TOUCH_EMONEY: ("contactless",),
}
"""Which of its readers a screen has switched on."""

_HINTS: Final[dict[str, str]] = {
    ScreenName.OFF: "off",
    ScreenName.HOME: "home",
    ScreenName.CHOOSE_MEDIA: "choose_media",
    ScreenName.CARD_AMOUNT: "confirm_amount",
    ScreenName.CARD_CONDITION: "card_condition",
    ScreenName.CARD_INSTALMENTS: "card_instalments",
    ScreenName.CARD_EXECUTE: "card_execute",
    ScreenName.READ_CARD: "read_card",
    ScreenName.ENTER_PIN: "enter_pin",
    ScreenName.EMONEY_BRAND: "emoney_brand",
    ScreenName.EMONEY_AMOUNT: "emoney_amount",
    ScreenName.TOUCH_EMONEY: "touch_emoney",
    ScreenName.CODE_AMOUNT: "confirm_amount",
    ScreenName.READ_CODE: "read_code",
    ScreenName.BUSINESS: "business_menu",
    ScreenName.REFUND_MEDIA: "refund_media",
    ScreenName.REFUND_CARD_AMOUNT: "refund_amount",
    ScreenName.REFUND_CARD_SLIP: "refund_slip",
    ScreenName.REFUND_CARD_MATCH: "refund_match",
    ScreenName.REFUND_CARD_KIND: "refund_kind",
    ScreenName.REFUND_CARD_EXECUTE: "card_execute",
    ScreenName.REFUND_READ_CARD: "refund_read_card",
    ScreenName.REFUND_CARD_CONDITION: "refund_condition",
    ScreenName.REFUND_EMONEY_BRAND: "emoney_brand",
    ScreenName.REFUND_EMONEY_MENU: "refund_menu",
    ScreenName.REFUND_EMONEY_AMOUNT: "refund_amount",
    ScreenName.REFUND_EMONEY_SLIP: "refund_slip",
    ScreenName.REFUND_EMONEY_KIND: "refund_kind",
    ScreenName.REFUND_TOUCH_EMONEY: "touch_emoney",
    ScreenName.REFUND_CODE_AMOUNT: "refund_amount",
    ScreenName.REFUND_CODE_EXECUTE: "card_execute",
    ScreenName.REFUND_READ_CODE: "refund_by_hand",
    ScreenName.REFUND_CODE_ORDER: "refund_order",
    ScreenName.CENTRE: "centre",
    ScreenName.CENTRE_SILENT: "centre_silent",
    ScreenName.APPROVED: "approved",
    ScreenName.DECLINED: "declined",
    ScreenName.INCOMPLETE: "incomplete",
    ScreenName.PAPER_OUT: "paper_out",
    ScreenName.FROZEN: "frozen",
}

_HINT_ELSEWHERE: Final = "business"

_HINT_TONES: Final[dict[str, str]] = {
    ScreenName.OFF: "off",
    ScreenName.HOME: "off",
    ScreenName.CENTRE: "wait",
    ScreenName.CENTRE_SILENT: "wait",
    ScreenName.DECLINED: "bad",
    ScreenName.INCOMPLETE: "bad",
    ScreenName.PAPER_OUT: "bad",
    ScreenName.FROZEN: "bad",
}

_TONES: Final[dict[str, str]] = {
    ScreenName.APPROVED: "good",
    ScreenName.DECLINED: "bad",
    ScreenName.INCOMPLETE: "bad",
    ScreenName.CENTRE_SILENT: "bad",
}

HINTS: Final = (*dict.fromkeys(_HINTS.values()), _HINT_ELSEWHERE)
"""Every hint that the catalogue needs a sentence for."""


def screen_view(screen: Screen) -> ScreenView:
    """Return the glass as the API shows it."""
    return ScreenView(name=screen.name, lines=screen.lines, keys=screen.keys)


def terminal_view(
    place: Place,
    *,
    address: str,
    powered: bool,
    connected: bool,
    screen: Screen,
    phase: Phase,
    operation_id: str | None,
    business_date: str,
    abilities: Abilities,
    faults: Faults,
    autopilot: Autopilot,
    incomplete: tuple[JournalEntry, ...],
) -> TerminalView:
    """Return the whole terminal."""
    return TerminalView(
        company=place.company,
        store=place.store,
        terminal=place.terminal,
        serial=place.serial,
        address=address,
        power="on" if powered else "off",
        link="connected" if connected else "disconnected",
        screen=screen_view(screen),
        phase=phase,
        operation_id=operation_id,
        business_date=business_date,
        abilities=abilities,
        faults=tuple(fault.asked for fault in faults.armed),
        autopilot=autopilot,
        incomplete=tuple(
            OpenTouch(slip_number=each.slip_number, brand=each.brand, amount=each.amount)
            for each in incomplete
        ),
        hint=_HINTS.get(screen.name, _HINT_ELSEWHERE),
        hint_tone=_HINT_TONES.get(screen.name, "go"),
        tone=_TONES.get(screen.name, ""),
        places=_PLACES.get(screen.name, ()),
        digits=screen.name == ScreenName.ENTER_PIN or Key.CLEAR in screen.keys,
        waiting=screen.name in (ScreenName.CENTRE, ScreenName.CENTRE_SILENT),
    )
