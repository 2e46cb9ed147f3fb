"""What to do on the terminal so that it comes home, in a word for each kind of screen."""

from typing import Final

LOST: Final = "lost"
"""Nothing is heard of the terminal: it is off, cut off, or frozen."""

OTHER: Final = "other"
"""A screen that this version does not know."""

_SCREENS: Final = {
    "home": ("home",),
    "reset": (
        "choose_media",
        "card_amount",
        "card_condition",
        "card_instalments",
        "card_execute",
        "read_card",
        "emoney_brand",
        "emoney_amount",
        "touch_emoney",
        "code_amount",
        "read_code",
        "refund_media",
        "refund_card_amount",
        "refund_card_slip",
        "refund_card_match",
        "refund_card_kind",
        "refund_card_execute",
        "refund_read_card",
        "refund_emoney_brand",
        "refund_emoney_menu",
        "refund_emoney_amount",
        "refund_emoney_slip",
        "refund_emoney_kind",
        "refund_touch_emoney",
        "refund_code_amount",
        "refund_code_execute",
        "refund_read_code",
        "refund_code_order",
        "refund_card_condition",
    ),
    "pin": ("enter_pin",),
    "wait": ("centre",),
    "confirm": ("centre_silent", "approved", "declined", "incomplete"),
    "paper": ("paper_out",),
    "back": ("business", "reprint", "reprint_media", "history", "history_entry"),
    "power": ("frozen", "off"),
}

GUIDES: Final = (*_SCREENS, LOST, OTHER)
"""Each has its sentence in the catalogues (`guide.<name>`)."""

_OF_SCREEN: Final = {screen: guide for guide, screens in _SCREENS.items() for screen in screens}


def guide_of(screen: str | None, link: str) -> str:
    """Return what to do with this screen on the glass; `link` as in `front.live.Sight`."""
    if link != "connected":
        return LOST
    return _OF_SCREEN.get(screen or "", OTHER)


def guide_map() -> dict[str, str]:
    """Return the whole map, for the script that follows the glass live."""
    return dict(_OF_SCREEN)


BACK_MAP: Final = {
    "refund_media": "media",
    "refund_card_amount": "amount",
    "refund_card_slip": "slip",
    "refund_card_match": "match",
    "refund_card_kind": "kind",
    "refund_card_execute": "execute",
    "refund_read_card": "read_card",
    "refund_card_condition": "condition",
    "refund_emoney_brand": "brand",
    "refund_emoney_menu": "menu",
    "refund_emoney_amount": "amount",
    "refund_emoney_slip": "slip",
    "refund_emoney_kind": "kind",
    "refund_touch_emoney": "touch",
    "refund_code_amount": "amount",
    "refund_code_execute": "execute",
    "refund_read_code": "manual",
    "refund_code_order": "order",
    "enter_pin": "pin",
    "centre": "wait",
    "centre_silent": "confirm",
    "approved": "done",
    "declined": "confirm",
    "incomplete": "confirm",
    "paper_out": "paper",
    "frozen": "power",
    "off": "power",
    "home": "sending",
}
"""What to do on a screen of a refund (manual 4-2 to 4-4): its word in the catalogues, `back.*`."""

SENDING: Final = "sending"
"""The terminal has not yet shown anything of the refund."""


def back_word(screen: str | None, link: str) -> str:
    """Return what to do next on the terminal so that the money goes back."""
    if link != "connected":
        return LOST
    return SENDING if screen is None else BACK_MAP.get(screen, OTHER)
