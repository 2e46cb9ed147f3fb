"""What may be done with a whole sale: open, park, close, abandon; its day and its number."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from checkout.change import changed, unchanged
from checkout.model import DOUBT_STATES, Decision, Moment, Refused, Sale
from checkout.tables import (
    SALE_REFUSALS,
    SALE_ROWS,
    WAITING_REFUSALS,
    SaleAct,
    SaleCommand,
)
from contracts.identifiers import SaleId
from contracts.money import AMOUNT_MAX, Yen
from contracts.sales import OpenSale, SaleState, TenderState
from contracts.stores import StoreSettings

DOUBTFUL: Final = DOUBT_STATES | {TenderState.REFUNDING}
"""Nobody knows yet whether the terminal has the customer's money, counted or not."""

NUMBER_DIGITS: Final = 4
"""A till of one store rings up hundreds a day; a fifth digit simply follows."""


def business_date(now: datetime, settings: StoreSettings) -> str:
    """Return the store's day: it starts at `business_day_starts`, by the store's own clock."""
    here = now.astimezone(ZoneInfo(settings.time_zone))
    starts = time.fromisoformat(settings.business_day_starts)
    day = here.date() if here.time() >= starts else here.date() - timedelta(days=1)
    return day.isoformat()


def sale_number(store: str, day: str, count: int) -> str:
    """Return a number that people can read out, such as `S001-20261122-0007`."""
    return f"{store}-{day.replace('-', '')}-{count:0{NUMBER_DIGITS}d}"


def total_of(asked: OpenSale) -> int:
    """Return what the lines add up to; prices include tax."""
    return sum(line.quantity * line.unit_price for line in asked.lines)


def refuse_total(asked: OpenSale) -> Refused | None:
    """Return why the lines make no sale, if they make none."""
    total = total_of(asked)
    if 1 <= total <= AMOUNT_MAX:
        return None
    return Refused(code="total_out_of_range", fields={"total": total, "limit": AMOUNT_MAX})


def open_sale(
    asked: OpenSale, *, sale_id: SaleId, number: str, day: str, moment: Moment
) -> Decision | Refused:
    """Ring up a sale."""
    assert moment.actor is not None, "somebody rings it up"  # noqa: S101 - house style 12
    refused = refuse_total(asked)
    if refused is not None:
        return refused
    sale = Sale(
        id=sale_id,
        number=number,
        company=moment.actor.company,
        store=asked.store,
        register=asked.register,
        business_date=day,
        state=SaleState.OPEN,
        total=Yen(total_of(asked)),
        lines=asked.lines,
        operator=moment.actor.operator,
        opened_at=moment.at,
    )
    return changed(sale, "sale_opened", tender=None, moment=moment)


def park(sale: Sale, moment: Moment) -> Decision:
    """Set an open sale aside (保留): its register rings up another one. It never fails."""
    if not sale.rung_up_now:
        return unchanged(sale)
    return changed(replace(sale, parked=True), "sale_parked", tender=None, moment=moment)


def resume(sale: Sale, moment: Moment) -> Decision | Refused:
    """Take a parked sale up again; the one that its register works on: the same answer again."""
    refused = refuse_sale(sale, SaleCommand.RESUME)
    if refused is not None:
        return refused
    if sale.rung_up_now:
        return unchanged(sale)
    return changed(replace(sale, parked=False), "sale_resumed", tender=None, moment=moment)


def close_sale(sale: Sale, moment: Moment) -> Decision | Refused:
    """Book the sale (会計完了). A released tender in doubt does not keep it open."""
    refused = refuse_sale(sale, SaleCommand.CLOSE)
    if refused is not None:
        return refused
    if SALE_ROWS[sale.state, SaleCommand.CLOSE] is SaleAct.AGAIN:
        return unchanged(sale)
    for tender in sale.tenders:
        # Its money is on the way back: until the terminal has said so, or somebody lets it go on.
        if tender.state is TenderState.REFUNDING or tender.unclear:
            code = WAITING_REFUSALS[tender.state]
            return Refused(code=code, fields={"tender": tender.number})
    closed = replace(sale, state=SaleState.CLOSED, closed_at=moment.at, parked=False)
    return changed(closed, "sale_closed", tender=None, moment=moment)


def abandon_sale(sale: Sale, moment: Moment) -> Decision | Refused:
    """Give the sale up: only where it holds no money and nothing is in doubt, released or not."""
    refused = refuse_sale(sale, SaleCommand.ABANDON)
    if refused is not None:
        return refused
    if SALE_ROWS[sale.state, SaleCommand.ABANDON] is SaleAct.AGAIN:
        return unchanged(sale)
    doubtful = any(tender.state in DOUBTFUL for tender in sale.tenders)
    if sale.paid or sale.pending or doubtful:
        return Refused(
            code="money_held",
            fields={"paid": sale.paid, "pending": sale.pending, "in_doubt": doubtful},
        )
    left = replace(sale, state=SaleState.ABANDONED, closed_at=moment.at, parked=False)
    return changed(left, "sale_abandoned", tender=None, moment=moment)


def refuse_sale(sale: Sale, command: SaleCommand) -> Refused | None:
    """Return why the sale's state forbids the command, or None where the table has a row."""
    if (sale.state, command) in SALE_ROWS:
        return None
    code = SALE_REFUSALS[command][sale.state]
    if code == "balance_due":
        return Refused(code=code, fields={"balance": Yen(sale.total - sale.paid)})
    return Refused(code=code, fields={"state": str(sale.state)})
