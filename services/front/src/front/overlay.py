"""Lay what is heard live over tenders that wait for the terminal; all else passes untouched.

The glass, and how often an operation in doubt was asked about.

A sale without such a tender is not even decoded: its bytes go out as they came.
"""

from typing import Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from contracts.identifiers import OperationId
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


class Heard(Protocol):
    """What was heard of an operation."""

    def screen_of(self, operation_id: OperationId) -> Screen | None:
        """Return the screen that it showed last, while it was seen."""
        ...

    def doubt_of(self, operation_id: OperationId) -> DoubtAsked | None:
        """Return how often it was asked about, and with what answer, if that was heard."""
        ...


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


def over_sale(raw: bytes, heard: Heard) -> bytes:
    """Return a `SaleView` with what is heard live."""
    if not waits(raw):
        return raw
    return msgspec.json.encode(_sale(msgspec.json.decode(raw, type=SaleView), heard))


def over_page(raw: bytes, heard: Heard) -> bytes:
    """Return a `SalesPage` with what is heard live."""
    if not waits(raw):
        return raw
    page = msgspec.json.decode(raw, type=SalesPage)
    sales = tuple(_sale(sale, heard) for sale in page.sales)
    return msgspec.json.encode(msgspec.structs.replace(page, sales=sales))


def over_register(raw: bytes, heard: Heard) -> bytes:
    """Return a `RegisterView` with what is heard live."""
    if not waits(raw):
        return raw
    view = msgspec.json.decode(raw, type=RegisterView)
    active = None if view.active is None else _sale(view.active, heard)
    parked = tuple(_sale(sale, heard) for sale in view.parked)
    return msgspec.json.encode(msgspec.structs.replace(view, active=active, parked=parked))


def _sale(sale: SaleView, heard: Heard) -> SaleView:
    tenders = tuple(_tender(tender, heard) for tender in sale.tenders)
    return msgspec.structs.replace(sale, tenders=tenders)


def _tender(tender: TenderView, heard: Heard) -> TenderView:
    if tender.state not in WAITING or not tender.operations:
        return tender
    operation = tender.operations[-1].id
    screen = tender.screen if tender.screen is not UNSET else heard.screen_of(operation) or UNSET
    doubt = _doubt(tender.doubt, heard.doubt_of(operation))
    return msgspec.structs.replace(tender, screen=screen, doubt=doubt)


def _doubt(doubt: DoubtView | UnsetType, asked: DoubtAsked | None) -> DoubtView | UnsetType:
    if asked is None or doubt is UNSET or asked.asked < doubt.asked:
        return doubt
    return msgspec.structs.replace(
        doubt, asked=asked.asked, last_asked_at=asked.at, answer=asked.answer
    )
