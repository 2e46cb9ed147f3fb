"""Screens and questions are laid over what waits, and over nothing else."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from contracts.operations import Screen
from contracts.sales import (
    DoubtAsked,
    DoubtView,
    RegisterView,
    SalesPage,
    SaleView,
    TenderState,
    TenderView,
)
from front import overlay
from testkit.clock import START

SaleOf = Callable[..., SaleView]
GLASS = Screen(name="pin")
OPERATION = "00000000-0000-7000-8000-00000000000b"
ASKED = DoubtAsked(operation_id=OPERATION, sale=OPERATION, asked=3, at=START, answer="no_answer")


class Heard:
    """What was heard of every operation alike."""

    def __init__(self, screen: Screen | None = GLASS, asked: DoubtAsked | None = ASKED) -> None:
        self._screen = screen
        self._asked = asked

    def screen_of(self, operation_id: str) -> Screen | None:
        del operation_id
        return self._screen

    def doubt_of(self, operation_id: str) -> DoubtAsked | None:
        del operation_id
        return self._asked


def laid_over(sale: SaleView, heard: Heard) -> TenderView:
    raw = overlay.over_sale(msgspec.json.encode(sale), heard)
    return msgspec.json.decode(raw, type=SaleView).tenders[0]


def doubted(sale: SaleView, asked: int = 0) -> SaleView:
    doubt = DoubtView(reason="silence", since=START, asked=asked, presumed="sold")
    tender = msgspec.structs.replace(sale.tenders[0], doubt=doubt)
    return msgspec.structs.replace(sale, tenders=(tender,))


@pytest.mark.parametrize("state", TenderState)
def test_a_screen_belongs_to_a_tender_that_waits(sale_of: SaleOf, state: TenderState) -> None:
    tender = laid_over(sale_of(1, state), Heard())
    assert tender.screen == (GLASS if state in overlay.WAITING else UNSET)


@pytest.mark.parametrize("state", TenderState)
def test_a_question_belongs_to_a_tender_in_doubt(sale_of: SaleOf, state: TenderState) -> None:
    assert laid_over(sale_of(1, state), Heard()).doubt is UNSET
    doubt = laid_over(doubted(sale_of(1, state)), Heard()).doubt
    assert isinstance(doubt, DoubtView)
    assert (doubt.reason, doubt.since, doubt.presumed) == ("silence", START, "sold")
    heard = (doubt.asked, doubt.last_asked_at, doubt.answer)
    assert heard == ((3, START, "no_answer") if state in overlay.WAITING else (0, None, None))


def test_a_question_older_than_what_the_sale_knows_is_not_laid_over_it(sale_of: SaleOf) -> None:
    sale = doubted(sale_of(1, TenderState.IN_DOUBT), asked=4)
    assert laid_over(sale, Heard()).doubt == sale.tenders[0].doubt
    assert laid_over(sale, Heard(asked=None)).doubt == sale.tenders[0].doubt


def test_pages_and_registers_show_it_too(sale_of: SaleOf) -> None:
    sale = doubted(sale_of(1, TenderState.IN_DOUBT))
    page = msgspec.json.encode(SalesPage(sales=(sale, sale_of()), next=None))
    told: Any = msgspec.json.decode(overlay.over_page(page, Heard()))
    view = RegisterView(store="S", register="R1", active=sale, parked=(sale,), closed_last=None)
    seen: Any = msgspec.json.decode(overlay.over_register(msgspec.json.encode(view), Heard()))
    for shown in (told["sales"][0], seen["active"], seen["parked"][0]):
        assert shown["tenders"][0]["screen"]["name"] == "pin"
        assert shown["tenders"][0]["doubt"]["asked"] == 3


def test_a_screen_that_was_never_seen_is_left_out(sale_of: SaleOf) -> None:
    raw = msgspec.json.encode(sale_of(1, TenderState.REQUESTED))
    told: Any = msgspec.json.decode(overlay.over_sale(raw, Heard(screen=None, asked=None)))
    assert "screen" not in told["tenders"][0]
