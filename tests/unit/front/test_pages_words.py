"""Every word on the screens is in both catalogues, and every refusal has the cashier's words."""

import re
from datetime import UTC, datetime
from importlib import resources
from typing import Final

import pytest

from contracts.money import Yen
from contracts.operations import OperationKind
from contracts.problems import PROBLEMS
from contracts.receipts import Copy, SlipOf
from contracts.sales import Method, OperationView, SaleState, TenderState, TenderView
from front.pages.books import MEDIA
from front.pages.guide import BACK_MAP, GUIDES
from front.pages.mirror import back_words
from front.pages.paper import AT_PRINTER, ELSEWHERE, Paper
from front.pages.register import GOODS, KINDS
from front.pages.search import FIELDS
from front.pages.stage import ENDED, RAIL, Stage
from front.pages.words import LANGUAGES, REASONS, language_of, load

SLIP_WORDS: Final = ("slip", "customer_slip")
PRINTER_STATES: Final = ("ready", "printing", "near_end", "no_answer", "store_unreachable", "other")

REFUSED_BY_RULE: Final = ("brand", "window_over", "not_the_last", "number_unknown")

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
    made |= {f"amount.{one}" for one in Method} | {
        f"kind.{one}" for one in (*KINDS, "unconfirmed", "incomplete")
    }
    made |= {f"guide.{one}" for one in GUIDES} | {f"media.{one}" for one in MEDIA}
    made |= {f"ended.{one}" for one in ENDED} | {f"operation.{one}" for one in OperationKind}
    made |= {f"standing.{one}" for one in (*SaleState, "doubt", "case")}
    made |= {f"reason.{one}" for one in REASONS.values()}
    made |= {
        f"cases.{way}_{part}" for way in ("replace", "accept") for part in ("question", "explains")
    }
    made |= {f"{what}.{one}" for what in ("paper", "receipt") for one in Paper}
    made |= {f"paper_why.{one}" for one in (*AT_PRINTER, *ELSEWHERE, "other")}
    made |= {f"paper_do.{one}" for one in ("look", "other")}
    made |= {f"paper.{one}" for one in (*Copy, "receipt")}
    made |= {f"paper.only_{one}" for one in Copy} | {f"paper.slip_of_{one}" for one in SlipOf}
    made |= {f"settings.{part}_{way}" for part in SLIP_WORDS for way in ("auto", "manual")}
    made |= {f"printer_state.{one}" for one in (*AT_PRINTER[:4], *PRINTER_STATES)}
    made |= {f"sales.{one}" for one in FIELDS if one != "brand"}
    made |= {f"back.{one}" for one in (*BACK_MAP.values(), "sending", "lost", "other")}
    made |= {f"{family}.{one}" for family in ("back_media", "refund_needs") for one in MEDIA}
    made |= {f"entry.{one}" for one in ("contactless", "ic", "magnetic", "code", "other")}
    made |= {f"refunded_by.{one}" for one in ("terminal", "cash", "other")}
    made |= {f"journal_state.{one}" for one in ("given_back", "approved", "pending", "other")}
    made |= {f"problem.not_cancellable.{one}" for one in REFUSED_BY_RULE}
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
    assert words.reason("card_declined") != words.reason("Z99") == words("reason.other")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_centres_code_is_told_in_the_words_of_what_it_means(language: str) -> None:
    words = load()[language]
    assert words.reason("G55") == words("reason.limit")
    assert words.reason("G42") == words.reason("pin_wrong")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_of_a_family_has_its_words_the_familys_other_or_itself(language: str) -> None:
    words = load()[language]
    assert words.named("doubt_reason", "of tomorrow") == words("doubt_reason.other")
    assert words.named("kind", "図書カード") == "図書カード"
    assert words.all("guide")["home"] == words("guide.home")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_in_a_refund_is_told_in_the_words_on_the_terminals_keys(language: str) -> None:
    words = load()[language]
    told = back_words(words, refunded_on("emoney", brand="iD"))
    assert "「iD」" in told["brand"] or "“iD”" in told["brand"]
    assert "取消" in told["kind"] or "Void" in told["kind"]
    assert not [text for text in told.values() if "{" in text]
    assert back_words(words, None) == {}


def refunded_on(media: str, **more: str) -> TenderView:
    asked = OperationView(
        id="0190f1c4-0000-7000-8000-000000000002",
        kind=OperationKind.VOID,
        state="refunding",
        slip_number=None,
        at=datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC),
    )
    return TenderView(
        number=1,
        method=Method.TERMINAL,
        amount=Yen(165),
        state=TenderState.REFUNDING,
        counted=True,
        media=media,
        brand=more["brand"],
        operations=(asked,),
    )


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
