"""Room on the disk that is ours already: a file of real blocks, given up when a result needs it."""

import os
from pathlib import Path
from typing import Final

RESULT_ROOM_BYTES: Final = 128 * 1024
"""What one result can take: its rows, their indexes, and the same pages once more in the WAL (of
which 45 kB were measured, 66 kB at most)."""

OPERATIONS_AT_ONCE_MAX: Final = 64
"""More terminals than a store has; each works on one operation at a time."""

RESERVE_BYTES: Final = RESULT_ROOM_BYTES * OPERATIONS_AT_ONCE_MAX


class Reserve:
    """8 MiB beside the journal. While it is whole, every open operation's result has room."""

    def __init__(self, path: Path, size_bytes: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._whole = False
        self.restore()

    @property
    def whole(self) -> bool:
        """Whether all of it is ours."""
        return self._whole

    def restore(self) -> None:
        """Take the blocks, if the disk has them."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size_bytes)
            finally:
                os.close(descriptor)
        except OSError:
            self.give_up()
        else:
            self._whole = True

    def give_up(self) -> None:
        """Hand the blocks back to the disk, for what is being written."""
        self._whole = False
        self._path.unlink(missing_ok=True)
