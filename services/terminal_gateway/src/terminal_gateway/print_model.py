"""What a box knows of paper: jobs, and how far each has come."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from contracts.identifiers import PrinterCode, PrintJobId


class PrintState(StrEnum):
    """How far one job has come."""

    QUEUED = "queued"
    """On our disk; no byte of it has gone to the printer."""
    PRINTING = "printing"
    """On our disk, too, before the first byte went: after a restart it is never printed again."""
    PRINTED = "printed"
    """The printer said that it has worked all of it."""
    NOT_PRINTED = "not_printed"
    """It did not, or nobody knows."""


OVER = frozenset({PrintState.PRINTED, PrintState.NOT_PRINTED})


class Job(Struct, frozen=True, kw_only=True):
    """One piece of paper. Its bytes are on the disk only, until its turn comes, and then gone.

    `place` is where and on what it was to be printed; `digest` the SHA-256 of its bytes.
    """

    id: PrintJobId
    printer: PrinterCode
    place: str
    digest: str
    expires_at: datetime
    queued_at: datetime
    state: PrintState = PrintState.QUEUED
    reason: str = ""
    partly: bool = False
    ended_at: datetime | None = None
