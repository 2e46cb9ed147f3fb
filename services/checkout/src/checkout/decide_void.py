"""伝票取消: a closed sale is voided once its terminal tenders are refunded; what is due until then.

"One button" is a wish that the sale keeps (`void_wanted`): whichever word proves the last refund,
whenever it comes, carries it out in the same commit. Pure.
"""

from typing import Final

from msgspec.structs import replace

from checkout import decide_case, evidence
from checkout.authority import confirmed_by, manager_of
from checkout.change import changed, happen, told_in_order, unchanged
from checkout.decide_sale import refuse_sale
from checkout.evidence import Told
from checkout.model import (
    Decision,
    Happened,
    Moment,
    Refused,
    Sale,
    Tender,
    Voided,
    VoidWanted,
)
from checkout.tables import SALE_ROWS, SaleAct, SaleCommand
from contracts.money import Yen
from contracts.refunds import VoidSale
from contracts.sales import Method, SaleState, TenderState

KEEPS_MONEY: Final = frozenset(
    {TenderState.APPROVED, TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT}
)
"""The terminal has, or may still have, the customer's money, whether the sale counts it or not."""


def unrefunded(sale: Sale) -> tuple[Tender, ...]:
    """Return the terminal tenders whose money was not given back."""
    return tuple(
        tender
        for tender in sale.tenders
        if tender.method is Method.TERMINAL and tender.state in KEEPS_MONEY
    )


def to_be_proven(
    sale: Sale, asked: VoidSale, moment: Moment, *, needs_manager: bool
) -> tuple[Tender, ...]:
    """Return the tenders of which the terminal's record has to be read before it is decided.

    None where it is refused, or allowed, whatever any terminal says.
    """
    unnamed = needs_manager and manager_of(moment, sale.store) is None
    if sale.state is not SaleState.CLOSED or not asked.cancelled_on_terminal or unnamed:
        return ()
    return unrefunded(sale)


def void_sale(
    sale: Sale, asked: VoidSale, moment: Moment, *, needs_manager: bool
) -> Decision | Refused:
    """伝票取消 as somebody asks for it; by name, where the terminal's record does not show it."""
    refused = refuse_sale(sale, SaleCommand.VOID)
    if refused is not None:
        return refused
    if SALE_ROWS[sale.state, SaleCommand.VOID] is SaleAct.AGAIN:
        return unchanged(sale)
    refused = _refuse(sale, asked, moment, needs_manager=needs_manager)
    if refused is not None:
        return refused
    manager = confirmed_by(moment, sale.store)
    by_hand = Voided(
        at=moment.at,
        by=moment.by,
        handed_back=cash_of(sale),
        authorised_by=manager,
        reason=asked.reason,
    )
    voided = _voided(sale, by_hand, moment)
    return told_in_order(*voided, *_held(sale, voided[-1].sale, moment))


def _held(before: Sale, voided: Sale, moment: Moment) -> tuple[Happened, ...]:
    """A manager's word has voided it, the terminal's still says that it has the money: a case.

    Where a refund is in doubt, the terminal's word is awaited, and is a case if it is that nothing
    went back.
    """
    happened: tuple[Happened, ...] = ()
    taken = (each for each in unrefunded(before) if each.state is TenderState.APPROVED)
    for count, tender in enumerate(taken):
        happened += decide_case.open_case(
            happened[-1].sale if happened else voided,
            "contrary_evidence",
            tender.number,
            evidence.of_tender(tender),
            amount=tender.amount,
            moment=moment.of_case(count),
            ways=decide_case.HELD_WAYS,
        )
    return happened


