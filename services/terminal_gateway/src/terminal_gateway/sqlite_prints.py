"""Print jobs on the box's disk, in a file of their own."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from contracts.identifiers import PrintJobId
from terminal_gateway.print_model import OVER, Job
from terminal_gateway.side_file import SideFile

PRINTS: Final = "prints.sqlite3"

FORGET_MAX: Final = 500
"""Rows forgotten at once."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS job (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    over     INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    paper    BLOB
);
CREATE INDEX IF NOT EXISTS job_waiting ON job (position) WHERE over = 0;
"""
"""`body` is terminal_gateway.print_model.Job as JSON, `paper` there as long as it may be printed;
`position` is the order in which jobs came."""

_PUT: Final = """
INSERT INTO job (id, over, at_ms, body, paper) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET over = excluded.over, body = excluded.body, paper = excluded.paper
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Job).decode


class SqlitePrints:
    """`print_ports.PrintRecord`."""

    def __init__(self, file: SideFile) -> None:
        self._file = file

    async def unfinished(self) -> tuple[Job, ...]:
        """See `PrintRecord`."""

        def read(connection: sqlite3.Connection) -> tuple[Job, ...]:
            rows = connection.execute("SELECT body FROM job WHERE over = 0 ORDER BY position")
            return tuple(_decode(body) for (body,) in rows)

        return await self._file.run(read)

    async def find(self, job_id: PrintJobId) -> Job | None:
        """See `PrintRecord`."""
        return await self._file.run(lambda connection: _find(connection, job_id))

    async def keep_new(self, job: Job, paper: bytes) -> Job:
        """See `PrintRecord`."""

        def write(connection: sqlite3.Connection) -> Job:
            kept = _find(connection, job.id)
            if kept is not None:
                return kept
            connection.execute(_PUT, _row(job, paper or None))
            return job

        return await self._file.run(write)

    async def begin(self, job: Job) -> bytes | None:
        """See `PrintRecord`."""

        def write(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute("SELECT paper FROM job WHERE id = ?", (job.id,)).fetchone()
            if row is None or row[0] is None:
                return None
            connection.execute("UPDATE job SET body = ? WHERE id = ?", (_encode(job), job.id))
            return row[0]

        return await self._file.run(write)

    async def end(self, jobs: Sequence[Job]) -> None:
        """See `PrintRecord`."""

        def write(connection: sqlite3.Connection) -> bool:
            connection.executemany(_PUT, [_row(job, None) for job in jobs])
            return connection.execute("SELECT 1 FROM job WHERE over = 0").fetchone() is None

        if await self._file.run(write):  # not between the copies of one slip: the second one waits
            self._file.wipe_log()

    async def lost_at(self) -> datetime | None:
        """See `PrintRecord`."""
        return await self._file.lost_at()

    async def forget(self, before: datetime) -> int:
        """See `PrintRecord`."""
        before_ms = _milliseconds(before)

        def delete(connection: sqlite3.Connection) -> int:
            query = (
                "DELETE FROM job WHERE over = 1 AND at_ms < ?"
                " AND position < (SELECT min(position) FROM job) + ?"
            )
            return connection.execute(query, (before_ms, FORGET_MAX)).rowcount

        return await self._file.run(delete)


def _find(connection: sqlite3.Connection, job_id: PrintJobId) -> Job | None:
    row = connection.execute("SELECT body FROM job WHERE id = ?", (job_id,)).fetchone()
    return None if row is None else _decode(row[0])


def _row(job: Job, paper: bytes | None) -> tuple[Any, ...]:
    return (job.id, job.state in OVER, _milliseconds(job.queued_at), _encode(job), paper)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
