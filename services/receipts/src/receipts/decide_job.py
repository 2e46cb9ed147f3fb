"""How a piece of paper moves from asked for to printed, or to not printed with a reason. Pure.

Nothing is sent before it is on our disk as `sent`; from then on only the store's box knows, and is
asked with the same id until it says.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from contracts.printing import PrintOutcome
from contracts.receipts import PrintJobView
from receipts.model import JobState, PrintJob

ASK_AFTER: Final = timedelta(seconds=3)
"""A printer takes a second or two; a job open for longer is asked about."""

GIVEN_UP_AFTER: Final = timedelta(days=1)
"""A box that is away for a day has lost its paper: nobody waits, and a person has looked."""


class Met(StrEnum):
    """What a job meets with."""

    SENDING = "sending"
    """It is about to be sent."""
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    """The box says so, or it is proven that nothing was sent."""
    EXPIRED = "expired"
    """Too late for paper that was never sent."""
    GIVEN_UP = "given_up"
    """The box has not been heard of for so long that nobody will know."""


TRANSITIONS: Final[dict[tuple[JobState, Met], JobState]] = {
    (JobState.WAITING, Met.SENDING): JobState.SENT,
    (JobState.WAITING, Met.NOT_PRINTED): JobState.NOT_PRINTED,
    (JobState.WAITING, Met.EXPIRED): JobState.NOT_PRINTED,
    (JobState.SENT, Met.PRINTED): JobState.PRINTED,
    (JobState.SENT, Met.NOT_PRINTED): JobState.NOT_PRINTED,
    (JobState.SENT, Met.GIVEN_UP): JobState.NOT_PRINTED,
}
"""A missing entry is a move that is not made: how a job ended once, it ended."""

MET_OF: Final = {
    PrintOutcome.PRINTED: Met.PRINTED,
    PrintOutcome.NOT_PRINTED: Met.NOT_PRINTED,
}


class End(Struct, frozen=True, kw_only=True):
    """How a job ended."""

    at: datetime
    reason: str = ""
    partly: bool = False


def move(job: PrintJob, met: Met, end: End | None = None) -> PrintJob | None:
    """Return the job after what it met with; None where that changes nothing."""
    state = TRANSITIONS.get((job.state, met))
    if state is None:
        return None
    if end is None:
        return replace(job, state=state)
    reason = "" if state is JobState.PRINTED else end.reason
    return replace(job, state=state, reason=reason, partly=end.partly, ended_at=end.at)


def overdue(job: PrintJob, now: datetime) -> PrintJob | None:
    """Return the job as ended, when it is too late for it by the clock alone."""
    if job.state is JobState.WAITING and now >= job.expires_at:
        return move(job, Met.EXPIRED, End(at=now, reason="expired"))
    if now >= job.expires_at + GIVEN_UP_AFTER:
        return move(job, Met.GIVEN_UP, End(at=now, reason="no_answer", partly=True))
    return None


def to_be_asked(job: PrintJob, now: datetime) -> bool:
    """Whether the box is to be asked what became of it."""
    return job.state is JobState.SENT and now >= job.requested_at + ASK_AFTER


def view_of(job: PrintJob) -> PrintJobView:
    """Return the job as others see it."""
    return PrintJobView(
        id=job.id,
        sale=job.sale,
        store=job.store,
        register=job.register,
        what=job.what,
        state=outward(job.state),
        requested_at=job.requested_at,
        tender=job.tender,
        operation_id=job.operation_id,
        operation=job.operation,
        copy=job.copy,
        printer=job.printer,
        reason=job.reason,
        partly=job.partly,
        ended_at=job.ended_at,
        by=job.by,
    )


Outward = Literal["queued", "printed", "not_printed"]


def outward(state: JobState) -> Outward:
    """Return how a state is called outside: whether it was sent is our own affair."""
    return _OUTWARD[state]


_OUTWARD: Final[dict[JobState, Outward]] = {
    JobState.WAITING: "queued",
    JobState.SENT: "queued",
    JobState.PRINTED: "printed",
    JobState.NOT_PRINTED: "not_printed",
}
