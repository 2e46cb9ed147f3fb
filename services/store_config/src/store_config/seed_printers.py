"""The receipt printers of the demo chain, and who issues its receipts.

A store gets its printers once: when it is set up, or at the first start that tells of printers. An
address follows a simulated printer whose port moved, unless somebody has put another one there.
"""

from typing import Annotated, Final

import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Meta

from contracts.envelope import Message, Role
from contracts.identifiers import CompanyCode, PrinterCode, RegisterCode, StoreCode
from contracts.stores import Issuer, PrinterEntry
from servicekit.clock import Clock
from store_config import queries
from store_config.model import AuditEntry, Facts
from store_config.postgres import write_audit

PROFILE: Final = "TM-T20II"
"""48 columns on 80 mm, a cutter and a drawer; sold in Japan with kanji."""

SEEDED: Final = "printers_seeded"
MOVED: Final = "printer_moved"

SEEDER: Final = "seed"
"""Who did it, in the audit log; no operator has this name."""

ISSUERS: Final = {
    "DEMO": Issuer(
        name="株式会社デモチェーン",
        registration_number="T1234567890123",
        address="東京都渋谷区見本1-2-3",
        phone="03-0000-0001",
    ),
    "OTHER": Issuer(
        name="株式会社となりのチェーン",
        registration_number="T9876543210987",
        address="愛知県名古屋市中区見本9-8-7",
        phone="052-000-0001",
    ),
}
"""Nobody's: the check digits of these numbers are wrong, and such telephones do not ring."""


class SeedPrinter(Message, frozen=True, kw_only=True):
    """A simulated printer, as the supervisor tells it (`RENKEI_SEED_PRINTERS`)."""

    company: CompanyCode
    store: StoreCode
    printer: PrinterCode
    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)]
    profile: str = PROFILE
    columns: int = 48
    register: RegisterCode | None = None
    """The till that prints there."""


async def seed_printers(
    connection: PoolConnectionProxy, clock: Clock, key: tuple[str, str], told: list[SeedPrinter]
) -> None:
    """Give a store, whose row the caller holds, the printers that it has not had yet."""
    if not told:
        return
    if await connection.fetchval(queries.HAD_PRINTERS, *key):
        await _follow(connection, clock, key, told)
        return
    for each in told:
        await connection.execute(queries.PUT_PRINTER, *key, *_row(each))
        if each.register is not None:
            await connection.execute(queries.SEED_PRINTS_ON, *key, each.register, each.printer)
    issuer = ISSUERS.get(key[0])
    if issuer is not None:
        text = msgspec.json.encode(issuer).decode()
        await connection.execute(queries.SEED_ISSUER, *key, text)
    known: Facts = {f"printer.{each.printer}": _address(each) for each in told}
    await _bump(connection, clock, key, SEEDED, ({}, known))


async def _follow(
    connection: PoolConnectionProxy, clock: Clock, key: tuple[str, str], told: list[SeedPrinter]
) -> None:
    rows = await connection.fetch(queries.PRINTERS_OF_STORE, *key)
    stood = {row["printer"]: PrinterEntry(**dict(row)) for row in rows}
    moved = [
        each
        for each in told
        if each.printer in stood
        and stood[each.printer].host == each.host
        and stood[each.printer].port != each.port
    ]
    for each in moved:
        await connection.execute(queries.MOVE_PRINTER, *key, each.printer, each.port)
    if moved:
        before: Facts = {f"printer.{each.printer}": _address(stood[each.printer]) for each in moved}
        after: Facts = {f"printer.{each.printer}": _address(each) for each in moved}
        await _bump(connection, clock, key, MOVED, (before, after))


async def _bump(
    connection: PoolConnectionProxy,
    clock: Clock,
    key: tuple[str, str],
    action: str,
    facts: tuple[Facts, Facts],
) -> None:
    company, store = key
    await connection.execute(queries.BUMP_STORE, company, store)
    entry = AuditEntry(
        at=clock.now(),
        company=company,
        store=store,
        by_company=company,
        operator=SEEDER,
        role=Role.PLATFORM,
        action=action,
        before=facts[0],
        after=facts[1],
    )
    await write_audit(connection, entry)


def _row(each: SeedPrinter) -> tuple[str, str, int, str, int]:
    return (each.printer, each.host, each.port, each.profile, each.columns)


def _address(each: SeedPrinter | PrinterEntry) -> str:
    return f"{each.host}:{each.port}"
