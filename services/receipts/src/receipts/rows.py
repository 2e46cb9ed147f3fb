"""Rows and errors of PostgreSQL, as the record's port has them."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec

from contracts.envelope import encode
from contracts.operations import OperationKind
from contracts.receipts import Copy, SlipOf
from contracts.sales import SaleView
from contracts.slips import Slip
from outbox.faults import AWAY
from receipts.model import (
    Audit,
    ContrarySlip,
    JobState,
    MerchantNumber,
    NumberState,
    PrintJob,
    SaleRecord,
    Seller,
    SlipRecord,
)
from receipts.ports import AwayError, StoredAnswer
from receipts.retention import Removed

Row = Any


@contextmanager
def translated() -> Generator[None]:
    """Say what an error of PostgreSQL means for the caller."""
    try:
        yield
    except AWAY as error:
        if isinstance(error, ValueError):
            raise  # asyncpg's word for a value that fits no column: our bug, not an outage
        raise AwayError(repr(error)) from error


def slip_columns(record: SlipRecord) -> tuple[Any, ...]:
    """Return a slip as `KEEP_SLIP` takes it."""
    day = record.terminal_business_date
    return (
        record.operation_id,
        record.company,
        record.store,
        record.terminal,
        record.serial,
        None if day is None else date.fromisoformat(day),
        record.slip.slip_number,
        str(record.kind),
        record.media,
        record.brand,
        encode(record.slip),
        record.layout,
        record.event_id,
        record.seen_at,
    )


def slip_of(row: Row) -> SlipRecord:
    """Return the slip that a row holds."""
    day = row["terminal_business_date"]
    return SlipRecord(
        operation_id=str(row["operation_id"]),
        company=row["company"],
        store=row["store"],
        terminal=row["terminal"],
        serial=row["serial"],
        kind=OperationKind(row["kind"]),
        media=row["media"],
        brand=row["brand"],
        slip=msgspec.json.decode(row["slip"], type=Slip),
        layout=row["layout"],
        event_id=str(row["event_id"]),
        seen_at=row["seen_at"],
        terminal_business_date=None if day is None else day.isoformat(),
    )


def contrary_of(row: Row) -> ContrarySlip:
    """Return the other content that a row holds."""
    return ContrarySlip(
        operation_id=str(row["operation_id"]),
        event_id=str(row["event_id"]),
        company=row["company"],
        store=row["store"],
        slip=msgspec.json.decode(row["slip"], type=Slip),
        seen_at=row["seen_at"],
    )


def number_of(row: Row) -> MerchantNumber:
    """Return what a row knows of a merchant's number."""
    return MerchantNumber(
        operation_id=str(row["operation_id"]),
        company=row["company"],
        store=row["store"],
        terminal=row["terminal"],
        state=NumberState(row["state"]),
        asked=row["asked"],
        ask_at=row["ask_at"],
        key_id=row["key_id"],
        sealed=row["sealed"],
    )


def sale_columns(record: SaleRecord) -> tuple[Any, ...]:
    """Return a sale as `KEEP_SALE` takes it."""
    view = record.view
    return (
        view.id,
        record.company,
        view.store,
        view.sequence,
        str(view.state),
        encode(view),
        None if record.seller is None else encode(record.seller),
        record.layout,
        view.opened_at,
        record.heard_at,
    )


def sale_of(row: Row) -> SaleRecord:
    """Return the sale that a row holds."""
    seller = row["seller"]
    return SaleRecord(
        company=row["company"],
        view=msgspec.json.decode(row["document"], type=SaleView),
        layout=row["layout"],
        heard_at=row["heard_at"],
        seller=None if seller is None else msgspec.json.decode(seller, type=Seller),
    )


def job_columns(job: PrintJob) -> tuple[Any, ...]:
    """Return a job as `ADD_JOB` takes it."""
    return (
        job.id,
        job.company,
        job.store,
        job.register,
        job.sale,
        job.what,
        str(job.state),
        job.requested_at,
        job.expires_at,
        job.tender,
        job.operation_id,
        None if job.operation is None else str(job.operation),
        None if job.copy is None else str(job.copy),
        job.printer,
        job.reason,
        job.partly,
        job.ended_at,
        job.by,
        job.reprint,
    )


def job_of(row: Row) -> PrintJob:
    """Return the job that a row holds."""
    operation, copy = row["operation"], row["copy"]
    return PrintJob(
        id=str(row["id"]),
        company=row["company"],
        store=row["store"],
        register=row["register"],
        sale=str(row["sale_id"]),
        what=row["what"],
        state=JobState(row["state"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        tender=row["tender"],
        operation_id=None if row["operation_id"] is None else str(row["operation_id"]),
        operation=None if operation is None else SlipOf(operation),
        copy=None if copy is None else Copy(copy),
        printer=row["printer"],
        reason=row["reason"],
        partly=row["partly"],
        ended_at=row["ended_at"],
        by=row["by_operator"],
        reprint=row["reprint"],
    )


def answer_columns(answer: StoredAnswer) -> tuple[Any, ...]:
    """Return an answer as `KEEP_ANSWER` takes it."""
    key = answer.key
    return (
        key.company,
        key.operator,
        key.key,
        answer.fingerprint,
        answer.outcome,
        answer.body,
        answer.at,
    )


def audit_columns(audit: Audit) -> tuple[Any, ...]:
    """Return a line as `WRITE_DOWN` takes it."""
    told = msgspec.json.encode(audit.told).decode()
    return (audit.at, audit.company, audit.store, audit.what, audit.by, told)


def audit_of(row: Row) -> Audit:
    """Return the line that a row holds."""
    return Audit(
        at=row["at"],
        company=row["company"],
        store=row["store"],
        what=row["what"],
        by=row["by_operator"],
        told=msgspec.json.decode(row["told"], type=dict[str, str | int]),
    )


def removed_of(row: Row) -> Removed:
    """Return how many of each were taken away."""
    return Removed(slips=row["slips"], numbers=row["numbers"], sales=row["sales"], jobs=row["jobs"])
