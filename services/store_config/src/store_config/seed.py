"""The demo chain: two companies to try everything with, and the operator of Renkei itself.

Applied at each start and idempotent. What is missing is added, a terminal's address follows the
device; nothing that people changed is set back.
"""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Final

from asyncpg.pool import PoolConnectionProxy
from msgspec import Meta

from contracts.envelope import Message, Role
from contracts.identifiers import CompanyCode, SerialNumber, StoreCode, TerminalCode
from contracts.stores import TERMINAL_MODEL
from servicekit.clock import Clock
from store_config import queries
from store_config.brand_rules import SHIPPED
from store_config.model import AuditEntry
from store_config.ports import Passwords
from store_config.postgres import Pool, ship_brand_rules, write_audit
from store_config.seed_printers import SEEDER, SeedPrinter, seed_printers

ADDRESS_UNKNOWN: Final = ("127.0.0.1", 1)
"""Where a terminal is that nobody told the address of: nothing listens on port 1."""


class SeedTerminal(Message, frozen=True, kw_only=True):
    """Where a simulated terminal listens, as the supervisor tells it (`RENKEI_SEED_TERMINALS`)."""

    company: CompanyCode
    store: StoreCode
    terminal: TerminalCode
    serial: SerialNumber
    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)]


class SeedStore(Message, frozen=True, kw_only=True):
    """A store as it is set up at first; `pairs` maps terminals to the registers that hold them."""

    company: str
    store: str
    name: str
    terminal_option: bool
    registers: tuple[str, ...]
    terminals: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


class SeedOperator(Message, frozen=True, kw_only=True):
    """A person of the demo chain; the password is in the README, for everybody."""

    company: str
    operator: str
    name: str
    role: Role

    @property
    def password(self) -> str:
        """Derived from the code, so that it can be told in one line."""
        return f"{self.operator}-demo"


COMPANIES: Final = {
    "DEMO": "デモチェーン",
    "OTHER": "となりのチェーン",
    "RENKEI": "連携サービス",
}

STORES: Final = (
    SeedStore(
        company="DEMO",
        store="S001",
        name="渋谷店",
        terminal_option=True,
        registers=("R1", "R2"),
        terminals=("T1", "T2"),
        pairs=(("R1", "T1"),),
    ),
    SeedStore(
        company="DEMO",
        store="S002",
        name="新宿店",
        terminal_option=True,
        registers=("R1", "R2"),
        terminals=("T1", "T2"),
        pairs=(("R1", "T1"),),
    ),
    SeedStore(
        company="DEMO",
        store="S003",
        name="横浜店",
        terminal_option=False,
        registers=("R1",),
        terminals=("T1",),
        pairs=(),
    ),
    SeedStore(
        company="OTHER",
        store="S901",
        name="名古屋店",
        terminal_option=True,
        registers=("R1",),
        terminals=("T1",),
        pairs=(("R1", "T1"),),
    ),
)


def _people(company: str, names: tuple[str, str, str, str]) -> tuple[SeedOperator, ...]:
    roles = (Role.CASHIER, Role.MANAGER, Role.ADMIN, Role.AUDITOR)
    return tuple(
        SeedOperator(company=company, operator=role.value, name=name, role=role)
        for role, name in zip(roles, names, strict=True)
    )


OPERATORS: Final = (
    *_people("DEMO", ("佐藤 花子", "鈴木 一郎", "高橋 美咲", "田中 誠")),
    *_people("OTHER", ("伊藤 結衣", "渡辺 大輔", "山本 彩", "中村 健")),
    SeedOperator(company="RENKEI", operator="platform", name="小林 直樹", role=Role.PLATFORM),
)


