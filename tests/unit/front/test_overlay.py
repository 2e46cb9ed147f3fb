"""Screens are laid over what waits, and over nothing else."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from contracts.operations import Screen
from contracts.sales import RegisterView, SalesPage, SaleView, TenderState
from front import overlay

SaleOf = Callable[..., SaleView]
GLASS = Screen(name="pin")


def glass(_operation: str) -> Screen:
    return GLASS


@pytest.mark.parametrize("state", TenderState)
def test_a_screen_belongs_to_a_tender_that_waits(sale_of: SaleOf, state: TenderState) -> None:
    raw = msgspec.json.encode(sale_of(1, state))
    tender = msgspec.json.decode(overlay.over_sale(raw, glass), type=SaleView).tenders[0]
    assert tender.screen == (GLASS if state in overlay.WAITING else UNSET)


def test_pages_and_registers_show_it_too(sale_of: SaleOf) -> None:
    sale = sale_of(1, TenderState.IN_DOUBT)
    page = msgspec.json.encode(SalesPage(sales=(sale, sale_of()), next=None))
    told: Any = msgspec.json.decode(overlay.over_page(page, glass))
    assert told["sales"][0]["tenders"][0]["screen"]["name"] == "pin"
    view = RegisterView(store="S", register="R1", active=sale, parked=(sale,), closed_last=None)
    told = msgspec.json.decode(overlay.over_register(msgspec.json.encode(view), glass))
    assert told["active"]["tenders"][0]["screen"]["name"] == "pin"
    assert told["parked"][0]["tenders"][0]["screen"]["name"] == "pin"


def test_a_screen_that_was_never_seen_is_left_out(sale_of: SaleOf) -> None:
    raw = msgspec.json.encode(sale_of(1, TenderState.REQUESTED))
    told: Any = msgspec.json.decode(overlay.over_sale(raw, lambda _operation: None))
    assert "screen" not in told["tenders"][0]