def _refuse(sale: Sale, asked: VoidSale, moment: Moment, *, needs_manager: bool) -> Refused | None:
    if needs_manager and manager_of(moment, sale.store) is None:
        return Refused(code="authorisation_required")
    kept = unrefunded(sale)
    numbers = [str(tender.number) for tender in kept]
    if any(tender.state is TenderState.REFUNDING for tender in kept):
        return Refused(code="terminal_busy", fields={"tenders": numbers})
    if not kept:
        return None
    if not asked.cancelled_on_terminal:
        # Whoever only confirms the void has not said that the money was given back.
        return Refused(code="tenders_not_refunded", fields={"tenders": numbers})
    if confirmed_by(moment, sale.store) is not None:
        return None
    code = "not_in_journal" if moment.authority is None else "authorisation_required"
    return Refused(code=code, fields={"tenders": numbers})


def money_back(
    sale: Sale, before: Tender, back: Tender, known: Told, moment: Moment
) -> tuple[Happened, ...]:
    """Return what follows from a tender's money back: voided as wanted, or due and in a case."""
    if _is_ripe(sale):
        return _as_wanted(sale, moment)
    if sale.state is not SaleState.CLOSED or not before.holds:
        return decide_case.missing_money(sale, back.number, known, moment)
    return decide_case.open_case(
        sale, _kind_of(sale, back), back.number, known, amount=back.amount, moment=moment
    )


def want_void(sale: Sale, moment: Moment) -> Decision:
    """The tender's money is back already: void the sale, now or once the others' is back too."""
    if sale.state is not SaleState.CLOSED:
        return unchanged(sale)
    willing = wanting(sale, moment)
    if _is_ripe(willing):
        return told_in_order(*_as_wanted(willing, moment))
    return changed(willing, "void_wanted", tender=None, moment=moment)


def wanting(sale: Sale, moment: Moment) -> Sale:
    """Return the sale with the wish that it be voided once the last refund is proven."""
    wanted = VoidWanted(by=moment.by, at=moment.at, authorised_by=confirmed_by(moment, sale.store))
    return replace(sale, void_wanted=wanted)


def _is_ripe(sale: Sale) -> bool:
    wanted = sale.void_wanted is not None
    return wanted and sale.state is SaleState.CLOSED and not unrefunded(sale)


def _as_wanted(sale: Sale, moment: Moment) -> tuple[Happened, ...]:
    wanted = sale.void_wanted
    assert wanted is not None, "asked by `_is_ripe`"  # noqa: S101 - house style 12
    voided = Voided(
        at=moment.at,
        by=wanted.by,
        handed_back=cash_of(sale),
        authorised_by=wanted.authorised_by,
    )
    return _voided(sale, voided, moment)


def _kind_of(sale: Sale, back: Tender) -> str:
    """Asked for upon the closed sale, the second step is due; else it came as a surprise."""
    refund, closed_at = back.refund, sale.closed_at
    in_cash = back.refunded_by == "cash"
    asked_after = refund is not None and closed_at is not None and refund.at >= closed_at
    told_by_it = refund is not None and refund.state is TenderState.REFUNDED
    return (
        "refund_not_voided" if in_cash or (asked_after and told_by_it) else "refunded_after_close"
    )


def cash_of(sale: Sale) -> Yen:
    """Return what is handed back in cash when the sale is voided."""
    return Yen(sum(each.amount for each in sale.tenders if each.method is Method.CASH))


def _voided(sale: Sale, voided: Voided, moment: Moment) -> tuple[Happened, ...]:
    tenders = tuple(_without_money(tender) for tender in sale.tenders)
    after = replace(sale, state=SaleState.VOIDED, tenders=tenders, voided=voided, void_wanted=None)
    first = replace(happen(after, "sale_voided", tender=None, moment=moment), by=voided.by)
    settled = decide_case.settle_where(
        first.sale, lambda case: decide_case.VOID in case.ways, decide_case.VOID, moment
    )
    return (first, *settled)


def _without_money(tender: Tender) -> Tender:
    """Nothing of it pays any more. A terminal's state is the terminal's own to say."""
    if tender.method is Method.TERMINAL:
        return replace(tender, counted=False)
    by = "cash" if tender.method is Method.CASH else None
    return replace(tender, state=TenderState.REFUNDED, counted=False, refunded_by=by)
