"""Charge by charge: the terminals' journals against the sales and their open cases. Pure.

Every approved charge of a journal is exactly one approved, counted tender, or stands in an open
case; every such tender is exactly one charge. Everything else is a finding.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace


class Charge(Struct, frozen=True, kw_only=True):
    """One line of a terminal's journal (or of its acquirer's book) that took money."""

    serial: str
    number: int
    business_date: str
    slip_number: str
    operation_id: str | None
    amount: int
    incomplete: bool = False
    """処理未了: nobody can tell from this line whether money was taken."""


class Numbered(Protocol):
    """An entry of a terminal's journal."""

    @property
    def serial(self) -> str: ...  # noqa: D102 - of the terminal
    @property
    def number(self) -> int: ...  # noqa: D102 - from 1, without a gap


class Part(Struct, frozen=True, kw_only=True):
    """One tender of a sale. `operations` are the ids asked of the terminal for it."""

    sale: str
    number: int
    method: str
    amount: int
    state: str
    counted: bool
    operations: tuple[str, ...] = ()
    refunded_by: str | None = None


class Case(Struct, frozen=True, kw_only=True):
    """An open case and what it names: of a charge, whichever is known.

    `claims`: it says that the terminal took money.
    """

    id: str
    kind: str
    sale: str
    tender: int | None
    claims: bool = False
    operations: frozenset[str] = frozenset()
    serial: str | None = None
    slip_number: str | None = None
    business_date: str | None = None


class Sold(Struct, frozen=True, kw_only=True):
    """A sale as its record shows it at the end."""

    id: str
    state: str
    total: int
    paid: int
    pending: int
    balance: int
    sequence: int
    parts: tuple[Part, ...]
    cases: tuple[Case, ...] = ()


class Promise(Struct, frozen=True, kw_only=True):
    """What a register was told about a sale: its accepted tenders, whether it is closed.

    `money`: the amounts of cash and vouchers, by their tender's number.
    """

    sale: str
    asked: frozenset[int]
    money: dict[int, int]
    closed: bool
    voids: bool = False
    """A customer came back: the register has asked that it be voided once its money is back."""


