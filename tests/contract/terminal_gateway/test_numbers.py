"""What every keeper of sealed merchant's numbers promises."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from terminal_gateway.memory_numbers import MemoryNumbers
from terminal_gateway.model import KeptNumber
from terminal_gateway.ports import MerchantNumbers
from terminal_gateway.side_file import SideFile
from terminal_gateway.sqlite_numbers import SCHEMA, SqliteNumbers
from testkit.clock import START, FakeClock

ONE = "019a9fd1-0000-7000-8000-000000000001"
TWO = "019a9fd1-0000-7000-8000-000000000002"


@pytest.fixture(params=["memory", "sqlite"])
async def numbers(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[MerchantNumbers]:
    if request.param == "memory":
        yield MemoryNumbers()
        return
    file = SideFile(tmp_path / "numbers.sqlite3", SCHEMA, clock)
    yield SqliteNumbers(file)
    await file.close()


def kept(operation_id: str, sealed: bytes = b"sealed", *, days: int = 0) -> KeptNumber:
    return KeptNumber(
        operation_id=operation_id,
        at=START + timedelta(days=days),
        key_id="0123456789abcdef" if sealed else "",
        sealed=sealed,
    )


async def test_what_was_kept_first_stays(numbers: MerchantNumbers) -> None:
    assert await numbers.find(ONE) is None
    await numbers.keep(kept(ONE))
    await numbers.keep(kept(ONE, b"another"))
    assert await numbers.find(ONE) == kept(ONE)


async def test_that_there_is_none_is_kept_too(numbers: MerchantNumbers) -> None:
    await numbers.keep(kept(ONE, b""))
    assert await numbers.find(ONE) == kept(ONE, b"")
    assert await numbers.lacking((ONE, TWO)) == {TWO}


async def test_old_ones_are_forgotten(numbers: MerchantNumbers) -> None:
    await numbers.keep(kept(ONE))
    await numbers.keep(kept(TWO, days=2))
    assert await numbers.forget(START + timedelta(days=1)) == 1
    assert await numbers.lacking((ONE, TWO)) == {ONE}
