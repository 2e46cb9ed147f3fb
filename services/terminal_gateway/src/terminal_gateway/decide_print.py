"""The rules of printing: what is taken, what a job becomes, what is answered.

Pure: the clock is an argument.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from contracts.identifiers import PrinterCode, PrintJobId
from contracts.printing import PrintDiffers, PrintEnded, PrintOutcome, PrintPaper, PrintQueued
from contracts.stores import PrinterEntry
from terminal_gateway.print_model import OVER, Job, PrintState

QUEUE_MAX: Final = 16
"""Jobs that wait for one printer: a queue of customers. More means that it stands still."""

KEPT: Final = timedelta(days=7)
"""How long it is known what became of a job: longer than anybody asks again."""

OFF: Final = "off"
CABLE: Final = "cable"
NO_ANSWER: Final = "no_answer"
INTERRUPTED: Final = "interrupted"
EXPIRED: Final = "expired"
UNKNOWN_JOB: Final = "unknown_job"
PRINTER_CHANGED: Final = "printer_changed"

NEXT: Final[dict[PrintState, frozenset[PrintState]]] = {
    PrintState.QUEUED: frozenset({PrintState.PRINTING, PrintState.NOT_PRINTED}),
    PrintState.PRINTING: OVER,
    PrintState.PRINTED: frozenset(),
    PrintState.NOT_PRINTED: frozenset(),
}
"""A move that does not stand here is our own bug: what is over stays so, what began never waits."""


def place(entry: PrinterEntry) -> str:
    """Return where and on what a printer prints; paper drawn for another is not printed here."""
    return f"{entry.host}:{entry.port} {entry.profile} {entry.columns}"


def queue(command: PrintPaper, entry: PrinterEntry, now: datetime) -> Job:
    """Return a command as a job."""
    return Job(
        id=command.job_id,
        printer=command.printer,
        place=place(entry),
        digest=sha256(command.paper).hexdigest(),
        expires_at=command.expires_at,
        queued_at=now,
    )


def differs(job: Job, command: PrintPaper) -> PrintDiffers | None:
    """Tell a repeat from another job under the same id. The first one's expiry holds."""
    if command.printer != job.printer:
        return PrintDiffers(field="printer")
    if job.digest and sha256(command.paper).hexdigest() != job.digest:
        return PrintDiffers(field="paper")
    return None


def describe(job: Job) -> PrintQueued | PrintEnded:
    """Return how a job stands, as it is told."""
    if job.state in OVER:
        assert job.ended_at is not None, "over, and nobody knows when"  # noqa: S101 - our own bug
        printed = job.state is PrintState.PRINTED
        return PrintEnded(
            job_id=job.id,
            printer=job.printer,
            outcome=PrintOutcome.PRINTED if printed else PrintOutcome.NOT_PRINTED,
            at=job.ended_at,
            reason=job.reason,
            partly=job.partly,
        )
    return PrintQueued(job_id=job.id, printing=job.state is PrintState.PRINTING)


def unfit(job: Job, entry: PrinterEntry | None, now: datetime) -> str:
    """Return why a job is not printed though its turn has come; "": it is."""
    if now >= job.expires_at:
        return EXPIRED
    if entry is None or place(entry) != job.place:
        return PRINTER_CHANGED
    return ""


def begin(job: Job) -> Job:
    """Its first byte is about to go."""
    return _step(job, PrintState.PRINTING)


def printed(job: Job, at: datetime) -> Job:
    """The printer said that it has worked all of it."""
    return replace(_step(job, PrintState.PRINTED), ended_at=at)


def not_printed(job: Job, reason: str, at: datetime, *, partly: bool = False) -> Job:
    """It ended otherwise; `partly`: some of the paper may have come out."""
    ended = _step(job, PrintState.NOT_PRINTED)
    return replace(ended, reason=reason, partly=partly, ended_at=at)


def left_over(job: Job, at: datetime) -> Job:
    """Return a job as a start finds it: one that had begun is never printed again by itself."""
    if job.state is PrintState.PRINTING:
        return not_printed(job, INTERRUPTED, at, partly=True)
    return job


def swear_off(
    job_id: PrintJobId, printer: PrinterCode, at: datetime, *, may_have_been_lost: bool
) -> Job:
    """Return a job that was asked about before it came: it can never be printed.

    `may_have_been_lost`: with a damaged file; then some of its paper may have come out.
    """
    return Job(
        id=job_id,
        printer=printer,
        place="",
        digest="",
        expires_at=at,
        queued_at=at,
        state=PrintState.NOT_PRINTED,
        reason=INTERRUPTED if may_have_been_lost else UNKNOWN_JOB,
        partly=may_have_been_lost,
        ended_at=at,
    )


def _step(job: Job, to: PrintState) -> Job:
    assert to in NEXT[job.state], f"{to} after {job.state}"  # noqa: S101 - our own bug
    return replace(job, state=to)