class DemoSeed:
    """Writes the demo chain into the record."""

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        clock: Clock,
        terminals: tuple[SeedTerminal, ...],
        printers: tuple[SeedPrinter, ...] = (),
    ) -> None:
        """`terminals` and `printers` are where the devices are today."""
        self._pool = pool
        self._passwords = passwords
        self._clock = clock
        self._terminals = terminals
        self._printers = printers

    async def apply(self) -> None:
        """Bring the demo chain about; the second time changes addresses at most."""
        for company, name in COMPANIES.items():
            await self._pool.execute(queries.SEED_COMPANY, company, name)
        await ship_brand_rules(self._pool, SHIPPED)
        await asyncio.gather(self._operators(), self._stores())

    async def _operators(self) -> None:
        rows = await self._pool.fetch(queries.KNOWN_OPERATORS)
        known = {(row["company"], row["operator"]) for row in rows}
        missing = [each for each in OPERATORS if (each.company, each.operator) not in known]
        hashes = await asyncio.gather(*(self._passwords.hashed(each.password) for each in missing))
        for each, password_hash in zip(missing, hashes, strict=True):
            await self._pool.execute(
                queries.SEED_OPERATOR,
                each.company,
                each.operator,
                each.name,
                each.role,
                password_hash,
            )

    async def _stores(self) -> None:
        for store in (*STORES, *_further(self._terminals)):
            async with self._pool.acquire() as connection, connection.transaction():
                fresh = await connection.fetchval(
                    queries.SEED_STORE,
                    store.company,
                    store.store,
                    store.name,
                    store.terminal_option,
                )
                if fresh is not None:
                    await self._set_up(connection, store)
                else:
                    await self._follow_devices(connection, store)
                key = (store.company, store.store)
                told = [each for each in self._printers if (each.company, each.store) == key]
                await seed_printers(connection, self._clock, key, told)

    async def _set_up(self, connection: PoolConnectionProxy, store: SeedStore) -> None:
        key = (store.company, store.store)
        for register in store.registers:
            name = f"レジ{register.removeprefix('R')}"
            await connection.execute(queries.SEED_REGISTER, *key, register, name)
        for terminal in store.terminals:
            device = self._device(store, terminal)
            await connection.execute(
                queries.SEED_TERMINAL,
                *key,
                terminal,
                TERMINAL_MODEL,
                device.serial,
                device.host,
                device.port,
            )
        now = self._clock.now()
        for register, terminal in store.pairs:
            await connection.execute(queries.PAIR, *key, register, terminal, now, SEEDER)

    async def _follow_devices(self, connection: PoolConnectionProxy, store: SeedStore) -> None:
        key = (store.company, store.store)
        await connection.fetchval(queries.LOCK_STORE, *key)
        rows = await connection.fetch(queries.TERMINALS_OF_STORE, *key)
        stood = {row["terminal"]: (row["serial"], row["host"], row["port"]) for row in rows}
        told = _of_store(self._terminals, store)
        moved = [
            each
            for each in told
            if each.terminal in stood
            and stood[each.terminal] != (each.serial, each.host, each.port)
        ]
        for each in moved:
            await connection.execute(
                queries.MOVE_TERMINAL, *key, each.terminal, each.serial, each.host, each.port
            )
        if moved:
            await connection.execute(queries.BUMP_STORE, *key)
            await write_audit(connection, self._audit(store, moved, stood))

    def _audit(
        self,
        store: SeedStore,
        moved: list[SeedTerminal],
        stood: dict[str, tuple[str, str, int]],
    ) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            company=store.company,
            store=store.store,
            by_company=store.company,
            operator=SEEDER,
            role=Role.PLATFORM,
            action="terminal_moved",
            before={f"address.{each.terminal}": _address(*stood[each.terminal]) for each in moved},
            after={
                f"address.{each.terminal}": _address(each.serial, each.host, each.port)
                for each in moved
            },
        )

    def _device(self, store: SeedStore, terminal: str) -> SeedTerminal:
        for each in _of_store(self._terminals, store):
            if each.terminal == terminal:
                return each
        host, port = ADDRESS_UNKNOWN
        return SeedTerminal(
            company=store.company,
            store=store.store,
            terminal=terminal,
            serial=f"CT6100-{store.store}-{terminal}",
            host=host,
            port=port,
        )


def _of_store(terminals: Iterable[SeedTerminal], store: SeedStore) -> list[SeedTerminal]:
    return [
        each for each in terminals if (each.company, each.store) == (store.company, store.store)
    ]


def _further(terminals: Iterable[SeedTerminal]) -> list[SeedStore]:
    """Return the stores that only the list of terminals knows: a register for each terminal."""
    known = {(store.company, store.store) for store in STORES}
    places: dict[tuple[str, str], list[str]] = {}
    for each in terminals:
        if (each.company, each.store) not in known:
            places.setdefault((each.company, each.store), []).append(each.terminal)
    return [
        SeedStore(
            company=company,
            store=store,
            name=f"店舗 {store}",
            terminal_option=True,
            registers=tuple(f"R{number}" for number, _ in enumerate(codes, start=1)),
            terminals=tuple(codes),
            pairs=tuple((f"R{number}", code) for number, code in enumerate(codes, start=1)),
        )
        for (company, store), codes in places.items()
    ]


def _address(serial: str, host: str, port: int) -> str:
    return f"{serial} {host}:{port}"
