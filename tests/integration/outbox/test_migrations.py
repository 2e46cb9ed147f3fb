import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from outbox.migrations import MigrationError, migrate

Package = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """`package(name, *sql)`: an importable package with these migrations."""
    monkeypatch.syspath_prepend(str(tmp_path))  # pyright: ignore[reportUnknownMemberType]  # untyped in pytest

    def made(name: str, *sql: str) -> str:
        folder = tmp_path / name / "migrations"
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "__init__.py").touch()
        for number, text in enumerate(sql, 1):
            (folder / f"{number:04d}_step.sql").write_text(text)
        return name

    return made


async def test_each_file_is_applied_once_in_the_schema(
    pool: asyncpg.Pool, package: Package
) -> None:
    name = package("shop_a", "CREATE TABLE a (x int)", "INSERT INTO a VALUES (1)")
    assert await migrate(pool, name, "shop_a") == 2
    assert await migrate(pool, name, "shop_a") == 0
    assert await pool.fetchval("SELECT count(*) FROM shop_a.a") == 1


async def test_many_that_start_at_once_do_not_get_in_each_others_way(
    pool: asyncpg.Pool, package: Package
) -> None:
    name = package("shop_b", "CREATE TABLE b (x int)", "INSERT INTO b VALUES (1)")
    applied = await asyncio.gather(*(migrate(pool, name, "shop_b") for _ in range(4)))
    assert sum(applied) == 2


async def test_a_failed_file_leaves_nothing_behind_and_can_be_mended(
    pool: asyncpg.Pool, package: Package
) -> None:
    name = package("shop_c", "CREATE TABLE c (x int)", "CREATE TABLE d (x int); SELECT 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(pool, name, "shop_c")
    package("shop_c", "CREATE TABLE c (x int)", "CREATE TABLE d (x int)")
    assert await migrate(pool, name, "shop_c") == 1


async def test_a_changed_file_stops_the_start(pool: asyncpg.Pool, package: Package) -> None:
    name = package("shop_d", "CREATE TABLE e (x int)")
    await migrate(pool, name, "shop_d")
    package("shop_d", "CREATE TABLE e (x bigint)")
    with pytest.raises(MigrationError, match="was changed"):
        await migrate(pool, name, "shop_d")


async def test_gaps_in_the_numbers_are_refused(
    pool: asyncpg.Pool, package: Package, tmp_path: Path
) -> None:
    name = package("shop_e", "SELECT 1")
    (tmp_path / name / "migrations" / "0003_late.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match="not numbered"):
        await migrate(pool, name, "shop_e")
