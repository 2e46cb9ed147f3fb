"""Rows and errors of PostgreSQL, as the record's port has them."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
import msgspec

from checkout import queries
from checkout.holds import TerminalHold
from checkout.model import Case, Sale, Seat
from checkout.ports import (
    AwayError,
    ChangedMeanwhile,
    Commit,
    FactKnown,
    KeyTaken,
    NumberTaken,
    StoredAnswer,
    TerminalTaken,
)
from contracts import subjects
from contracts.audit import AuditFacts, AuditLine
from contracts.envelope import encode
from contracts.identifiers import CompanyCode
from contracts.operations import OperationKind
from contracts.sales import FindSales, SaleEvent
from outbox.faults import AWAY


def sale_of(document: bytes) -> Sale:
    """Return the sale that a document holds."""
    return msgspec.json.decode(document, type=Sale)


def hold_of(row: Any) -> TerminalHold:
    """Return the operation that a row tells of."""
    return TerminalHold(
        operation_id=str(row["id"]),
        company=row["company"],
        store=row["store"],
        terminal=row["terminal"],
        sale_id=str(row["sale_id"]),
        tender=row["tender"],
        holds_terminal=row["holds_terminal"],
        unresolved=row["unresolved"],
        at=row["asked_at"],
        kind=OperationKind(row["kind"]),
        entry=row["entry"],
    )


def seat_of(row: Any) -> Seat:
    """Return the seat that a row tells of."""
    return Seat(
        company=row["company"],
        store=row["store"],
        register=row["register"],
        page=row["page"],
        operator=row["operator"],
        since=row["since"],
    )


def case_of(row: Any) -> tuple[Case, Sale] | None:
    """Return the case that a row names, from its sale's document."""
    sale = sale_of(row["document"])
    case = sale.case(str(row["id"]))
    return None if case is None else (case, sale)


def beside_columns(sale: Sale, commit: Commit) -> tuple[Any, ...]:
    """Return what `queries.CHANGE_AND_BESIDE` takes more; nothing where there is nothing beside."""
    cases = commit.cases
    if not cases and not commit.overrides:
        return ()
    told = msgspec.json.encode(commit.overrides).decode()
    return sale.register, [case.id for case in cases], [case.state for case in cases], told


def line_of(row: Any, company: CompanyCode) -> AuditLine:
    """Return the line of the audit log that a row holds."""
    return AuditLine(
        source="sales",
        id=row["id"],
        at=row["at"],
        store=row["store"],
        by_company=company,
        operator=row["operator"],
        role=row["role"],
        action=row["action"],
        before=msgspec.json.decode(row["before"], type=AuditFacts),
        after=msgspec.json.decode(row["after"], type=AuditFacts),
        authorised_by=row["authorised_by"],
        reason=row["reason"],
        register=row["register"],
        sale=str(row["sale_id"]),
        sale_number=row["sale_number"],
    )


def event_columns(events: Sequence[SaleEvent]) -> tuple[list[Any], ...]:
    """Return ids, sequences, subjects and payloads of events, as the statements take them."""
    return (
        [event.id for event in events],
        [event.sequence for event in events],
        [
            subjects.sale_event(event.company, event.store, event.sale_id, event.name)
            for event in events
        ],
        [encode(event) for event in events],
    )


def answer_columns(answer: StoredAnswer | None) -> tuple[Any, ...]:
    """Return operator, key, fingerprint, outcome, body and time, as the statements take them."""
    if answer is None:
        return (None,) * 6
    return (
        answer.key.operator,
        answer.key.key,
        answer.fingerprint,
        answer.outcome,
        answer.body,
        answer.at,
    )


_SEARCHED: Final = ("number", "amount", "slip_number", "card_last", "brand", "void_due")


def searched_by(wanted: FindSales) -> str | None:
    """Return what of the search only a sale's document can answer, as JSON; None: nothing."""
    given = {field: getattr(wanted, field) for field in _SEARCHED}
    asked = {field: value for field, value in given.items() if value is not None}
    return msgspec.json.encode(asked).decode() if asked else None


_BY_CONSTRAINT: Final = {
    "operation_holds_terminal": TerminalTaken,
    "sale_company_store_business_date_day_number_key": NumberTaken,
}
"""Any other unique key that was taken means that somebody else was faster."""

_BY_REASON: Final = {
    queries.CHANGED: ChangedMeanwhile,
    queries.KEY_TAKEN: KeyTaken,
    queries.FACT_KNOWN: FactKnown,
}


@contextmanager
def translated() -> Generator[None]:
    """Say what an error of PostgreSQL means for the caller."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        kind = _BY_CONSTRAINT.get(str(error.constraint_name), ChangedMeanwhile)
        raise kind(str(error.constraint_name)) from error
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as error:
        raise ChangedMeanwhile(str(error)) from error
    except AWAY as error:
        if isinstance(error, ValueError):
            raise  # asyncpg's word for a value that fits no column: our bug, not an outage
        raise AwayError(repr(error)) from error
    except asyncpg.PostgresError as error:
        if error.sqlstate != queries.UNDONE:
            raise
        raise _BY_REASON[str(error.args[0])] from error
