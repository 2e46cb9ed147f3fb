"""The twin in memory of the print record."""

from collections.abc import Sequence
from datetime import datetime

from contracts.identifiers import PrintJobId
from terminal_gateway.errors import SideFileError
from terminal_gateway.print_model import OVER, Job


class MemoryPrints:
    """`print_ports.PrintRecord`; `broken`: it takes nothing and tells nothing."""

    def __init__(self) -> None:
        self.jobs: dict[PrintJobId, Job] = {}
        self.papers: dict[PrintJobId, bytes] = {}
        self.broken = False

    async def unfinished(self) -> tuple[Job, ...]:
        """See `PrintRecord`."""
        self._check()
        return tuple(job for job in self.jobs.values() if job.state not in OVER)

    async def find(self, job_id: PrintJobId) -> Job | None:
        """See `PrintRecord`."""
        self._check()
        return self.jobs.get(job_id)

    async def keep_new(self, job: Job, paper: bytes) -> Job:
        """See `PrintRecord`."""
        self._check()
        if job.id not in self.jobs and paper:
            self.papers[job.id] = paper
        return self.jobs.setdefault(job.id, job)

    async def begin(self, job: Job) -> bytes | None:
        """See `PrintRecord`."""
        self._check()
        paper = self.papers.get(job.id)
        if paper is not None:
            self.jobs[job.id] = job
        return paper

    async def end(self, jobs: Sequence[Job]) -> None:
        """See `PrintRecord`."""
        self._check()
        for job in jobs:
            self.jobs[job.id] = job
            self.papers.pop(job.id, None)

    async def lost_at(self) -> datetime | None:
        """See `PrintRecord`."""
        self._check()
        return None

    async def forget(self, before: datetime) -> int:
        """See `PrintRecord`."""
        self._check()
        old = [one for one, job in self.jobs.items() if job.state in OVER]
        old = [one for one in old if self.jobs[one].queued_at < before]
        for one in old:
            del self.jobs[one]
        return len(old)

    def _check(self) -> None:
        if self.broken:
            raise SideFileError("memory", "broken")
