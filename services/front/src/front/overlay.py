"""Lay the live screens over tenders that wait for the terminal; everything else passes untouched.

A sale without such a tender is not even decoded: its bytes go out as they came.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET

from contracts.identifiers import OperationId
from contracts.operations import Screen
from contracts.sales import RegisterView, SalesPage, SaleView, TenderState, TenderView

ScreenOf = Callable[[OperationId], Screen | None]

WAITING: Final = frozenset(
    {
        TenderState.REQUESTED,
        TenderState.IN_PROGRESS,
        TenderState.IN_DOUBT,
        TenderState.REFUNDING,
        TenderState.REFUND_IN_DOUBT,
    }
)
"""States in which the terminal's glass says something about the tender."""

_MARKS: Final = tuple(f'"{state}"'.encode() for state in sorted(WAITING))


def waits(raw: bytes) -> bool:
    """Tell cheaply whether a view may hold a tender that waits; a wrong yes costs a decode."""
    return any(mark in raw for mark in _MARKS)


def over_sale(raw: bytes, screen_of: ScreenOf) -> bytes:
    """Return a `SaleView` with its live screens."""
    if not waits(raw):
        return raw
    return msgspec.json.encode(_sale(msgspec.json.decode(raw, type=SaleView), screen_of))


def over_page(raw: bytes, screen_of: ScreenOf) -> bytes:
    """Return a `SalesPage` with its live screens."""
    if not waits(raw):
        return raw
    page = msgspec.json.decode(raw, type=SalesPage)
    sales = tuple(_sale(sale, screen_of) for sale in page.sales)
    return msgspec.json.encode(msgspec.structs.replace(page, sales=sales))


def over_register(raw: bytes, screen_of: ScreenOf) -> bytes:
    """Return a `RegisterView` with its live screens."""
    if not waits(raw):
        return raw
    view = msgspec.json.decode(raw, type=RegisterView)
    active = None if view.active is None else _sale(view.active, screen_of)
    parked = tuple(_sale(sale, screen_of) for sale in view.parked)
    return msgspec.json.encode(msgspec.structs.replace(view, active=active, parked=parked))


def _sale(sale: SaleView, screen_of: ScreenOf) -> SaleView:
    tenders = tuple(_tender(tender, screen_of) for tender in sale.tenders)
    return msgspec.structs.replace(sale, tenders=tenders)


def _tender(tender: TenderView, screen_of: ScreenOf) -> TenderView:
    if tender.state not in WAITING or not tender.operations or tender.screen is not UNSET:
        return tender
    screen = screen_of(tender.operations[-1].id)
    return tender if screen is None else msgspec.structs.replace(tender, screen=screen)
