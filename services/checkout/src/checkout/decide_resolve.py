"""A doubt that the terminal does not end: resolved by a manager, or looked into no longer. Pure."""

from typing import Final

from msgspec.structs import replace

from checkout import evidence
from checkout.authority import manager_of
from checkout.brands import days_after
from checkout.change import changed, happen, told_in_order, unchanged, with_tender
from checkout.decide_case import missing_money
from checkout.decide_outcome import count
from checkout.model import Decision, Moment, Refused, Resolution, Sale, Tender
from checkout.tables import COMMAND_REFUSALS, TENDER_ROWS, Happening
from contracts.identifiers import BusinessDate, OperationId, OperatorCode
from contracts.operations import Evidence
from contracts.sales import ResolveTender, TenderState

BY_HAND: Final = "manager"
"""The source of evidence that is a manager's word."""

CONTRARY_DAYS: Final = 55
"""So long the terminal is still asked, seldom, after a manager's word: as for 処理未了."""

COMMANDS: Final = {
    "approved": Happening.RESOLVE_TAKEN,
    "not_performed": Happening.RESOLVE_NOT_TAKEN,
}


def refuse_resolve(sale: Sale, asked: ResolveTender, moment: Moment) -> Refused | None:
    """Return why this person may not resolve the tender, or why it is not to be resolved."""
    tender = sale.tender(asked.tender)
    if tender is None:
        return Refused(code="unknown_tender", fields={"tender": asked.tender})
    if manager_of(moment, sale.store) is None:
        return Refused(code="authorisation_required")
    command = COMMANDS[asked.outcome]
    if (tender.state, command) in TENDER_ROWS:
        return None
    code = COMMAND_REFUSALS[command][tender.state]
    return Refused(code=code, fields={"tender": tender.number, "state": str(tender.state)})


def resolve_tender(sale: Sale, asked: ResolveTender, moment: Moment) -> Decision | Refused:
    """Take a manager's word for the terminal's. The terminal's own is still listened for."""
    refused = refuse_resolve(sale, asked, moment)
    tender, manager = sale.tender(asked.tender), manager_of(moment, sale.store)
    if refused is not None or tender is None or manager is None:
        return refused or Refused(code="authorisation_required")
    told = _told(sale, tender, asked, manager=manager, moment=moment)
    known, to = evidence.of_tender(told), told.state
    if to is TenderState.APPROVED:
        return count(sale, told, known, moment)
    first = happen(with_tender(sale, told), f"tender_{to}", tender=told.number, moment=moment)
    return told_in_order(first, *missing_money(first.sale, told.number, known, moment))


def _told(
    sale: Sale,
    tender: Tender,
    asked: ResolveTender,
    *,
    manager: OperatorCode,
    moment: Moment,
) -> Tender:
    to = TENDER_ROWS[tender.state, COMMANDS[asked.outcome]].to
    # From the word on, not from the sale: a doubt of long ago would not be asked about even once.
    since = max(sale.business_date, moment.at.date().isoformat())
    slip_number = asked.slip_number if to is TenderState.APPROVED else None
    operation = replace(
        tender.payment,
        state=to,
        slip_number=slip_number,
        evidence=Evidence(source=BY_HAND, at=moment.at, note=asked.reason, slip_number=slip_number),
    )
    return replace(
        tender,
        state=to,
        operations=(*tender.operations[:-1], operation),
        slip_number=slip_number,
        resolved_from=BY_HAND,
        authorised_by=manager,
        given_up=False,
        investigate_until=tender.investigate_until or days_after(since, CONTRARY_DAYS),
        resolution=Resolution(
            outcome=to,
            by=moment.by,
            authorised_by=manager,
            reason=asked.reason,
            at=moment.at,
            slip_number=asked.slip_number,
        ),
    )


def give_up(sale: Sale, operation_id: OperationId, today: BusinessDate, moment: Moment) -> Decision:
    """The last day of asking is over: nobody asks any more; a word that comes still counts."""
    tender = sale.tender_of(operation_id)
    awaited = tender is not None and tender.awaits(tender.asked_as(operation_id))
    if tender is None or not awaited or not is_over(tender.investigate_until, today):
        return unchanged(sale)
    after = with_tender(sale, replace(tender, given_up=True))
    return changed(after, "investigation_ended", tender=tender.number, moment=moment)


def is_over(last: BusinessDate | None, today: BusinessDate) -> bool:
    """Whether the last day of asking has passed."""
    return last is not None and last < today
