"""The terminal's glass on a register's screen, what to do with it, and what is told of a doubt."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from contracts.operations import Screen
from contracts.sales import TenderView
from contracts.stores import StoreConfiguration
from front.http.keys import DESK
from front.model import Caller
from front.pages.frame import given, words_of, yen
from front.pages.guide import BACK_MAP, GUIDES, back_word, guide_map, guide_of
from front.pages.place import Place
from front.pages.stage import RAIL, Shown, Stage, rail_map, rail_step
from front.pages.words import Words

HOME: Final = "home"

MIRRORING: Final = (
    Stage.PROCESSING,
    Stage.DISCONNECTED,
    Stage.DOUBT,
    Stage.REFUNDING,
    Stage.REFUND_DISCONNECTED,
    Stage.REFUND_DOUBT,
)
"""The screens that show the terminal's glass."""


def mirrored(request: web.Request, caller: Caller, place: Place, shown: Shown) -> dict[str, object]:
    """Return the terminal's glass, and what to do with it."""
    screen = _screen(request, caller, place.configuration, shown)
    name = screen.name if screen is not None else None
    live, terminal = request.app[DESK].live, place.terminal
    company, store = caller.session.company, place.configuration.store
    link = live.sight(company, store, terminal).link if terminal else "none"
    words = words_of(request)
    return {
        "screen": screen,
        "at_home": name == HOME,
        "guide": guide_of(name, link),
        "guides": {guide: words(f"guide.{guide}") for guide in GUIDES},
        "guide_map": guide_map(),
        "back_now": back_word(name, link),
        "back_words": back_words(words, shown.tender),
        "back_map": BACK_MAP,
        "rail": RAIL,
        "rail_step": rail_step(name),
        "rail_map": msgspec.json.encode(rail_map()).decode(),
    }


def back_words(words: Words, tender: TenderView | None) -> dict[str, str]:
    """Return what to do on each of the terminal's screens so that this tender is given back."""
    if tender is None or not tender.operations:
        return {}
    values = {
        "amount": yen(tender.amount),
        "media": words.named("back_media", str(tender.media) if given(tender.media) else ""),
        "brand": str(tender.brand) if given(tender.brand) else "",
        "entry": words.named("entry", str(tender.entry) if given(tender.entry) else ""),
        "kind": words.named("operation", tender.operations[-1].kind),
    }
    return {name: text.format(**values) for name, text in words.all("back").items()}


def doubt_told(tender: TenderView | None) -> dict[str, object]:
    """Return what is told of a doubt; `reason` alone where nothing more is known of it."""
    if tender is None:
        return {"doubt": None, "reason": "", "since": None, "brand": ""}
    doubt = None if tender.doubt is UNSET else tender.doubt
    told = "" if tender.reason is UNSET else tender.reason
    asked_at = tender.operations[-1].at if tender.operations else None
    return {
        "doubt": doubt,
        "reason": told if doubt is None else doubt.reason,
        "since": asked_at if doubt is None else doubt.since,
        "brand": "" if tender.brand is UNSET else tender.brand,
    }


def _screen(
    request: web.Request, caller: Caller, configuration: StoreConfiguration, shown: Shown
) -> Screen | None:
    """Return the glass of the tender's terminal, as last heard: home too, once it is back there."""
    tender: TenderView | None = shown.tender
    if tender is None or not tender.operations or shown.stage not in MIRRORING:
        return None
    live = request.app[DESK].live
    if tender.terminal is not UNSET:
        now = live.shown(caller.session.company, configuration.store, tender.terminal)
        if now is not None:
            return now.screen
    return live.screen_of(tender.operations[-1].id)
