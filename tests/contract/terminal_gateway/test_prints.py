"""What every print record promises."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from terminal_gateway import decide_print
from terminal_gateway.memory_prints import MemoryPrints
from terminal_gateway.print_model import Job
from terminal_gateway.print_ports import PrintRecord
from terminal_gateway.side_file import SideFile
from terminal_gateway.sqlite_prints import SCHEMA, SqlitePrints
from testkit.clock import START, FakeClock

Again = Callable[[], Awaitable[PrintRecord]]


@pytest.fixture(params=["memory", "sqlite"])
async def again(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Again]:
    """Open the record; again: what was open is closed and read anew."""
    memory = MemoryPrints()
    files: list[SideFile] = []

    async def open_again() -> PrintRecord:
        if request.param == "memory":
            return memory
        if files:
            await files[-1].close()
        files.append(SideFile(tmp_path / "prints.sqlite3", SCHEMA, clock))
        return SqlitePrints(files[-1])

    yield open_again
    if files:
        await files[-1].close()


@pytest.fixture
async def record(again: Again) -> PrintRecord:
    return await again()


def job(number: int, *, days: int = 0) -> Job:
    at = START + timedelta(days=days)
    return Job(
        id=f"019a9fd1-0000-7000-8000-{number:012}",
        printer="P1",
        place="127.0.0.1:9100 default 48",
        digest="0" * 64,
        expires_at=at + timedelta(minutes=1),
        queued_at=at,
    )


async def test_a_job_is_kept_once_under_its_id(record: PrintRecord) -> None:
    first, other = job(1), job(1, days=1)
    assert await record.find(first.id) is None
    assert await record.keep_new(first, b"paper") is first
    assert await record.keep_new(other, b"other") == first
    assert await record.begin(decide_print.begin(first)) == b"paper"


async def test_what_was_not_over_is_there_again_in_its_order(again: Again) -> None:
    record = await again()
    for number in (3, 1, 2):
        await record.keep_new(job(number), b"paper %d" % number)
    begun = decide_print.begin(job(3))
    await record.begin(begun)
    over = decide_print.not_printed(job(1), "off", START)
    await record.end((over,))
    record = await again()
    assert await record.unfinished() == (begun, job(2))
    assert await record.find(over.id) == over
    assert await record.begin(decide_print.begin(job(2))) == b"paper 2"


async def test_what_is_over_has_no_bytes_and_what_is_unknown_neither(record: PrintRecord) -> None:
    await record.keep_new(job(1), b"paper")
    await record.end((decide_print.printed(decide_print.begin(job(1)), START),))
    assert await record.begin(decide_print.begin(job(1))) is None
    assert await record.begin(decide_print.begin(job(2))) is None


async def test_how_a_job_ended_is_kept_even_when_its_row_was_lost(record: PrintRecord) -> None:
    ended = decide_print.not_printed(job(5), "interrupted", START)
    await record.end((ended,))
    assert await record.find(ended.id) == ended


async def test_only_what_is_old_and_over_is_forgotten(record: PrintRecord) -> None:
    for number in (1, 2):
        await record.keep_new(job(number), b"paper")
    await record.keep_new(job(3, days=9), b"paper")
    await record.end((decide_print.not_printed(job(1), "off", START),))
    await record.end((decide_print.not_printed(job(3, days=9), "off", START),))
    assert await record.forget(START + timedelta(days=7)) == 1
    assert await record.find(job(1).id) is None
    assert await record.find(job(2).id) is not None
    assert await record.find(job(3).id) is not None
    assert await record.lost_at() is None
