"""The two masks of one e-money payment, which together are the whole number, are never together.

A system of its own, its logs at their loudest; everything that is said on its bus is recorded,
then everything that it has written down is read.
"""

import asyncio
import json
import re
import shutil
import sqlite3
import tempfile
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import asyncpg
import pypdfium2
import pytest
from nats.aio.msg import Msg

from testkit import operations
from testkit.customer import EMONEY, pay
from testkit.http import RegisterClient, until
from testkit.system import RunningSystem, until_linked

pytestmark = pytest.mark.xdist_group("system")

CUSTOMERS: Final = re.compile(rb"\*{4}\s*\*\s*0421")
MERCHANTS: Final = re.compile(rb"6900\s*1111\s*0023")
"""Of `6900 1111 0023 0***`; without its last mark, however it is written."""

WHOLE: Final = re.compile(rb"6900\s*1111\s*0023\s*0421")
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
FORMATS: Final = ("txt", "svg", "png", "pdf", "escpos")


@pytest.fixture(scope="module")
def loud() -> Iterator[RunningSystem]:
    """A system that logs all that it ever logs."""
    folder = Path(tempfile.mkdtemp(prefix="renkei-masks-"))
    folder.chmod(0o711)
    running = RunningSystem(folder / "data", settings={"RENKEI_LOG_LEVEL": "DEBUG"})
    try:
        running.start()
        yield running
    finally:
        running.stop()
        running.discard()
        shutil.rmtree(folder, ignore_errors=True)


def strings(told: object) -> Iterator[str]:
    """Yield every text in a JSON document."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for name, value in told.items():  # pyright: ignore[reportUnknownVariableType]  # any JSON
            yield from strings(name)  # pyright: ignore[reportUnknownArgumentType]  # any JSON
            yield from strings(value)  # pyright: ignore[reportUnknownArgumentType]  # any JSON
    elif isinstance(told, list):
        for value in told:  # pyright: ignore[reportUnknownVariableType]  # any JSON
            yield from strings(value)  # pyright: ignore[reportUnknownArgumentType]  # any JSON


def opened(content: bytes) -> bytes:
    """Return content with what is wrapped in it: base64 in JSON, the text of a PDF."""
    parts = [content]
    if content.startswith(b"%PDF"):
        page = pypdfium2.PdfDocument(content)[0]
        parts.append(page.get_textpage().get_text_range().encode())
    try:
        document = json.loads(content)
    except ValueError:
        return b"\n".join(parts)
    for text in strings(document):
        parts.append(text.encode(errors="replace"))
        if BASE64.fullmatch(text):
            try:
                parts.append(opened(b64decode(text, validate=True)))
            except (NotBase64, ValueError):
                continue
    return b"\n".join(parts)


class Seen:
    """Which of the masks was seen where; `apart` as long as no one place has both."""

    def __init__(self) -> None:
        self.customers: list[str] = []
        self.merchants: list[str] = []
        self.together: list[str] = []
        self.count = 0

    def look(self, where: str, content: bytes) -> None:
        """Look at one message, row, log line or answer."""
        self.count += 1
        inside = opened(content)
        customers, merchants = CUSTOMERS.search(inside), MERCHANTS.search(inside)
        if customers:
            self.customers.append(where)
        if merchants:
            self.merchants.append(where)
        if (customers and merchants) or WHOLE.search(inside):
            self.together.append(where)


def test_what_looks_for_them_finds_them_wherever_they_are_wrapped() -> None:
    inner = json.dumps({"content": "KioqKiAqIDA0MjE=", "number": "6900 1111 0023 0***"}).encode()
    seen = Seen()
    seen.look("message", json.dumps({"body": json.loads(inner)}).encode())
    seen.look("whole", b"number=6900111100230421")
    assert seen.together == ["message", "whole"]


def use_it(system: RunningSystem, seen: Seen) -> None:
    """Pay by e-money, print both copies by itself and by hand, look at both in every format."""
    register, manager = system.register(), system.register("manager")
    terminal = system.terminal()
    until_linked(register, terminal)
    system.register("admin").expect(
        200, "PATCH", "/api/v1/stores/S001", {"customer_slip": "auto", "slip_reprint": "register"}
    )
    sale = register.open_sale(500)["id"]
    register.tender(sale, 500)
    pay(terminal, EMONEY)
    register.until_tender(sale, 1, "approved")
    until_printed(register, sale, 2)
    slips = f"/sales/{sale}/tenders/1/slips"
    register.done(202, f"{slips}/print")
    until_printed(register, sale, 4)
    register.done(200, f"/sales/{sale}/close")
    register.done(202, f"{slips}/print")
    until_printed(register, sale, 6)
    register.done(202, f"/sales/{sale}/receipt/print")
    until_printed(register, sale, 7)
    answers = [f"{slips}/{copy}.{form}" for copy in ("customer", "merchant") for form in FORMATS]
    answers += [f"/sales/{sale}", f"/sales/{sale}/print-jobs", "/sales?store=S001"]
    answers += [f"/sales/{sale}/receipt.{form}" for form in FORMATS]
    answers += ["/stores/S001/terminals/T1/journal", "/stores/S001/registers/R1"]
    for path in answers:
        answer = manager.fetch(f"/api/v1{path}")
        assert answer.status == 200, path
        seen.look(f"answer {path}", answer.content + repr(answer.headers).encode())
        seen.look(f"answer {path}", answer.content)


def until_printed(register: RegisterClient, sale: str, count: int) -> None:
    def printed() -> bool:
        jobs = register.read(f"/sales/{sale}/print-jobs")["jobs"]
        assert all(job["state"] != "not_printed" for job in jobs), jobs
        return [job["state"] for job in jobs] == ["printed"] * count

    until(printed, f"{count} pieces of paper")


async def read_rows(url: str, seen: Seen) -> set[str]:
    """Look at every row of every table, and return the tables that have any."""
    connection: Any = await asyncpg.connect(url)
    found: set[str] = set()
    try:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in tables:
            name = f'"{schema}"."{table}"'
            for row in await connection.fetch(f"SELECT * FROM {name}"):  # noqa: S608 - its own names
                found.add(f"{schema}.{table}")
                values = [
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                ]
                seen.look(f"row of {schema}.{table}", b"\n".join(map(opened, values)))
    finally:
        await connection.close()
    return found


def read_edge(folder: Path, seen: Seen) -> set[str]:
    """Look at every row of every table of the boxes, and return the tables that have any."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.sqlite3")):
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        with closing(connection):
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own
                    found.add(f"{path.stem}.{table}")
                    values = [
                        value if isinstance(value, bytes) else str(value).encode() for value in row
                    ]
                    seen.look(f"row of {path.stem}.{table}", b"\n".join(map(opened, values)))
    return found


