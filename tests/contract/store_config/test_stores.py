"""The port `Stores`, on its twin and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from contracts.envelope import Actor, Role
from contracts.stores import (
    AssignPrinter,
    ChangeStore,
    Issuer,
    PairTerminal,
    PrinterEntry,
    PutPrinter,
    RegisterEntry,
    RemovePrinter,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
    UnpairTerminal,
)
from store_config import decide, decide_printer
from store_config.memory import MemoryStores
from store_config.model import AnswerKey, AuditEntry, Change, Decision, KeptAnswer, view_store
from store_config.ports import KeyTaken, Outdated, Stores
from store_config.postgres import Pool, PostgresStores

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
MANAGER = Actor(company="DEMO", operator="manager", role=Role.MANAGER)
KEY = AnswerKey(company="DEMO", operator="manager", key="k")


def a_store(company: str, store: str) -> StoreConfiguration:
    return StoreConfiguration(
        company=company,
        store=store,
        name="渋谷店",
        version=1,
        terminal_option=True,
        registers=tuple(RegisterEntry(register=f"R{n}", name=f"レジ{n}") for n in (1, 2)),
        terminals=tuple(
            TerminalEntry(
                terminal=f"T{n}",
                model="CT-6100",
                serial=f"CT6100-{store}-T{n}",
                host="127.0.0.1",
                port=9000 + n,
            )
            for n in (1, 2)
        ),
        settings=StoreSettings(),
    )


STORES = (a_store("DEMO", "S001"), a_store("DEMO", "S002"), a_store("OTHER", "S901"))


async def fill(pool: Pool) -> None:
    for each in STORES:
        await pool.execute(
            "INSERT INTO store_config.companies VALUES ($1, $1) ON CONFLICT DO NOTHING",
            each.company,
        )
        await pool.execute(
            "INSERT INTO store_config.stores (company, store, name, terminal_option, version)"
            " VALUES ($1, $2, $3, true, 1)",
            each.company,
            each.store,
            each.name,
        )
        for register in each.registers:
            await pool.execute(
                "INSERT INTO store_config.registers VALUES ($1, $2, $3, $4)",
                each.company,
                each.store,
                register.register,
                register.name,
            )
        for terminal in each.terminals:
            await pool.execute(
                "INSERT INTO store_config.terminals VALUES ($1, $2, $3, 'CT-6100', $4, $5, $6)",
                each.company,
                each.store,
                terminal.terminal,
                terminal.serial,
                terminal.host,
                terminal.port,
            )


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield MemoryStores(STORES)
        return
    url = request.getfixturevalue("store_config_database")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    await fill(pool)
    yield PostgresStores(pool)
    await pool.close()


def the_change(decision: Decision) -> Change:
    assert isinstance(decision, Change)
    return decision


async def pairing(stores: Stores, register: str, terminal: str) -> Change:
    asked = PairTerminal(store="S001", register=register, model="CT-6100", terminal=terminal)
    return the_change(decide.pair(await stores.read("DEMO", "S001"), MANAGER, asked))


def an_audit(change: Change) -> AuditEntry:
    before, after = decide.difference(change.before, change.after)
    return AuditEntry(
        at=NOW,
        company="DEMO",
        store="S001",
        by_company="DEMO",
        operator="manager",
        role="manager",
        action=change.action,
        before=before,
        after=after,
    )


def kept(fingerprint: str = "a", at: datetime = NOW) -> KeptAnswer:
    return KeptAnswer(key=KEY, fingerprint=fingerprint * 64, outcome="ok", body=b"{}", at=at)


async def test_a_store_is_read_as_it_stands(stores: Stores) -> None:
    assert await stores.read("DEMO", "S001") == STORES[0]
    assert await stores.read("DEMO", "S901") is None
    assert await stores.of_company("DEMO") == STORES[:2]
    assert await stores.views("DEMO") == tuple(view_store(each) for each in STORES[:2])
    assert await stores.everything() == STORES


async def test_what_is_saved_is_read_and_is_to_be_published(stores: Stores) -> None:
    for each in STORES:
        await stores.published(each.company, each.store, each.version)
    assert await stores.unpublished() == ()
    for register, terminal in (("R1", "T1"), ("R2", "T2")):
        change = await pairing(stores, register, terminal)
        await stores.save(change, an_audit(change), None)
        assert await stores.read("DEMO", "S001") == change.after
        assert await stores.unpublished() == (change.after,)
    await stores.published("DEMO", "S001", 3)
    assert await stores.unpublished() == ()


async def test_a_register_takes_another_terminal_in_one_step(stores: Stores) -> None:
    for terminal in ("T1", "T2", "T1"):
        change = await pairing(stores, "R1", terminal)
        await stores.save(change, an_audit(change), None)
    after = await stores.read("DEMO", "S001")
    assert after is not None
    assert [entry.paired_register for entry in after.terminals] == ["R1", None]
    assert after.version == 4


async def test_settings_and_the_option_are_saved_with_the_pairings_they_end(
    stores: Stores,
) -> None:
    change = await pairing(stores, "R1", "T1")
    await stores.save(change, an_audit(change), None)
    platform = Actor(company="RENKEI", operator="platform", role=Role.PLATFORM)
    for actor, asked in (
        (
            MANAGER,
            ChangeStore(
                store="S001",
                customer_slip="auto",
                slip_reprint="register",
                business_day_starts="04:30",
                support_contact="0120-000-000",
            ),
        ),
        (platform, ChangeStore(store="S001", terminal_option=False)),
    ):
        standing = await stores.read("DEMO", "S001")
        change = the_change(decide.change(standing, actor, asked))
        await stores.save(change, an_audit(change), None)
        assert await stores.read("DEMO", "S001") == change.after


async def test_who_issues_receipts_and_how_long_they_are_kept_is_saved(stores: Stores) -> None:
    issuer = Issuer(name="株式会社デモ", registration_number="T1234567890123", phone="03-0000-0001")
    for asked in (
        ChangeStore(store="S001", issuer=issuer, slip_retention_years=10),
        ChangeStore(store="S001", issuer=Issuer()),
    ):
        standing = await stores.read("DEMO", "S001")
        change = the_change(decide.change(standing, MANAGER, asked))
        await stores.save(change, an_audit(change), None)
        assert await stores.read("DEMO", "S001") == change.after
        other = await stores.read("DEMO", "S002")
        assert other is not None
        assert other.settings == StoreSettings()


def a_printer(code: str, host: str = "192.168.0.9") -> PutPrinter:
    entry = PrinterEntry(printer=code, host=host, port=9_101, profile="TM-T20II", columns=32)
    return PutPrinter(store="S001", printer=entry)


async def test_printers_come_move_are_printed_on_and_go(stores: Stores) -> None:
    steps: tuple[Callable[[StoreConfiguration | None], Decision], ...] = (
        lambda store: decide_printer.put(store, MANAGER, a_printer("P1")),
        lambda store: decide_printer.put(store, MANAGER, a_printer("p1")),
        lambda store: decide_printer.put(store, MANAGER, a_printer("P1", "receipt.local")),
        lambda store: decide_printer.assign(store, MANAGER, printing("R1", "P1")),
        lambda store: decide_printer.assign(store, MANAGER, printing("R2", "P1")),
        lambda store: decide_printer.assign(store, MANAGER, printing("R2", None)),
        lambda store: decide_printer.remove(
            store, MANAGER, RemovePrinter(store="S001", printer="P1")
        ),
    )
    for step in steps:
        change = the_change(step(await stores.read("DEMO", "S001")))
        await stores.save(change, an_audit(change), None)
        assert await stores.read("DEMO", "S001") == change.after
    left = await stores.read("DEMO", "S001")
    assert left is not None
    assert [each.printer for each in left.printers] == ["p1"]
    assert [each.printer for each in left.registers] == [None, None]
    assert await stores.read("DEMO", "S002") == STORES[1]


def printing(register: str, printer: str | None) -> AssignPrinter:
    return AssignPrinter(store="S001", register=register, printer=printer)


async def test_of_two_changes_to_the_same_version_one_is_outdated_and_leaves_nothing(
    stores: Stores,
) -> None:
    first, second = await pairing(stores, "R1", "T1"), await pairing(stores, "R2", "T1")
    await stores.save(first, an_audit(first), None)
    with pytest.raises(Outdated):
        await stores.save(second, an_audit(second), kept())
    assert await stores.read("DEMO", "S001") == first.after
    assert await stores.recall(KEY, NOW) is None


async def test_of_two_changes_at_once_exactly_one_is_written(stores: Stores) -> None:
    changes = [await pairing(stores, register, "T1") for register in ("R1", "R2")]

    async def save(change: Change) -> bool:
        try:
            await stores.save(change, an_audit(change), None)
        except Outdated:
            return False
        return True

    assert sorted(await asyncio.gather(*(save(each) for each in changes))) == [False, True]


async def test_an_answer_is_kept_with_its_change_for_a_day(stores: Stores) -> None:
    change = await pairing(stores, "R1", "T1")
    await stores.save(change, an_audit(change), kept())
    assert await stores.recall(KEY, NOW + timedelta(hours=23)) == kept()
    assert await stores.recall(KEY, NOW + timedelta(hours=24)) is None


async def test_a_change_whose_key_is_taken_is_not_written(stores: Stores) -> None:
    await stores.keep(kept("a"))
    change = await pairing(stores, "R1", "T1")
    with pytest.raises(KeyTaken):
        await stores.save(change, an_audit(change), kept("b"))
    assert await stores.read("DEMO", "S001") == STORES[0]
    assert await stores.recall(KEY, NOW) == kept("a")


async def test_a_key_is_free_again_after_a_day(stores: Stores) -> None:
    await stores.keep(kept("a"))
    with pytest.raises(KeyTaken):
        await stores.keep(kept("b"))
    later = NOW + timedelta(hours=24)
    await stores.keep(kept("b", later))
    assert await stores.recall(KEY, later) == kept("b", later)


async def test_a_version_is_lifted_above_what_the_edge_has_seen_and_never_lowered(
    stores: Stores,
) -> None:
    await stores.published("DEMO", "S001", 1)
    await stores.lift("DEMO", "S001", 9)
    await stores.lift("DEMO", "S001", 4)
    store = await stores.read("DEMO", "S001")
    assert store is not None
    assert store.version == 9
    assert store in await stores.unpublished()


async def test_the_history_of_pairings_and_the_audit_log_stay(pool: Pool) -> None:
    await fill(pool)
    stores = PostgresStores(pool)
    for terminal in ("T1", "T2"):
        change = await pairing(stores, "R1", terminal)
        await stores.save(change, an_audit(change), None)
    asked = UnpairTerminal(store="S001", register="R1")
    change = the_change(decide.unpair(await stores.read("DEMO", "S001"), MANAGER, asked))
    await stores.save(change, an_audit(change), None)
    rows = await pool.fetch("SELECT * FROM store_config.pairings ORDER BY id")
    assert [(row["terminal"], row["paired_by"], row["unpaired_by"]) for row in rows] == [
        ("T1", "manager", "manager"),
        ("T2", "manager", "manager"),
    ]
    audit = await pool.fetch("SELECT action, before FROM store_config.audit ORDER BY id")
    assert [row["action"] for row in audit] == ["terminal_paired"] * 2 + ["terminal_unpaired"]
    assert audit[1]["before"] == '{"register.R1": "T1"}'


@pytest.mark.parametrize("sql", ["UPDATE {} SET operator = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_audit_log_cannot_be_changed(pool: Pool, sql: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await pool.execute(sql.format("store_config.audit"))


async def test_the_database_itself_keeps_pairings_one_to_one(pool: Pool) -> None:
    await fill(pool)
    insert = (
        "INSERT INTO store_config.pairings"
        " (company, store, register, terminal, paired_at, paired_by)"
        " VALUES ('DEMO', 'S001', $1, $2, now(), 'somebody')"
    )
    await pool.execute(insert, "R1", "T1")
    for register, terminal in (("R1", "T2"), ("R2", "T1")):
        with pytest.raises(asyncpg.UniqueViolationError):
            await pool.execute(insert, register, terminal)
