"""Which errors of PostgreSQL only say that it is away just now."""

from typing import Final

import asyncpg

AWAY: Final[tuple[type[BaseException], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # asyncpg's protocol, used between the server's good-bye and the end of its connection
    asyncpg.InternalClientError,
)
"""Try again later, for as long as it takes. For `messaging.fate.Fates(away=AWAY)` too."""
