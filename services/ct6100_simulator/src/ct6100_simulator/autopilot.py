"""A customer who always pays, and takes money back when asked: what they do next. Pure."""

from typing import Final

from ct6100.records import MEDIA_CARD, MEDIA_CODE, MEDIA_EMONEY, JournalEntry, Screen
from ct6100.screens import REFUND_SCREENS, Key, ScreenName
from ct6100.stimuli import DigitsEntered, KeyPressed, Presented
from ct6100.terminal import Terminal
from ct6100_simulator.autopilot_refund import give_back
from ct6100_simulator.model import Autopilot, Present
from ct6100_simulator.wallet import presented, usual

PIN: Final = "1234"
"""Of every card in the wallet."""

Action = KeyPressed | DigitsEntered | Presented

_KEYS: Final[dict[str, Key]] = {
    ScreenName.CARD_AMOUNT: Key.SET,
    ScreenName.CARD_CONDITION: Key.LUMP_SUM,
    ScreenName.CARD_EXECUTE: Key.EXECUTE,
    ScreenName.EMONEY_AMOUNT: Key.CONFIRM,
    ScreenName.CODE_AMOUNT: Key.SET,
    ScreenName.DECLINED: Key.CONFIRM,
    ScreenName.INCOMPLETE: Key.CONFIRM,
}
"""Screens with one thing to do. After an approval they walk away: it goes home by itself."""

_MEDIA_KEYS: Final[dict[str, Key]] = {
    MEDIA_CARD: Key.CREDIT_CARD,
    MEDIA_EMONEY: Key.EMONEY,
    MEDIA_CODE: Key.CODE,
}

_READERS: Final[dict[str, str]] = {
    ScreenName.READ_CARD: MEDIA_CARD,
    ScreenName.TOUCH_EMONEY: MEDIA_EMONEY,
    ScreenName.READ_CODE: MEDIA_CODE,
}


def react_to(terminal: Terminal, pilot: Autopilot, presented_before: int) -> Action | None:
    """Return what they do at the glass of this terminal.

    Somebody who gives money back by hand knows what they are about: nobody meddles.
    """
    if terminal.screen.name in REFUND_SCREENS and terminal.operation_id is None:
        return None
    return react(terminal.screen, pilot, presented_before, terminal.asked_back)


def react(
    screen: Screen,
    pilot: Autopilot,
    presented_before: int,
    asked_back: JournalEntry | None = None,
) -> Action | None:
    """Return what the customer does at this screen; None: wait for another one.

    A screen of another media than theirs (somebody tapped meanwhile) is reset.
    `presented_before` counts what was presented on this terminal, for the card's own counter.
    `asked_back` is the payment that the register wants given back, with whatever it was paid.
    """
    if not pilot.on:
        return None
    if screen.name in REFUND_SCREENS:
        return give_back(screen, asked_back, presented_before)
    match screen.name:
        case ScreenName.CHOOSE_MEDIA:
            action = KeyPressed(label=_MEDIA_KEYS[pilot.media])
        case ScreenName.READ_CARD | ScreenName.TOUCH_EMONEY | ScreenName.READ_CODE:
            action = _pay(screen, pilot, presented_before)
        case ScreenName.EMONEY_BRAND:
            brand = pilot.brand or usual(MEDIA_EMONEY)
            action = KeyPressed(label=brand if brand in screen.keys else Key.RESET)
        case ScreenName.CARD_INSTALMENTS:
            action = KeyPressed(label=screen.keys[0])
        case ScreenName.ENTER_PIN:
            typed = any("*" * len(PIN) in line for line in screen.lines)
            action = KeyPressed(label=Key.SET) if typed else DigitsEntered(digits=PIN)
        case name:
            key = _KEYS.get(name)
            action = None if key is None else KeyPressed(label=key)
    return action


def _pay(screen: Screen, pilot: Autopilot, presented_before: int) -> KeyPressed | Presented:
    """Cards are held to the mark, as most people do: no PIN is asked."""
    if _READERS[screen.name] != pilot.media:
        return KeyPressed(label=Key.RESET)
    brand = pilot.brand or usual(pilot.media)
    entry = "code" if pilot.media == MEDIA_CODE else "contactless"
    return presented(Present(kind=pilot.media, brand=brand, entry=entry), presented_before)