class Wrong(StrEnum):
    """What can be wrong."""

    LOST = "lost"
    """Money was taken, and no sale or case knows it."""
    DOUBLED = "doubled"
    """One tender, one operation: two charges; and no case says so."""
    REFUNDED_TWICE = "refunded twice"
    TOO_MUCH_BACK = "more money back than was taken"
    BACK_UNKNOWN = "money back that its sale does not know"
    INVENTED = "invented"
    """A sale counts money that no terminal took."""
    IN_DOUBT = "left in doubt"
    MISCOUNTED = "miscounted"
    """The parts of a sale do not make its sum."""
    NOTHING = "cases about nothing"
    """Somebody is asked to give back what no terminal took."""
    FORGOTTEN = "forgotten"
    """A register was told something that the record does not know."""
    GAP = "events with a gap"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where to look."""

    wrong: Wrong
    what: str


class Matched(Struct, frozen=True, kw_only=True):
    """What the matching found."""

    payments: int
    """Approved charges in the journals."""
    on_sales: int
    in_cases: int
    in_both: tuple[str, ...]
    """On their sale, and all the same in an open case: somebody has to look at it. Their cases."""
    for_people: int
    """Tenders in doubt because the terminal itself does not know (処理未了), or with a case open
    about them: people decide."""
    findings: tuple[Finding, ...]

    def joined(self, more: Iterable[Finding]) -> "Matched":
        """Return it with more that is wrong."""
        return replace(self, findings=(*self.findings, *more))

    def count(self, wrong: Wrong) -> int:
        """Return how many findings there are of one kind."""
        return sum(1 for one in self.findings if one.wrong is wrong)


HOLDS: Final = frozenset({"approved", "refunding", "refund_in_doubt"})
"""The terminal has the money, or may still have it while it is asked to give it back."""

DOUBTS: Final = frozenset({"in_doubt", "refund_in_doubt"})
UNDECIDED: Final = DOUBTS | {"requested", "in_progress", "refunding"}


def match(charges: Iterable[Charge], sales: Sequence[Sold]) -> Matched:
    """Match both ways."""
    taken = [one for one in charges if not one.incomplete]
    unclear = {one.operation_id for one in charges if one.incomplete}
    cases = [case for sale in sales for case in sale.cases]
    owners = {
        operation: part for sale in sales for part in sale.parts for operation in part.operations
    }
    found: list[Finding] = []
    charged: defaultdict[tuple[str, int], list[Charge]] = defaultdict(list)
    in_both: list[str] = []
    on_sales = in_cases = 0
    for charge in taken:
        part = owners.get(charge.operation_id or "")
        named = [case for case in cases if _names(case, charge, part)]
        if part is not None and _counts(part) and charge.amount == part.amount:
            on_sales += 1
            in_both += [f"{case.kind}: {_told(charge)}, {_of(part)}" for case in named[:1]]
        elif named:
            in_cases += 1
        elif part is None:
            found.append(_finding(Wrong.LOST, f"{_told(charge)}: no sale asked for it"))
        else:
            what = f"{_of(part)} is {part.state}, {part.amount} yen, counted: {part.counted}"
            found.append(_finding(Wrong.LOST, f"{_told(charge)}: {what}"))
        if part is not None:
            charged[part.sale, part.number].append(charge)
    parts = [part for sale in sales for part in sale.parts if part.method == "terminal"]
    for part in parts:
        found += _judge(part, charged[part.sale, part.number], cases, unclear)
    return Matched(
        payments=len(taken),
        on_sales=on_sales,
        in_cases=in_cases,
        in_both=tuple(in_both),
        for_people=sum(1 for part in parts if _waits_for_people(part, cases, unclear)),
        findings=tuple(found),
    )


def _judge(
    part: Part, charges: list[Charge], cases: list[Case], unclear: set[str | None]
) -> list[Finding]:
    """Judge one tender by the charges that were made for it."""
    found: list[Finding] = []
    known = [one for one in charges if any(_names(case, one, part) for case in cases)]
    if len(charges) - len(known) > 1:
        what = f"{_of(part)}: {'; '.join(_told(one) for one in charges)}"
        found.append(_finding(Wrong.DOUBLED, what))
    if _counts(part) and not charges:
        found.append(_finding(Wrong.INVENTED, f"{_of(part)}: no journal has it"))
    if part.state in UNDECIDED and not _waits_for_people(part, cases, unclear):
        found.append(_finding(Wrong.IN_DOUBT, f"{_of(part)} is {part.state}"))
    return found


def _waits_for_people(part: Part, cases: list[Case], unclear: set[str | None]) -> bool:
    known = any((case.sale, case.tender) == (part.sale, part.number) for case in cases)
    return part.state in DOUBTS and (known or not unclear.isdisjoint(part.operations))


def _counts(part: Part) -> bool:
    return part.state in HOLDS and part.counted


def _names(case: Case, charge: Charge, part: Part | None) -> bool:
    """Whether a case is about this charge: by slip, else by operation, else by its tender."""
    if case.serial is not None and case.slip_number is not None:
        same_day = case.business_date in (None, charge.business_date)
        return same_day and (case.serial, case.slip_number) == (charge.serial, charge.slip_number)
    if case.operations:
        return charge.operation_id in case.operations
    return part is not None and (case.sale, case.tender) == (part.sale, part.number)


def check_cases(charges: Sequence[Charge], sales: Sequence[Sold]) -> list[Finding]:
    """Every open case that claims money is about a charge, by one of the things that it names."""
    slips = {(one.serial, one.slip_number) for one in charges}
    operations = {one.operation_id for one in charges if one.operation_id is not None}
    asked = {(part.sale, part.number): part for sale in sales for part in sale.parts}

    def is_about_money(case: Case) -> bool:
        part = asked.get((case.sale, case.tender or 0))
        named = {*case.operations, *(part.operations if part is not None else ())}
        return (case.serial, case.slip_number) in slips or not operations.isdisjoint(named)

    return [
        _finding(Wrong.NOTHING, f"sale {case.sale} tender {case.tender}: {case.kind} {case.id}")
        for sale in sales
        for case in sale.cases
        if case.claims and not is_about_money(case)
    ]


def check_sums(sales: Iterable[Sold]) -> list[Finding]:
    """Every sale: paid + pending + balance is the total, and paid is what its parts say."""
    found: list[Finding] = []
    for sale in sales:
        paid = sum(part.amount for part in sale.parts if part.state in HOLDS and part.counted)
        right = sale.paid == paid and sale.total == sale.paid + sale.pending + sale.balance
        right = right and min(sale.paid, sale.pending, sale.balance) >= 0
        went_back = sale.state == "closed" and any(one.state == "refunded" for one in sale.parts)
        done = sale.state not in {"paid", "closed"} or sale.paid == sale.total or went_back
        if not right or not done:
            what = f"sale {sale.id} ({sale.state}): {sale.total} = {sale.paid} paid ({paid} by its"
            what += f" parts) + {sale.pending} pending + {sale.balance} balance"
            found.append(_finding(Wrong.MISCOUNTED, what))
    return found


def check_promises(promises: Iterable[Promise], sales: Iterable[Sold]) -> list[Finding]:
    """What a register was told is still so."""
    by_id = {sale.id: sale for sale in sales}
    found: list[Finding] = []
    for promise in promises:
        sale = by_id.pop(promise.sale, None)
        if sale is None:
            found.append(_finding(Wrong.FORGOTTEN, f"sale {promise.sale} was rung up, and is gone"))
            continue
        over = {"closed", "voided"} if promise.voids else {"closed"}
        if promise.closed and sale.state not in over:
            what = f"sale {sale.id} was closed, and is {sale.state}"
            found.append(_finding(Wrong.FORGOTTEN, what))
        has = {part.number: part.amount for part in sale.parts}
        found += [
            _finding(Wrong.FORGOTTEN, f"sale {sale.id}: {amount} yen in tender {number} are gone")
            for number, amount in promise.money.items()
            if has.get(number) != amount
        ]
        found += [
            _finding(Wrong.FORGOTTEN, f"sale {sale.id}: no register knows of tender {number}")
            for number in sorted(has.keys() - promise.asked)
        ]
    found += [
        _finding(Wrong.FORGOTTEN, f"no register was told about sale {sale}") for sale in by_id
    ]
    return found


def check_sequences(heard: Iterable[tuple[str, int]], sales: Iterable[Sold]) -> list[Finding]:
    """Every sale's events, in the order of their stream: 1, 2, 3, ... as far as the sale has come.

    The same event again (the sender could not know that it had arrived) changes nothing.
    """
    last: dict[str, int] = {}
    found: list[Finding] = []
    for sale, sequence in heard:
        came = last.get(sale, 0)
        if sequence > came + 1:
            what = f"sale {sale}: event {sequence} follows {came}"
            found.append(_finding(Wrong.GAP, what))
        last[sale] = max(came, sequence)
    for sale in sales:
        if last.get(sale.id, 0) != sale.sequence:
            what = f"sale {sale.id} has {sale.sequence} events, heard {last.get(sale.id, 0)}"
            found.append(_finding(Wrong.GAP, what))
    return found


def check_journal(serial: str, numbers: Sequence[int]) -> list[Finding]:
    """A terminal's journal has no gap: what it dropped could not be matched."""
    whole = list(numbers) == list(range(1, len(numbers) + 1))
    return [] if whole else [_finding(Wrong.LOST, f"the journal of {serial} has gaps")]


def check_bookings(booked: Iterable[tuple[str, int]], entries: Iterable[Numbered]) -> list[Finding]:
    """What the acquirer approved, (serial, number), stands in the terminal's journal."""
    known = {(one.serial, one.number) for one in entries}
    return [
        _finding(Wrong.LOST, f"{serial} number {number} is booked, and not in its journal")
        for serial, number in booked
        if (serial, number) not in known
    ]


def _finding(wrong: Wrong, what: str) -> Finding:
    return Finding(wrong=wrong, what=what)


def _told(charge: Charge) -> str:
    return (
        f"{charge.serial} {charge.business_date} slip {charge.slip_number}, {charge.amount} yen,"
        f" operation {charge.operation_id}"
    )


def _of(part: Part) -> str:
    return f"sale {part.sale} tender {part.number}"
