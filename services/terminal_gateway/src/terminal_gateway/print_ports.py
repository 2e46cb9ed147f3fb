"""What printing needs of the world, apart from everything about payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from contracts.identifiers import PrintJobId
from contracts.printing import PrintEnded
from terminal_gateway.print_model import Job
from terminal_gateway.printer_protocol import Run


class PrintRecord(Protocol):
    """Jobs on the box's disk. A write has returned only when it is there.

    All raise `SideFileError`: then nothing was written.
    """

    async def unfinished(self) -> tuple[Job, ...]:
        """Return jobs that are not over, in the order in which they came."""
        ...

    async def find(self, job_id: PrintJobId) -> Job | None:
        """Return a job as it was kept last."""
        ...

    async def keep_new(self, job: Job, paper: bytes) -> Job:
        """Keep a job with its bytes, and return it; or the one that is kept under its id."""
        ...

    async def begin(self, job: Job) -> bytes | None:
        """Keep that it has begun, and return its bytes; None when the row is lost."""
        ...

    async def end(self, jobs: Sequence[Job]) -> None:
        """Keep how jobs ended; their bytes are gone then."""
        ...

    async def lost_at(self) -> datetime | None:
        """Return when rows were lost with a damaged file, if they were."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget a bounded number of jobs that were over before a time; return how many."""
        ...


class PrinterLink(Protocol):
    """One open connection to a printer."""

    async def carry(self, run: Run) -> None:
        """Write, read and keep its times until the run rests. Never raises."""
        ...

    @property
    def lost(self) -> bool:
        """Whether it is gone."""
        ...

    def close(self) -> None:
        """End it in good order."""
        ...

    def abort(self) -> None:
        """End it so that nothing unsent leaves any more."""
        ...


class PrinterDialer(Protocol):
    """Opens connections."""

    async def dial(self, host: str, port: int) -> PrinterLink:
        """Connect. Raises `PrinterAwayError`; bounded by the adapter."""
        ...


class PrintLive(Protocol):
    """What is lost when nobody listens. Never raises."""

    async def print_ended(self, ended: PrintEnded) -> None:
        """Tell how a job ended."""
        ...
