"""Which errors of PostgreSQL only say that it is away just now."""

from typing import Final

import asyncpg

AWAY: Final[tuple[type[BaseException], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    # starting, stopping, a statement cut off
    asyncpg.OperatorInterventionError,
    # full disk, no memory, too many connections: a charge must wait for room, not be set aside
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    # a standby that is about to be promoted
    asyncpg.ReadOnlySQLTransactionError,
    # asyncpg's protocol, used between the server's good-bye and the end of its connection
    asyncpg.InternalClientError,
)
"""Try again later, for as long as it takes. For `messaging.fate.Fates(away=AWAY)` too."""
