from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from asyncpg.protocol import Record
from asyncpg.transaction import Transaction

class Connection:
    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str: ...
    async def executemany(
        self, command: str, args: Iterable[Sequence[object]], *, timeout: float | None = None
    ) -> None: ...
    async def fetch(
        self, query: str, *args: object, timeout: float | None = None
    ) -> list[Record]: ...
    async def fetchrow(
        self, query: str, *args: object, timeout: float | None = None
    ) -> Record | None: ...
    async def fetchval(
        self, query: str, *args: object, column: int = 0, timeout: float | None = None
    ) -> Any: ...
    def cursor(
        self,
        query: str,
        *args: object,
        prefetch: int | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[Record]: ...
    def transaction(
        self,
        *,
        isolation: str | None = None,
        readonly: bool = False,
        deferrable: bool = False,
    ) -> Transaction: ...
    async def add_listener(
        self, channel: str, callback: Callable[[Connection, int, str, object], object]
    ) -> None: ...
    async def remove_listener(
        self, channel: str, callback: Callable[[Connection, int, str, object], object]
    ) -> None: ...
    def add_termination_listener(self, callback: Callable[[Connection], object]) -> None: ...
    async def set_type_codec(
        self,
        typename: str,
        *,
        schema: str = "public",
        encoder: Callable[[Any], Any],
        decoder: Callable[[Any], Any],
        format: str = "text",
    ) -> None: ...
    def get_server_pid(self) -> int: ...
    def is_closed(self) -> bool: ...
    def is_in_transaction(self) -> bool: ...
    async def close(self, *, timeout: float | None = None) -> None: ...
    def terminate(self) -> None: ...
