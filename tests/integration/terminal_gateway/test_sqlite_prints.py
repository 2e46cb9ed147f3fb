"""What was on paper does not stay on the box's disk."""

from datetime import timedelta
from pathlib import Path

from terminal_gateway import decide_print
from terminal_gateway.print_model import Job
from terminal_gateway.side_file import SideFile
from terminal_gateway.sqlite_prints import SCHEMA, SqlitePrints
from testkit.clock import START, FakeClock


def job(number: int) -> Job:
    return Job(
        id=f"019a9fd1-0000-7000-8000-{number:012}",
        printer="P1",
        place="127.0.0.1:9100 default 48",
        digest="0" * 64,
        expires_at=START + timedelta(minutes=1),
        queued_at=START,
    )


def disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_paper_is_gone_from_file_and_log_once_no_job_is_open(tmp_path: Path) -> None:
    file = SideFile(tmp_path / "prints.sqlite3", SCHEMA, FakeClock())
    record = SqlitePrints(file)
    for number, paper in ((1, b"**** * 0421" * 500), (2, b"6900 1111 0023 0***" * 500)):
        await record.keep_new(job(number), paper)
    assert b"0421" in disk(tmp_path)
    assert b"6900 1111" in disk(tmp_path)
    for number in (1, 2):
        await record.end((decide_print.printed(decide_print.begin(job(number)), START),))
    await record.find(job(1).id)  # on the same thread, so after it
    assert b"0421" not in disk(tmp_path)
    assert b"6900 1111" not in disk(tmp_path)
    assert await record.find(job(2).id) is not None
    await file.close()
