"""After 切断する every screen of a CT-6100 has a sentence that leads home."""

import pytest

from ct6100.screens import KEYS, Key, ScreenName
from front.pages.guide import GUIDES, LOST, OTHER, guide_map, guide_of

WAYS_HOME = {
    Key.RESET: {"reset", "pin"},
    Key.CONFIRM: {"confirm"},
    Key.BACK: {"back"},
}


@pytest.mark.parametrize("screen", list(ScreenName))
def test_every_screen_of_the_terminal_has_its_sentence(screen: ScreenName) -> None:
    guide = guide_of(screen, "connected")
    assert guide in GUIDES
    assert guide not in {OTHER, LOST}


@pytest.mark.parametrize("screen", sorted(set(ScreenName) - {ScreenName.HOME}))
def test_the_sentence_names_a_key_that_is_on_that_glass(screen: ScreenName) -> None:
    guide = guide_of(screen, "connected")
    for key, guides in WAYS_HOME.items():
        if guide in guides:
            assert key in KEYS[screen]
    if guide in {"wait", "power", "paper"}:
        assert KEYS[screen] == ()


def test_a_terminal_that_is_not_heard_of_is_told_to_be_looked_at_whatever_it_showed_last() -> None:
    for link in ("disconnected", "unknown", "none"):
        assert guide_of("home", link) == LOST
    assert guide_of(None, "connected") == guide_of("a screen of tomorrow", "connected") == OTHER


def test_the_script_follows_the_same_map() -> None:
    assert {screen: guide_of(screen, "connected") for screen in guide_map()} == guide_map()
