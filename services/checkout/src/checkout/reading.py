"""What may be read of sales: bounded by the operator's company and stores."""

import asyncio
import re
from datetime import date
from typing import Final

from msgspec import Raw, Struct

from checkout.answers import refuse, refuse_place, sees
from checkout.model import Refused
from checkout.ports import Configuration, SaleStore
from checkout.views import case_view, sale_view, seat_view
from contracts.audit import AuditFound, FindOverrides
from contracts.cases import CASES_SHOWN_MAX, CasesPage, FindCases
from contracts.envelope import Answer, Call, Role, encode
from contracts.identifiers import ID_PATTERN
from contracts.sales import (
    FindSales,
    ReadRegister,
    ReadSale,
    ReadSaleEvents,
    RegisterView,
    SaleEvents,
    SalesPage,
)

SEQUENCE_MAX: Final = 2**31 - 1
"""No sale has so many events; what a listener asks beyond is the same nothing."""


MAY_AUDIT: Final = frozenset({Role.ADMIN, Role.AUDITOR})
"""Who overrides is looked at by others than those who override."""


class Reading:
    """Answers the calls that change nothing. Raises `AwayError` where the record is away."""

    def __init__(self, store: SaleStore, configuration: Configuration) -> None:
        self._store = store
        self._configuration = configuration

    async def read_sale(self, call: Call[ReadSale]) -> Answer:
        """One sale, as the record has it."""
        sale = await self._store.load_fresh(call.actor.company, call.body.sale)
        if sale is None or not sees(call.actor, sale.store):
            return refuse(Refused(code="unknown_sale"))
        return _view(sale_view(sale))

    async def find_sales(self, call: Call[FindSales]) -> Answer:
        """伝票明細, newest first, of the stores that the operator may see."""
        actor, body = call.actor, call.body
        wrong = _unreadable(body)
        if wrong is not None:
            return refuse(Refused(code="bad_parameter", fields={"parameter": wrong}))
        if body.store is not None:
            configuration = self._configuration.of_store(actor.company, body.store)
            refused = refuse_place(actor, configuration, body.store, body.register)
            if refused is not None:
                return refuse(refused)
        sales = await self._store.find(actor.company, actor.stores, body)
        page = sales[: body.limit]
        more = len(sales) > body.limit
        return _view(
            SalesPage(
                sales=tuple(sale_view(sale) for sale in page), next=page[-1].id if more else None
            )
        )

    async def find_cases(self, call: Call[FindCases]) -> Answer:
        """差異, newest first, of the stores that the operator may see."""
        actor, body = call.actor, call.body
        if not _is_id(body.after):
            return refuse(Refused(code="bad_parameter", fields={"parameter": "after"}))
        if body.store is not None:
            configuration = self._configuration.of_store(actor.company, body.store)
            refused = refuse_place(actor, configuration, body.store, body.register)
            if refused is not None:
                return refuse(refused)
        found = await self._store.cases(actor.company, actor.stores, body)
        page = found[: body.limit]
        more = len(found) > body.limit
        return _view(
            CasesPage(
                cases=tuple(case_view(case, sale) for case, sale in page),
                next=page[-1][0].id if more else None,
            )
        )

    async def find_overrides(self, call: Call[FindOverrides]) -> Answer:
        """What was overridden by name, newest first: a part of the audit log."""
        actor, body = call.actor, call.body
        if actor.role not in MAY_AUDIT:
            return refuse(Refused(code="not_permitted"))
        lines = await self._store.overrides(actor.company, actor.stores, body)
        return _view(AuditFound(lines=lines))

    async def read_sale_events(self, call: Call[ReadSaleEvents]) -> Answer:
        """The events after a sequence number."""
        sale = await self._store.load(call.actor.company, call.body.sale)
        if sale is None or not sees(call.actor, sale.store):
            return refuse(Refused(code="unknown_sale"))
        after = max(0, min(call.body.after, SEQUENCE_MAX))
        events = await self._store.events(sale.company, sale.id, after)
        return _view(SaleEvents(events=events))

    async def read_register(self, call: Call[ReadRegister]) -> Answer:
        """What a register is doing."""
        actor, body = call.actor, call.body
        configuration = self._configuration.of_store(actor.company, body.store)
        refused = refuse_place(actor, configuration, body.store, body.register)
        if refused is not None:
            return refuse(refused)
        place = (actor.company, body.store, body.register)
        (active, parked, closed), cases, seat = await asyncio.gather(
            self._store.register_sales(*place),
            self._store.cases(actor.company, actor.stores, _open_cases(body)),
            self._store.seat(*place),
        )
        return _view(
            RegisterView(
                store=body.store,
                register=body.register,
                active=None if active is None else sale_view(active),
                parked=tuple(sale_view(sale) for sale in parked),
                closed_last=None if closed is None else sale_view(closed),
                cases=tuple(case_view(case, sale) for case, sale in cases[:CASES_SHOWN_MAX]),
                seat=None if seat is None else seat_view(seat),
            )
        )


def _unreadable(wanted: FindSales) -> str | None:
    """Return the parameter that has the right shape at most, and no meaning."""
    try:
        date.fromisoformat(wanted.business_date or "2000-01-01")
    except ValueError:
        return "business_date"
    return None if _is_id(wanted.after) else "after"


def _is_id(after: str | None) -> bool:
    return after is None or re.fullmatch(ID_PATTERN, after) is not None


def _open_cases(body: ReadRegister) -> FindCases:
    return FindCases(store=body.store, register=body.register, state="open", limit=CASES_SHOWN_MAX)


def _view(view: Struct) -> Answer:
    return Answer(outcome="ok", body=Raw(encode(view)))
