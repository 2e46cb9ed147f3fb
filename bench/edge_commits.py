"""How often a gateway's journal was committed: counted in the write-ahead log itself.

Imports nothing of Renkei. A frame that ends a commit says how large the database is after it
(https://sqlite.org/fileformat2.html#the_write_ahead_log); each is one sync under
`synchronous=FULL`. After a checkpoint the log begins anew with other salts, and what stands behind
the new frames is still the old log.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

LOG_HEADER: Final = struct.Struct(">IIIIIIII")
FRAME_HEADER: Final = struct.Struct(">IIIIII")
LOOK_S: Final = 0.1
"""A log of 4 MB begins anew after a second of hard work at the earliest."""


class _Log(NamedTuple):
    page_size: int
    salts: tuple[int, int]


class EdgeCommits:
    """Counts a log's commits for as long as it is watched."""

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}-wal")
        self._log: _Log | None = None
        self._frame = 0
        self.count = 0

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncGenerator["EdgeCommits"]:
        """Count from now on; `count` is right after the end."""
        self._look()
        self.count = 0
        looking = asyncio.create_task(self._keep_looking())
        try:
            yield self
        finally:
            looking.cancel()
            self._look()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._look()

    def _look(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            header = file.read(LOG_HEADER.size)
            if len(header) < LOG_HEADER.size:
                return
            _, _, page_size, _, *salts, _, _ = LOG_HEADER.unpack(header)
            log = _Log(page_size, (salts[0], salts[1]))
            if self._log is not None and log != self._log:
                self._read(file, self._log)  # what was written before the log began anew
                self._frame = 0
            self._log = log
            self._read(file, log)

    def _read(self, file: BinaryIO, log: _Log) -> None:
        size = FRAME_HEADER.size + log.page_size
        while True:
            file.seek(LOG_HEADER.size + self._frame * size)
            raw = file.read(FRAME_HEADER.size)
            if len(raw) < FRAME_HEADER.size:
                return
            _, after, first, second, _, _ = FRAME_HEADER.unpack(raw)
            if (first, second) != log.salts:
                return
            self.count += after != 0
            self._frame += 1
