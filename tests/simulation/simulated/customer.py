"""Who stands before a terminal: pays mostly, thinks, taps twice, changes their mind, walks off."""

import random
from collections.abc import Callable
from typing import Final

from ct6100.effects import KeptEntry
from ct6100.screens import Key, ScreenName
from ct6100.stimuli import DigitsEntered, KeyPressed, Presented, Stimulus
from simulated.device import Device
from simulated.giving_back import SCREENS, GivingBack
from simulated.story import Story
from simulated.virtual import VirtualLoop, chance

E_MONEY: Final = "3110120000000421"
"""The member number on the manual's sample slip."""

NUMBERS: Final = {"card": "4980070000001234", "emoney": E_MONEY}

EMONEY: Final = ("iD", "iD", "QUICPay", "QUICPay", "nanaco")
"""The last one cannot be given back on a terminal (4-3)."""

THINKS_S: Final = (0.02, 0.5)
WALKS_OFF_S: Final = (2.0, 12.0)

_NEXT: Final[dict[str, str]] = {
    ScreenName.CARD_AMOUNT: Key.SET,
    ScreenName.CARD_CONDITION: Key.LUMP_SUM,
    ScreenName.CARD_EXECUTE: Key.EXECUTE,
    ScreenName.EMONEY_AMOUNT: Key.CONFIRM,
    ScreenName.CODE_AMOUNT: Key.SET,
    ScreenName.DECLINED: Key.CONFIRM,
    ScreenName.INCOMPLETE: Key.CONFIRM,
    ScreenName.CENTRE_SILENT: Key.CONFIRM,
    ScreenName.REPRINT: Key.BACK,
    ScreenName.REPRINT_MEDIA: Key.BACK,
}


class Customer:
    """Acts a while after each change of the glass."""

    def __init__(
        self, device: Device, *, loop: VirtualLoop, rng: random.Random, story: Story
    ) -> None:
        self.trouble = True
        self._device = device
        self._loop = loop
        self._rng = rng
        self._story = story
        self._acting = False
        self._brand = EMONEY[0]
        self._giving_back = GivingBack(device, rng, story, self._present_again)
        self._ways: dict[str, Callable[[], Stimulus]] = {
            ScreenName.CHOOSE_MEDIA: self._choose,
            ScreenName.EMONEY_BRAND: self._pick_brand,
            ScreenName.READ_CARD: self._card,
            ScreenName.TOUCH_EMONEY: self._touch,
            ScreenName.READ_CODE: self._code,
            ScreenName.ENTER_PIN: self._pin,
        }
        device.on_screen = self.look

    def look(self) -> None:
        """Something is to be done, in a while."""
        if self._acting:
            return
        self._acting = True
        wait_s = self._rng.uniform(*THINKS_S)
        if self.trouble and chance(self._rng, 0.012):
            wait_s = self._rng.uniform(*WALKS_OFF_S)
            self._story.count("customer: walked off")
        self._loop.call_later(wait_s, self._act)

    def _act(self) -> None:
        self._acting = False
        device = self._device
        if not device.on:
            return
        stimulus = self._next(device.terminal.screen.name)
        if stimulus is None:
            return
        before = device.terminal.screen
        device.handle(stimulus)
        if self.trouble and isinstance(stimulus, Presented) and chance(self._rng, 0.2):
            device.handle(stimulus)  # held to the reader twice
        if device.on and device.terminal.screen == before:
            self.look()

    def _next(self, screen: str) -> Stimulus | None:
        whim = self._whim(screen) if self.trouble else None
        if whim is not None:
            return whim
        if screen == ScreenName.HOME:
            self._giving_back.at_home()
        if screen in SCREENS:
            return self._giving_back.next(screen, trouble=self.trouble)
        label = _NEXT.get(screen)
        if label is not None:
            return KeyPressed(label=label)
        do = self._ways.get(screen)
        return None if do is None else do()

    def _whim(self, screen: str) -> Stimulus | None:
        if screen == ScreenName.HOME and chance(self._rng, 0.08):
            self._story.count("customer: by hand")
            return KeyPressed(label=Key.BUSINESS)
        shy = 0.012 if screen in SCREENS else 0.03  # there are more screens on the way back
        if Key.RESET in self._device.terminal.screen.keys and chance(self._rng, shy):
            self._story.count("customer: reset")
            return KeyPressed(label=Key.RESET)
        return None

    def _choose(self) -> Stimulus:
        media = (Key.CREDIT_CARD, Key.CREDIT_CARD, Key.EMONEY, Key.CODE)
        return KeyPressed(label=self._rng.choice(media))

    def _pick_brand(self) -> Stimulus:
        self._brand = self._rng.choice(EMONEY)
        return KeyPressed(label=self._brand)

    def _card(self) -> Stimulus:
        entry = self._rng.choice(("contactless", "ic"))
        return self._presented("card", "VISA", entry, NUMBERS["card"])

    def _touch(self) -> Stimulus:
        return self._presented("emoney", self._brand, "contactless", E_MONEY)

    def _present_again(self, paid: KeptEntry) -> Stimulus:
        """The same card or phone, read in the same way; sometimes it is another way first."""
        entry = paid.entry
        if self.trouble and paid.media == "card" and chance(self._rng, 0.1):
            entry = self._rng.choice(("contactless", "ic"))
        return self._presented(paid.media, paid.brand, entry, NUMBERS[paid.media])

    def _code(self) -> Stimulus:
        return self._presented("code", "PayPay", "code", "")

    def _pin(self) -> Stimulus:
        typed = any("****" in line for line in self._device.terminal.screen.lines)
        return KeyPressed(label=Key.SET) if typed else DigitsEntered(digits="1234")

    def _presented(self, media: str, brand: str, entry: str, number: str) -> Presented:
        broken_off = "incomplete" if media == "emoney" else "declined"
        outcomes = ["approved"] * 8 + ["declined", broken_off]
        return Presented(
            media=media,
            brand=brand,
            entry=entry,
            number=number,
            outcome=self._rng.choice(outcomes),
            atc="0034",
        )
