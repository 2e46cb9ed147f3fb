"""Money back, entry by entry: what the terminals gave back against what the sales say. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from chaos.matching import Case, Charge, Finding, Matched, Part, Sold, Wrong, match

DUE: Final = frozenset({"refunded_after_close", "refund_not_voided"})
"""Cases by which a sale that lost its money is not forgotten."""


class Back(Struct, frozen=True, kw_only=True):
    """An approved void or return of a terminal's journal."""

    serial: str
    number: int
    slip_number: str
    operation_id: str | None
    amount: int
    voids: str
    """The slip number of the payment."""


def paid_by(back: Back, charges: Iterable[Charge]) -> Charge | None:
    """Return the payment that it gives back: the newest one before it, since slip numbers wrap."""
    of_it = [
        one
        for one in charges
        if not one.incomplete
        and (one.serial, one.slip_number) == (back.serial, back.voids)
        and one.number < back.number
    ]
    return max(of_it, key=lambda one: one.number, default=None)


def match_all(charges: Sequence[Charge], backs: Sequence[Back], sales: Sequence[Sold]) -> Matched:
    """Match what stayed with what the sales count, and what went back with what they say of it."""
    given: Counter[tuple[str, int]] = Counter()
    found: list[Finding] = []
    parts = {
        operation: part for sale in sales for part in sale.parts for operation in part.operations
    }
    cases = [case for sale in sales for case in sale.cases]
    for back in backs:
        paid = paid_by(back, charges)
        what = f"{back.serial} slip {back.slip_number}, {back.amount} yen of slip {back.voids}"
        if paid is None or paid.amount != back.amount:
            found.append(Finding(wrong=Wrong.TOO_MUCH_BACK, what=f"{what}: took {paid}"))
            continue
        given[paid.serial, paid.number] += 1
        if given[paid.serial, paid.number] > 1:
            found.append(Finding(wrong=Wrong.REFUNDED_TWICE, what=what))
        part = parts.get(paid.operation_id or "")
        in_case = any((back.serial, back.slip_number) == _entry(each) for each in cases)
        in_case = in_case or any(paid.operation_id in each.operations for each in cases)
        if not in_case and (part is None or part.state != "refunded" or part.counted):
            found.append(Finding(wrong=Wrong.BACK_UNKNOWN, what=f"{what}: {part}"))
        if not in_case and part is not None and part.refunded_by == "cash":
            found.append(Finding(wrong=Wrong.REFUNDED_TWICE, what=f"{what}, and in cash"))
    kept = [one for one in charges if not given[one.serial, one.number]]
    in_cash = {
        operation
        for operation, part in parts.items()
        if (part.state, part.refunded_by) == ("refunded", "cash")
    }
    stays = [one for one in kept if one.operation_id not in in_cash]
    matched = replace(match(stays, sales), payments=sum(not one.incomplete for one in charges))
    return matched.joined([*found, *_voided(sales)])


def _entry(case: Case) -> tuple[str | None, str | None]:
    return case.serial, case.slip_number


def _voided(sales: Iterable[Sold]) -> list[Finding]:
    """A voided sale holds no money; a closed one that is short is in a case."""
    found: list[Finding] = []
    for sale in sales:
        holding = [part for part in sale.parts if _holds(part)]
        if sale.state == "voided" and holding:
            found.append(Finding(wrong=Wrong.BACK_UNKNOWN, what=f"{sale.id} is voided: {holding}"))
        short = sale.state == "closed" and sale.paid < sale.total
        if short and not any(case.kind in DUE for case in sale.cases):
            found.append(Finding(wrong=Wrong.BACK_UNKNOWN, what=f"{sale.id} is short, no case"))
    return found


def _holds(part: Part) -> bool:
    return part.counted and part.state != "refunded"
