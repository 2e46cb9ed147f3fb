"""差異: how a case about a sale is opened, and how somebody or the evidence settles it. Pure."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from checkout import evidence
from checkout.authority import manager_of
from checkout.change import happen, unchanged, with_tender, without_tender
from checkout.evidence import Told
from checkout.model import Case, Decision, Happened, Moment, Refused, Sale, Tender
from contracts.cases import SettleCase
from contracts.identifiers import OperatorCode
from contracts.money import Yen
from contracts.sales import Method, SaleState, TenderState

REFUND: Final = "refund_on_terminal"
REPLACE: Final = "replace_tender"
CORRECT: Final = "correct"
VOID: Final = "void"
ACCEPT: Final = "accept"
REMOVE: Final = "remove_tender"
"""Only of a case about money that a stand-in tells of: the stand-in was taken off the sale."""

WAYS: Final[dict[str, tuple[str, ...]]] = {
    "paid_twice": (REFUND, REPLACE, ACCEPT),
    "late_approval": (REFUND, REPLACE, CORRECT, ACCEPT),
    "foreign_result": (REFUND, ACCEPT),
    "amount_differs": (REFUND, CORRECT, ACCEPT),
    "contrary_evidence": (REFUND, CORRECT, ACCEPT),
    "refunded_after_close": (CORRECT, VOID, ACCEPT),
    "refund_not_voided": (VOID, CORRECT, ACCEPT),
    "refunded_twice": (ACCEPT,),
}
"""How a case of each kind can be settled."""

MISSING_WAYS: Final = (CORRECT, ACCEPT)
"""No money was taken on the terminal, so none can be given back there."""

HELD_WAYS: Final = (REFUND, ACCEPT)
"""Of a voided sale whose money the terminal still has: there are no tenders left to correct."""

PROVEN_ONLY: Final = frozenset({REFUND, CORRECT, VOID})
"""Settled by the evidence, never by word of mouth."""

STAND_IN: Final = "stand_in"
"""In the evidence of a case: the `other` tender that stands for money which was not taken."""

_KEEPS_TENDERS: Final = frozenset({SaleState.OPEN, SaleState.PAID, SaleState.CLOSED})
"""An abandoned or voided sale uses no tender any more."""


def open_case(
    sale: Sale,
    kind: str,
    tender: int | None,
    told: Told,
    *,
    amount: Yen | None,
    moment: Moment,
    ways: tuple[str, ...] | None = None,
) -> tuple[Happened, ...]:
    """Return the opening of the case, or nothing where the same one stands or stood already."""
    for old in sale.cases:
        if (old.kind, old.tender) == (kind, tender) and evidence.same(old.evidence, told):
            return ()
    case = Case(
        id=moment.case_id,
        kind=kind,
        tender=tender,
        amount=amount,
        evidence=told,
        opened_at=moment.at,
        ways=WAYS[kind] if ways is None else ways,
    )
    after = replace(sale, cases=(*sale.cases, case))
    return (happen(after, "case_opened", tender=tender, moment=moment),)


def missing_money(sale: Sale, number: int, told: Told, moment: Moment) -> tuple[Happened, ...]:
    """A stand-in tells of money that the terminal, by its own word, does not have: a case."""
    stand_in = sale.stand_in_for(number)
    if stand_in is None or sale.state not in _KEEPS_TENDERS:
        return ()
    missing = told | {STAND_IN: stand_in.number}
    return open_case(
        sale,
        "contrary_evidence",
        number,
        missing,
        amount=stand_in.amount,
        moment=moment,
        ways=MISSING_WAYS,
    )


# --- settled by the evidence ---


def settle_where(
    sale: Sale, chosen: Callable[[Case], bool], way: str | None, moment: Moment
) -> tuple[Happened, ...]:
    """Settle every open case that is chosen: the evidence has come, nobody had to say so."""
    happened: list[Happened] = []
    for case in sale.cases:
        if case.open and chosen(case):
            after = happened[-1].sale if happened else sale
            settled = replace(case, state="settled", settled_at=moment.at, way=way)
            happened.append(_settled(after, settled, replace(moment, actor=None)))
    return tuple(happened)


def given_back(sale: Sale, charge: Told, moment: Moment) -> tuple[Happened, ...]:
    """The terminal gave this very charge back: what asked for that is settled."""

    def asks_for_it(case: Case) -> bool:
        return REFUND in case.ways and evidence.is_about(case, charge)

    return settle_where(sale, asks_for_it, REFUND, moment)


def attached(
    sale: Sale, used: Tender, moment: Moment, entry: Told | None = None
) -> tuple[Happened, ...]:
    """The charge pays the sale after all: what said that it does not is settled.

    `entry` is the terminal's own word on it. A case that stands because an answer about that very
    entry carried another amount or nobody's operation would have people give back what is right.
    """
    known = evidence.of_tender(used)

    def agrees(case: Case) -> bool:
        if case.evidence.get(STAND_IN) is not None:
            return case.tender == used.number
        told = case.evidence
        if entry is not None and evidence.same_entry(told, entry):
            return True
        surely = all(told.get(field) == known[field] for field in ("operation", "amount"))
        return (
            surely
            and told.get("outcome") == str(TenderState.APPROVED)
            and all(
                told.get(field) in (None, known[field]) for field in ("slip_number", "order_number")
            )
        )

    return settle_where(sale, agrees, REPLACE, moment)


def explained(sale: Sale, used: Tender, told: Told, moment: Moment) -> tuple[Happened, ...]:
    """A wrong answer about an entry that the journal has shown paid: settled as soon as it is told.

    It was on its way when the journal was read; nobody shall give back what is right.
    """
    word, known = used.operation.evidence, evidence.of_tender(used)
    fields = ("operation", "outcome", "slip_number", "terminal_business_date")
    very_entry = known["slip_number"] is not None and all(told[f] == known[f] for f in fields)
    if not used.counted or word is None or word.source != "journal" or not very_entry:
        return ()
    return explained_entry(sale, told, moment)


def explained_entry(sale: Sale, told: Told, moment: Moment) -> tuple[Happened, ...]:
    """That entry's money is on record already: what asks to give it back is settled."""
    return settle_where(sale, lambda case: evidence.same(case.evidence, told), REPLACE, moment)


