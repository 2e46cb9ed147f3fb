"""The servers that all integration tests stand on."""

# nats-py annotates no keyword arguments:
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Callable

import asyncpg
import nats
import pytest

from testkit.running import Nats, Postgres


async def test_a_database_is_empty_and_takes_commits(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE TABLE proof (n int)")
        await connection.execute("INSERT INTO proof VALUES (1)")
        assert await connection.fetchval("SELECT count(*) FROM proof") == 1
    finally:
        await connection.close()


async def test_another_test_sees_nothing_of_it(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetchval("SELECT to_regclass('proof')") is None
    finally:
        await connection.close()


def test_a_template_is_built_once_and_copied_for_each_use(
    database_from: Callable[[str, Callable[[str], None]], str],
) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        asyncio.run(_execute(url, "CREATE TABLE made_once (n int)"))

    first = database_from("proof", build)
    second = database_from("proof", build)
    assert len(built) == 1
    assert first != second
    asyncio.run(_execute(second, "INSERT INTO made_once VALUES (1)"))


async def test_text_sorts_by_code_point_and_checksums_are_on(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetchval("SHOW data_checksums") == "on"
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SELECT upper('é') = 'É' AND 'Z' < 'a'") is True
    finally:
        await connection.close()


async def test_jetstream_keeps_what_it_acknowledged_when_the_server_is_killed(
    nats_server: Nats,
) -> None:
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    await stream.add_stream(name="PROOF", subjects=["proof"])
    for number in range(10):
        await stream.publish("proof", str(number).encode())
    await client.close()
    nats_server.kill()
    nats_server.start()
    client = await nats.connect(nats_server.url)
    assert (await client.jetstream().stream_info("PROOF")).state.messages == 10
    await client.close()


async def test_a_wrong_password_is_refused(postgres_server: Postgres, database: str) -> None:
    del postgres_server
    user_and_password, rest = database.split("@")
    wrong = user_and_password.rsplit(":", 1)[0] + ":wrong@" + rest
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()
