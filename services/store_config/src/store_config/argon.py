"""Passwords by argon2id, in threads.

Parameters: OWASP's second recommended set (19 MiB, 2 passes, 1 lane), some 20 ms of one core here:
a register's morning log-in is not felt, and a guesser gets 50 guesses a second from a core that
the lock-out does not even let him use (decision 0601).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

TIME_COST: Final = 2
MEMORY_KIB: Final = 19_456
LANES: Final = 1

THREADS_MAX: Final = 2
"""argon2 releases the interpreter's lock; two at once use two cores and 40 MiB, never more."""


class ArgonPasswords:
    """The port `Passwords`. Built by `prepared`, since the stand-in hash costs as much as any."""

    def __init__(self, executor: ThreadPoolExecutor, hasher: PasswordHasher, standin: str) -> None:
        """`standin` is what an operator who does not exist is measured against."""
        self._executor = executor
        self._hasher = hasher
        self._standin = standin

    @classmethod
    async def prepared(cls, secret: str) -> "ArgonPasswords":
        """Build one; `secret` is any fresh random text, for the stand-in hash."""
        executor = ThreadPoolExecutor(max_workers=THREADS_MAX, thread_name_prefix="argon2")
        hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)
        standin = await asyncio.get_running_loop().run_in_executor(executor, hasher.hash, secret)
        return cls(executor, hasher, standin)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password; None takes as long and is False."""
        measured = self._standin if password_hash is None else password_hash
        loop = asyncio.get_running_loop()
        same = await loop.run_in_executor(self._executor, self._verify, measured, password)
        return same and password_hash is not None

    async def hashed(self, password: str) -> str:
        """Return a new salted hash."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._hasher.hash, password)

    def close(self) -> None:
        """Let the threads go; what they are at is finished."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
