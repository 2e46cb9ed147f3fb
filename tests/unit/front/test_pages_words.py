"""Every word on the screens is in both catalogues, and every refusal has the cashier's words."""

import re
from importlib import resources
from typing import Final

import pytest

from contracts.problems import PROBLEMS
from contracts.sales import Method, SaleState, TenderState
from front.pages.register import GOODS
from front.pages.stage import RAIL, Stage
from front.pages.words import LANGUAGES, language_of, load

USED: Final = re.compile(r"""\bt\(\s*["']([a-z_.0-9]+)["']\s*[,)]""")


def keys_in_templates() -> set[str]:
    folder = resources.files("front").joinpath("templates")
    found: set[str] = set()
    for place in (folder, folder.joinpath("register")):
        for file in place.iterdir():
            if file.name.endswith(".html"):
                found |= set(USED.findall(file.read_text(encoding="utf-8")))
    return found


def keys_made_from_values() -> set[str]:
    made = {f"method.{one}" for one in Method} | {f"state.{one}" for one in TenderState}
    made |= {f"sale_state.{one}" for one in SaleState} | {f"stage.{one}" for one in Stage}
    made |= {f"rail.{one}" for one in RAIL} | {key for key, _, _ in GOODS}
    made |= {f"link.{one}" for one in ("connected", "disconnected", "unknown", "none")}
    made |= {f"amount.{one}" for one in Method}
    return made | {f"problem.{code}" for code in PROBLEMS}


def test_the_catalogues_hold_the_same_keys() -> None:
    by_language = load()
    assert set(by_language) == set(LANGUAGES)
    assert by_language["ja"].keys() == by_language["en"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_a_screen_says_is_in_the_catalogue(language: str) -> None:
    words = load()[language]
    wanted = keys_in_templates() | keys_made_from_values()
    assert len(wanted) > 100
    assert sorted(key for key in wanted if not words.has(key)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_that_nobody_knows_has_words_all_the_same(language: str) -> None:
    words = load()[language]
    assert words.reason("card_declined") != words.reason("G99") == words("reason.other")


def test_a_placeholder_stands_in_both_languages() -> None:
    ja, en = load()["ja"], load()["en"]
    for key in sorted(ja.keys()):
        assert re.findall(r"\{\w+\}", ja(key)) == re.findall(r"\{\w+\}", en(key)), key


@pytest.mark.parametrize(
    ("cookie", "accepts", "language"),
    [
        (None, "", "ja"),
        (None, "en-US,en;q=0.9,ja;q=0.8", "en"),
        (None, "fr-FR, ja", "ja"),
        ("en", "ja-JP", "en"),
        ("xx", "ja-JP", "ja"),
    ],
)
def test_the_person_chooses_else_the_browser_else_japanese(
    cookie: str | None, accepts: str, language: str
) -> None:
    assert language_of(cookie, accepts) == language