def removed(sale: Sale, number: int, moment: Moment) -> tuple[Happened, ...]:
    """That tender is gone: what said that its money is missing is settled."""
    return settle_where(sale, lambda case: case.evidence.get(STAND_IN) == number, REMOVE, moment)


# --- settled by somebody ---


def settle_case(sale: Sale, asked: SettleCase, moment: Moment) -> Decision | Refused:
    """Settle one case in one of its ways."""
    case = sale.case(asked.case)
    if case is None:
        return Refused(code="unknown_case")
    if not case.open:
        if case.way == asked.way:
            return unchanged(sale)
        return Refused(code="case_settled", fields={"way": case.way})
    manager = manager_of(moment, sale.store)
    refused = _refuse_way(case, asked, manager)
    if refused is not None:
        return refused
    settled = replace(
        case,
        state="settled",
        settled_at=moment.at,
        settled_by=moment.by,
        authorised_by=manager,
        way=asked.way,
        reason=asked.reason,
    )
    if asked.way == REPLACE:
        return _replace(sale, settled, asked, moment)
    return _decision(sale, (_settled(sale, settled, moment),))


def _refuse_way(case: Case, asked: SettleCase, manager: OperatorCode | None) -> Refused | None:
    if asked.way not in case.ways:
        return Refused(code="way_not_offered", fields={"ways": list(case.ways)})
    if asked.way in PROVEN_ONLY:
        return Refused(code="not_in_journal", fields={"way": asked.way})
    if asked.way == ACCEPT and manager is None:
        return Refused(code="authorisation_required")
    return None


def _replace(sale: Sale, settled: Case, asked: SettleCase, moment: Moment) -> Decision | Refused:
    """The terminal's money stays, the other is handed back: the same amount, so nothing is owed."""
    kept = sale.tender(settled.tender or 0)
    gone = sale.tender(asked.tender or 0)
    if kept is None or gone is None or not _can_replace(sale, kept, gone):
        fields: dict[str, str | int | bool | list[str] | None] = {
            "tender": asked.tender,
            "amount": settled.amount,
        }
        return Refused(code="tenders_do_not_match", fields=fields)
    used = replace(kept, counted=True)
    swapped = with_tender(without_tender(sale, gone.number), used)
    first = happen(swapped, "tender_replaced", tender=gone.number, moment=moment)
    second = _settled(first.sale, settled, moment)
    others = attached(second.sale, used, moment)
    last = (second, *others)[-1].sale
    return _decision(sale, (first, second, *others, *removed(last, gone.number, moment)))


def _can_replace(sale: Sale, kept: Tender, gone: Tender) -> bool:
    return (
        sale.state in _KEEPS_TENDERS
        and kept.method is Method.TERMINAL
        and kept.state is TenderState.APPROVED
        and not kept.counted
        and gone.method is not Method.TERMINAL
        and gone.amount == kept.amount
    )


def _settled(sale: Sale, settled: Case, moment: Moment) -> Happened:
    cases = tuple(settled if case.id == settled.id else case for case in sale.cases)
    after = replace(sale, cases=cases)
    return happen(after, "case_settled", tender=settled.tender, moment=moment)


def _decision(sale: Sale, happened: tuple[Happened, ...]) -> Decision:
    return Decision(sale=happened[-1].sale if happened else sale, happened=happened)
