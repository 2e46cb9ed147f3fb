"""How a sale takes one change: the tender put in its place, the state drawn, the number counted."""

from msgspec.structs import replace

from checkout.model import Decision, Happened, Moment, Sale, Tender
from contracts.sales import SaleState


def with_tender(sale: Sale, tender: Tender) -> Sale:
    """Return the sale with this tender in the place of the one with its number, or added last."""
    if sale.tender(tender.number) is None:
        return replace(sale, tenders=(*sale.tenders, tender))
    return replace(
        sale,
        tenders=tuple(tender if old.number == tender.number else old for old in sale.tenders),
    )


def without_tender(sale: Sale, number: int) -> Sale:
    """Return the sale without that tender; its number is never given again."""
    return replace(sale, tenders=tuple(old for old in sale.tenders if old.number != number))


def happen(sale: Sale, name: str, *, tender: int | None, moment: Moment) -> Happened:
    """Return the change as an event: the state follows the money, the sequence goes up by one."""
    state = sale.state
    if state in (SaleState.OPEN, SaleState.PAID):
        assert sale.paid + sale.pending <= sale.total, "never more than is owed"  # noqa: S101 - house style 12
        state = SaleState.PAID if sale.paid == sale.total else SaleState.OPEN
    after = replace(sale, state=state, sequence=sale.sequence + 1)
    return Happened(name=name, tender=tender, by=moment.by, sale=after)


def changed(sale: Sale, name: str, *, tender: int | None, moment: Moment) -> Decision:
    """Return the decision that consists of this one change."""
    event = happen(sale, name, tender=tender, moment=moment)
    return Decision(sale=event.sale, happened=(event,))


def told_in_order(*happened: Happened, sale: Sale | None = None) -> Decision:
    """Return the decision of these changes; none of them: the sale as it was."""
    after = happened[-1].sale if happened else sale
    assert after is not None, "nothing happened to a given sale"  # noqa: S101 - house style 12
    return Decision(sale=after, happened=happened)


def unchanged(sale: Sale) -> Decision:
    """Return the decision that changes nothing."""
    return Decision(sale=sale)
