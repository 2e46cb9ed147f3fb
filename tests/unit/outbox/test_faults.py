import asyncpg
import pytest

from messaging.fate import TRIES_MAX, Fates, RetryLater
from outbox.faults import AWAY


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DiskFullError("no space left on device"),
        asyncpg.OutOfMemoryError("out of memory"),
        asyncpg.TooManyConnectionsError("too many clients"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.QueryCanceledError("canceling statement"),
        asyncpg.PostgresIOError("could not read block"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute UPDATE"),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_a_charge_waits_for_as_long_as_the_record_cannot_take_it(error: Exception) -> None:
    fate = Fates(away=AWAY).decide(error, TRIES_MAX + 1)
    assert isinstance(fate, RetryLater)


def test_a_statement_that_is_wrong_is_not_away() -> None:
    assert not isinstance(asyncpg.PostgresSyntaxError("syntax error"), AWAY)
