"""A box after a year: 100,000 operations and 100,000 entries of its terminal's journal.

Prints what it measured (`pytest -s`); how fast is fast enough is the bench's to say, what the
answers are is asserted here.
"""

import sqlite3
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import (
    Evidence,
    JournalEntry,
    JournalPage,
    OperationConcluded,
    OperationKind,
    Outcome,
    ReadJournal,
    ReadTerminal,
    TerminalStatus,
    Unreachable,
)
from contracts.slips import Slip
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from terminal_gateway.model import Book, Intent, NumberedEntry, Operation, State
from terminal_gateway.sqlite import put_meta
from terminal_gateway.sqlite_file import JOURNAL, JournalHome, open_journal
from terminal_gateway.sqlite_history import NUMBER_BITS
from testkit.gateway_process import COMPANY, STORE, Centre, GatewayProcess, configuration
from testkit.terminal_server import TerminalServer

MANY: Final = 100_000
SERIAL: Final = "CT6100-S001-T1"
ASKED: Final = 50

_encode = msgspec.json.Encoder().encode


def entry_of(number: int, at: datetime) -> NumberedEntry:
    slip_number = f"{number % 99_999 + 1:05}"
    slip = Slip(
        slip_number=slip_number,
        title="売上票（お客様控え）",
        merchant_name="渋谷店",
        merchant_phone="03-0000-0000",
        used_at=f"{at:%Y/%m/%d %H:%M:%S}",
        transaction="売上",
        amount=Yen(165),
        total=Yen(165),
        card_number="377782****6304",
        card_company="AMEX",
        approval_code="000000",
    )
    line = JournalEntry(
        serial=SERIAL,
        terminal_business_date=f"{at:%Y-%m-%d}",
        slip_number=slip_number,
        kind=OperationKind.PAYMENT,
        state="approved",
        amount=Yen(165),
        at=at,
        media="card" if number % 3 else "emoney",
        brand="AMEX",
        slip=slip,
    )
    return NumberedEntry(number=number, line=line, entry="ic")


def operation_of(number: int, entry: NumberedEntry, operation_id: str) -> Operation:
    line = entry.line
    intent = Intent(
        operation_id=operation_id,
        terminal="T1",
        serial=SERIAL,
        register="R1",
        sale_id=operation_id,
        tender=1,
        kind=line.kind,
        amount=line.amount,
        at=line.at,
        epoch=1,
        mark=number - 1,
    )
    said = OperationConcluded(
        operation_id=operation_id,
        terminal="T1",
        serial=SERIAL,
        kind=line.kind,
        outcome=Outcome.APPROVED,
        amount=line.amount,
        evidence=Evidence(source="result", at=line.at, number=number),
        echoed_operation_id=operation_id,
        terminal_business_date=line.terminal_business_date,
        media=line.media,
        brand=line.brand,
        slip=line.slip,
    )
    return Operation(intent=intent, state=State.CONCLUDED, conclusion=said, told=True)


async def fill(folder: Path, configuration: bytes) -> None:
    """Write a year into a journal that the gateway itself has begun."""
    ids, now = SystemIds(), datetime.now(UTC)  # noqa: TID251 - rows of a real file
    home = JournalHome(folder)
    journal = open_journal(home, company=COMPANY, store=STORE, clock=SystemClock(), ids=ids)
    journal.history.begin(Book(serial=SERIAL, began=""))
    journal.history.complete(SERIAL, MANY, now)
    await journal.close()
    home.release()
    file = sqlite3.connect(folder / JOURNAL)
    put_meta(file, "configuration", configuration)
    start = now - timedelta(days=365)
    for first in range(1, MANY + 1, 1_000):
        numbers = range(first, first + 1_000)
        entries = [entry_of(n, start + timedelta(seconds=300) * n) for n in numbers]
        known = [operation_of(each.number, each, ids.uuid()) for each in entries]
        file.executemany(
            "INSERT INTO operation (id, open, at_ms, body) VALUES (?, 0, ?, ?)",
            [(one.id, ms(one.intent.at), _encode(one)) for one in known],
        )
        file.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
            [row(entry, one.id) for entry, one in zip(entries, known, strict=True)],
        )
    file.commit()
    file.close()


def row(entry: NumberedEntry, operation_id: str) -> tuple[Any, ...]:
    line = entry.line
    return (
        (1 << NUMBER_BITS) + entry.number,
        line.terminal_business_date,
        line.slip_number,
        line.media,
        line.kind.value,
        line.state,
        line.amount,
        operation_id,
        ms(line.at),
        _encode(entry),
    )


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (each for each in status.splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def timed(centre: Centre, ask: Any, reply: Any, check: Callable[[Any], bool]) -> list[float]:
    took_ms: list[float] = []
    for _ in range(ASKED):
        begun = perf_counter()
        answer = await centre.ask(ask, reply)
        took_ms.append((perf_counter() - begun) * 1000)
        assert check(answer), answer
    return took_ms


async def test_a_years_journal_is_opened_and_answered_from(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await terminal.power_off()
    await fill(process.folder, _encode(configuration(terminal.port)))
    await process.start()
    await centre.until(lambda: centre.beat is not None, "a heartbeat")
    page = JournalPage | Unreachable

    def whole(answer: Any) -> bool:
        return isinstance(answer, JournalPage) and (answer.source, answer.complete) == (
            "copy",
            True,
        )

    newest = ReadJournal(terminal="T1")
    last = (await centre.ask(newest, page)).entries[-1]
    questions: dict[str, tuple[Any, Any, Callable[[Any], bool]]] = {
        "status": (ReadTerminal(terminal="T1"), TerminalStatus, lambda a: a.serial == SERIAL),
        "history, newest": (newest, page, whole),
        "history, one medium": (replace(newest, media="emoney"), page, whole),
        "history, a day half a year ago": (
            replace(newest, terminal_business_date=half_a_year_ago()),
            page,
            lambda answer: whole(answer) and len(answer.entries) == 50,
        ),
        "history, the next page": (
            replace(
                newest, after=last.slip_number, after_business_date=last.terminal_business_date
            ),
            page,
            whole,
        ),
    }
    print(f"\n{MANY} operations, {MANY} entries: ready after {process.ready_after_s:.2f} s")  # noqa: T201 - asked for
    for name, (ask, reply, check) in questions.items():
        took = sorted(await timed(centre, ask, reply, check))
        print(f"{name}: p50 {statistics.median(took):.1f} ms, slowest {took[-1]:.1f} ms")  # noqa: T201 - asked for
    print(f"resident: {resident_mb(process.pid):.0f} MB")  # noqa: T201 - asked for


def half_a_year_ago() -> str:
    return f"{datetime.now(UTC) - timedelta(days=180):%Y-%m-%d}"  # noqa: TID251 - rows of a real file
