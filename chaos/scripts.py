"""The fault scripts of the simulated terminals, and how chaos uses each. Data.

What the simulator knows is taken from its API; a fault that it knows and that has no recipe here
is told, and fails the run: nobody shall add one that chaos never tries.
"""

import random
from collections.abc import Callable
from typing import Final

from msgspec import Struct

Parameters = dict[str, object]

SCREENS: Final = ("choose_media", "card_amount", "read_card", "touch_emoney", "centre", "approved")
"""Where a link or a power supply fails; a terminal shows those of its customer's media."""


class Recipe(Struct, frozen=True, kw_only=True):
    """How one fault is used.

    `window`: it strikes every time until it is cleared, and is cleared after so many payments;
    0: it is gone once it has struck. `lingers`: its effect lasts for its `seconds` after it struck.
    `power_cycle`: only that brings the terminal back. `media`: whom it strikes; none: everybody.
    """

    draw: Callable[[random.Random], Parameters]
    window: int = 0
    lingers: bool = False
    power_cycle: bool = False
    media: tuple[str, ...] = ()


def _nothing(_: random.Random) -> Parameters:
    return {}


def _seconds(low: float, high: float) -> Callable[[random.Random], Parameters]:
    return lambda rng: {"seconds": round(rng.uniform(low, high), 2)}


def _at_a_screen(rng: random.Random) -> Parameters:
    return {"screen": rng.choice(SCREENS)}


RECIPES: Final[dict[str, Recipe]] = {
    "answer_lost": Recipe(draw=_nothing),
    "answer_late": Recipe(draw=_seconds(0.3, 6.0)),
    "answer_twice": Recipe(draw=_nothing),
    "answer_split": Recipe(draw=lambda rng: {"bytes": rng.randint(1, 9)}, window=2),
    "link_drop_at": Recipe(draw=_at_a_screen),
    "reboot_at": Recipe(
        draw=lambda rng: _at_a_screen(rng) | {"seconds": round(rng.uniform(0.2, 3.0), 2)},
        lingers=True,
    ),
    "slow_centre": Recipe(draw=_seconds(1.0, 6.0), window=2, lingers=True),
    "decline": Recipe(draw=lambda _: {"code": "card_declined"}, window=2),
    "wrong_amount": Recipe(draw=lambda rng: {"amount": rng.randint(1, 9_999)}),
    "foreign_operation": Recipe(draw=_nothing),
    "nak_every": Recipe(draw=lambda rng: {"n": rng.randint(2, 6)}, window=2),
    "freeze": Recipe(draw=_at_a_screen, power_cycle=True),
    "paper_out": Recipe(draw=_nothing, window=1, media=("card", "emoney")),
    "incomplete": Recipe(draw=_nothing, media=("emoney",)),
    "close_day_mid_payment": Recipe(draw=_nothing),
    "clock_skew": Recipe(draw=lambda rng: {"seconds": rng.randint(-900, 900)}, window=2),
}
