"""A customer at a simulated terminal, for end-to-end tests: with a card, e-money or a code."""

from typing import Any, Final

from msgspec import Struct

from testkit.http import TerminalClient, until


class Wallet(Struct, frozen=True, kw_only=True):
    """What somebody pays with: `media` and `entry` as in `POST …/present`."""

    media: str
    brand: str
    entry: str


CARD: Final = Wallet(media="card", brand="AMEX", entry="contactless")
EMONEY: Final = Wallet(media="emoney", brand="iD", entry="contactless")
CODE: Final = Wallet(media="code", brand="PayPay", entry="code")

NEXT_KEY: Final = {
    "choose_media": "クレジットカード・銀聯",
    "card_amount": "セット",
    "card_condition": "一括",
    "card_execute": "実行",
    "emoney_brand": "iD",
    "emoney_amount": "確認",
    "code_amount": "セット",
    "declined": "確認",
    "incomplete": "確認",
}
"""What leads on from a screen; the first two of another media or brand are the wallet's."""

_MEDIA_KEYS: Final = {
    "card": "クレジットカード・銀聯",
    "emoney": "電子マネー",
    "code": "コード支払い",
}

_READERS: Final = {"read_card": CARD, "touch_emoney": EMONEY, "read_code": CODE}
"""Where something is held out, and what usually is."""

_WALKS: Final = {
    "card": ("card_amount", "card_condition", "card_execute", "read_card", "centre"),
    "emoney": ("emoney_brand", "emoney_amount", "touch_emoney", "centre"),
    "code": ("code_amount", "read_code", "centre"),
}


def walk_to(terminal: TerminalClient, screen: str, wallet: Wallet = CARD) -> None:
    """Do what a customer does, from the choice of media on, until `screen` is on the glass."""
    walk = ("choose_media", *_WALKS[wallet.media])
    terminal.until_screen("choose_media")
    for name in walk[: walk.index(screen)]:
        if name in _READERS:
            hold_out(terminal, wallet)
        else:
            terminal.press(_key(name, wallet))
    terminal.until_screen(screen)


def walk_to_reader(terminal: TerminalClient, wallet: Wallet = CARD) -> None:
    """Do what a customer does until the terminal waits for what they pay with."""
    reader = next(name for name, usual in _READERS.items() if usual.media == wallet.media)
    walk_to(terminal, reader, wallet)


def hold_out(terminal: TerminalClient, wallet: Wallet = CARD, **more: str) -> None:
    """Hold out what the customer pays with."""
    terminal.present(wallet.media, brand=wallet.brand, entry=wallet.entry, **more)


def pay(terminal: TerminalClient, wallet: Wallet = CARD) -> None:
    """Do all that a customer does, from the choice of media on; the centre's answer is awaited."""
    walk_to_reader(terminal, wallet)
    hold_out(terminal, wallet)


_REFUND_MEDIA_KEYS: Final = {"card": "クレジット", "emoney": "電子マネー", "code": "コード支払い"}

REFUND_WALKS: Final = {
    "card": (
        ("refund_card_amount", "確認"),
        ("refund_card_slip", "セット"),
        ("refund_card_match", "一致"),
        ("refund_card_kind", ""),
        ("refund_card_execute", "実行"),
        ("refund_read_card", ""),
    ),
    "emoney": (
        ("refund_emoney_brand", ""),
        ("refund_emoney_menu", "取消返品"),
        ("refund_emoney_amount", "確認"),
        ("refund_emoney_slip", "セット"),
        ("refund_emoney_kind", ""),
        ("refund_touch_emoney", ""),
    ),
    "code": (
        ("refund_code_amount", "確認"),
        ("refund_code_execute", "実行"),
        ("refund_read_code", "マニュアル"),
        ("refund_code_order", "セット"),
    ),
}
"""Screens of 取消返品 and the key that leads on, manual 4-2 to 4-4; "": it depends."""


class Refund(Struct, frozen=True, kw_only=True):
    """What is given back: its slip number (of a code its order number), and 取消 or 返品.

    `amount` is typed where no register sent it.
    """

    number: str
    kind: str = "取消"
    wallet: Wallet = CARD
    amount: int | None = None


def walk_back_to(terminal: TerminalClient, screen: str, refund: Refund) -> None:
    """Do what cashier and customer do in a refund, until `screen` is on the glass."""
    media = refund.wallet.media
    if refund.amount is not None:
        terminal.press("業務")
    terminal.until_screen("refund_media", "business")
    terminal.press(_REFUND_MEDIA_KEYS[media])
    for name, key in REFUND_WALKS[media]:
        terminal.until_screen(name)
        if name == screen:
            return
        _walk_on(terminal, name, key, refund)
    terminal.until_screen(screen)


def _walk_on(terminal: TerminalClient, screen: str, key: str, refund: Refund) -> None:
    if screen.endswith("_amount") and refund.amount is not None:
        terminal.enter(f"{refund.amount}")
    if screen.endswith(("_slip", "_order")):
        terminal.enter(refund.number)
    if screen in {"refund_read_card", "refund_touch_emoney"}:
        hold_out(terminal, refund.wallet)
    elif screen == "refund_emoney_brand":
        terminal.press(refund.wallet.brand)
    else:
        terminal.press(key or refund.kind)


def give_back(terminal: TerminalClient, refund: Refund) -> None:
    """Do all that is done in a refund; asked by the register, or by hand when it has an amount."""
    last, key = REFUND_WALKS[refund.wallet.media][-1]
    walk_back_to(terminal, last, refund)
    _walk_on(terminal, last, key, refund)
    if refund.wallet.entry == "magnetic":
        terminal.until_screen("refund_card_condition")
        terminal.press("一括")


def finish(terminal: TerminalClient) -> None:
    """Pay to the end if the terminal still asks for it; bring it home in any case."""

    def at_home() -> bool:
        name = terminal.screen()["name"]
        if name in _READERS:
            hold_out(terminal, _READERS[name])
        elif name in NEXT_KEY:
            terminal.press(NEXT_KEY[name])
        return name in {"home", "approved"}

    until(at_home, "the terminal to be done")


def approved_for(terminal: TerminalClient, operation: str) -> list[Any]:
    """Return what the terminal's own journal says was charged for an operation."""
    return [
        entry
        for entry in terminal.journal()
        if entry["operation_id"] == operation and entry["state"] == "approved"
    ]


def _key(screen: str, wallet: Wallet) -> str:
    if screen == "choose_media":
        return _MEDIA_KEYS[wallet.media]
    return wallet.brand if screen == "emoney_brand" else NEXT_KEY[screen]