def disk_of(system: RunningSystem) -> bytes:
    files = (system.data_dir / "edge").rglob("*")
    return b"".join(path.read_bytes() for path in files if path.is_file())


async def test_no_message_row_log_line_or_answer_has_both(loud: RunningSystem) -> None:
    heard, rows, edge, logs, answers = Seen(), Seen(), Seen(), Seen(), Seen()
    messages: list[Msg] = []

    async def hear(message: Msg) -> None:
        messages.append(message)

    endpoints = loud.endpoints()
    bus = await operations.connect(endpoints.nats)
    await bus.subscribe(">", cb=hear)  # pyright: ignore[reportUnknownMemberType]  # a future
    await bus.flush()
    await asyncio.to_thread(use_it, loud, answers)
    await bus.flush()
    await bus.drain()
    for message in messages:
        headers = json.dumps(message.headers or {}).encode()
        heard.look(message.subject, message.data)
        heard.look(f"{message.subject} headers", headers)

    tables = await read_rows(endpoints.postgres, rows)
    for line in loud.log().splitlines():
        logs.look("log line", line.encode())
    boxes = await asyncio.to_thread(read_edge, loud.data_dir / "edge", edge)

    for seen in (heard, rows, edge, logs, answers):
        assert seen.together == []
        assert seen.count
    # Each is where it belongs, so both were there to be found.
    assert {"evt", "svc", "cmd", "live"} <= {one.subject.split(".")[0] for one in messages}
    printed = [one.subject for one in messages if one.subject.endswith(".print_paper")]
    assert len(printed) == 7
    assert heard.customers.count(printed[0]) >= 3
    spoken = {where for where in heard.merchants if not where.startswith("_INBOX.")}
    assert spoken == {printed[0]}  # else only answers to whoever asked for the merchant's copy
    assert heard.merchants.count(printed[0]) == 3
    assert {"receipts.slip", "receipts.merchant_number", "receipts.print_job"} <= tables
    assert "row of receipts.slip" in rows.customers
    assert len(boxes) >= 3
    # Nor do the boxes' disks remember what was on paper once it is out.
    until(lambda: MERCHANTS.search(disk_of(loud)) is None, "the disks to have forgotten")
    assert edge.customers
    assert (rows.merchants, edge.merchants, logs.merchants, logs.customers) == ([], [], [], [])
    readable = {f"merchant.{form}" for form in FORMATS if form != "png"}  # a PNG's is in its dots
    assert {where.rpartition("/")[2] for where in answers.merchants} == readable
    assert len(heard.merchants) == heard.merchants.count(printed[0]) + len(readable)
