"""The record in PostgreSQL, schema `store_config`.

A change is one short transaction; the row of the store, taken at its version, is what two changes
at once race for. The unique indexes on pairings hold what the rules say, should the rules err.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from contracts.envelope import Role
from contracts.stores import (
    SESSION_IDLE_S,
    BrandRule,
    StoreConfiguration,
    StoreView,
)
from outbox.faults import AWAY
from store_config import documents, queries
from store_config.decide import ANSWERS_KEPT_S, FAILURES_FORGOTTEN_S
from store_config.model import (
    AnswerKey,
    AuditEntry,
    Change,
    Failures,
    KeptAnswer,
    LoginKey,
    OpenSession,
    Operator,
)
from store_config.ports import KeyTaken, Outdated, OutOfReach

Pool = asyncpg.Pool
Connection = PoolConnectionProxy


class PostgresStores:
    """The port `Stores`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def read(self, company: str, store: str) -> StoreConfiguration | None:
        """Return a store as it stands."""
        row = await self._pool.fetchrow(documents.READ_STORE, company, store)
        return None if row is None else documents.store_from(row)

    async def of_company(self, company: str) -> tuple[StoreConfiguration, ...]:
        """Return all stores of one company, by code."""
        return documents.stores_from(await self._pool.fetch(documents.STORES_OF_COMPANY, company))

    async def views(self, company: str) -> tuple[StoreView, ...]:
        """Return the same as lists show them."""
        rows = await self._pool.fetch(documents.VIEWS_OF_COMPANY, company)
        return tuple(documents.view_from(row) for row in rows)

    async def everything(self) -> tuple[StoreConfiguration, ...]:
        """Return all stores of all companies."""
        with _in_reach():
            return documents.stores_from(await self._pool.fetch(documents.ALL_STORES))

    async def save(self, change: Change, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its history, its audit entry and its answer, all or nothing."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await _raise_store(connection, change)
                await _pairings(connection, change, audit)
                await _printers(connection, change)
                await write_rules(connection, change.before.brand_rules, change.after)
                await write_audit(connection, audit)
                if kept is not None:
                    await keep_answer(connection, kept)
        except asyncpg.UniqueViolationError as error:
            raise Outdated from error

    async def recall(self, key: AnswerKey, now: datetime) -> KeptAnswer | None:
        """Return the answer kept under a key within the last 24 h."""
        row = await self._pool.fetchrow(
            queries.RECALL, key.company, key.operator, key.key, _horizon(now)
        )
        if row is None:
            return None
        return KeptAnswer(
            key=key,
            fingerprint=row["fingerprint"],
            outcome=row["outcome"],
            body=row["body"],
            at=row["at"],
        )

    async def keep(self, kept: KeptAnswer) -> None:
        """Keep the answer of a refusal."""
        async with self._pool.acquire() as connection:
            await keep_answer(connection, kept)

    async def unpublished(self) -> tuple[StoreConfiguration, ...]:
        """Return the stores whose present version was not yet acknowledged by the bucket."""
        with _in_reach():
            return documents.stores_from(await self._pool.fetch(documents.UNPUBLISHED))

    async def published(self, company: str, store: str, version: int) -> None:
        """Note that the bucket has acknowledged a version."""
        with _in_reach():
            await self._pool.execute(queries.PUBLISHED, company, store, version)

    async def lift(self, company: str, store: str, version: int) -> None:
        """Raise a store's version to at least this one, and have it published."""
        with _in_reach():
            await self._pool.execute(queries.LIFT, company, store, version)


@contextmanager
def _in_reach() -> Generator[None]:
    try:
        yield
    except AWAY as error:
        raise OutOfReach(f"PostgreSQL is away: {error!r}") from error


class PostgresPeople:
    """The port `People`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def find(self, company: str, operator: str) -> Operator | None:
        """Return an operator who may log in."""
        if "\0" in company + operator:  # text that PostgreSQL cannot hold names nobody
            return None
        row = await self._pool.fetchrow(queries.FIND_OPERATOR, company, operator)
        if row is None:
            return None
        return Operator(
            company=row["company"],
            company_name=row["company_name"],
            operator=row["operator"],
            name=row["name"],
            role=Role(row["role"]),
            stores=tuple(row["stores"]),
            password_hash=row["password_hash"],
        )

    async def failures(self, key: LoginKey) -> Failures | None:
        """Return how often this operator code failed from this address."""
        row = await self._pool.fetchrow(queries.FAILURES, *_printable(key))
        return None if row is None else Failures(count=row["count"], last_at=row["last_at"])

    async def note_failure(self, key: LoginKey, failures: Failures) -> None:
        """Write the count of failures."""
        await self._pool.execute(
            queries.NOTE_FAILURE, *_printable(key), failures.count, failures.last_at
        )

    async def forget_failures(self, key: LoginKey) -> None:
        """Start the count anew."""
        await self._pool.execute(queries.FORGET_FAILURES, *_printable(key))

    async def open_session(self, session: OpenSession, now: datetime) -> None:
        """Write a session."""
        await self._pool.execute(
            queries.OPEN_SESSION,
            session.digest,
            session.company,
            session.operator,
            now,
            session.expires_at,
        )

    async def session(self, digest: bytes) -> OpenSession | None:
        """Return a session that was opened and not ended, with its operator as it is today."""
        row = await self._pool.fetchrow(queries.SESSION, digest)
        if row is None:
            return None
        return OpenSession(
            digest=digest,
            company=row["company"],
            company_name=row["company_name"],
            operator=row["operator"],
            name=row["name"],
            role=Role(row["role"]),
            stores=tuple(row["stores"]),
            last_used_at=row["last_used_at"],
            expires_at=row["expires_at"],
        )

    async def touch(self, digest: bytes, now: datetime) -> None:
        """Note the last use of a session."""
        await self._pool.execute(queries.TOUCH, digest, now)

    async def end_session(self, digest: bytes) -> None:
        """End a session."""
        await self._pool.execute(queries.END_SESSION, digest)

    async def sweep(self, now: datetime) -> None:
        """Delete sessions, failures and answers that nobody can ask for any more."""
        idle = now - timedelta(seconds=SESSION_IDLE_S)
        await self._pool.execute(queries.SWEEP_SESSIONS, now, idle)
        forgotten = now - timedelta(seconds=FAILURES_FORGOTTEN_S)
        await self._pool.execute(queries.SWEEP_FAILURES, forgotten)
        await self._pool.execute(queries.SWEEP_ANSWERS, _horizon(now))


async def ship_brand_rules(pool: Pool, rules: tuple[BrandRule, ...]) -> None:
    """Give each company the rules of brands for which it has none; what it has stays."""
    await pool.execute(queries.SHIP_BRAND_RULES, _json(rules))


async def write_audit(connection: Connection, audit: AuditEntry) -> None:
    """Add one entry to the audit log, in the caller's transaction."""
    await connection.execute(queries.AUDIT, *audit_row(audit))


def audit_row(audit: AuditEntry) -> tuple[object, ...]:
    """Return an entry as `queries.AUDIT` takes it."""
    return (
        audit.at,
        audit.company,
        audit.store,
        audit.by_company,
        audit.operator,
        audit.role,
        audit.action,
        msgspec.json.encode(audit.before).decode(),
        msgspec.json.encode(audit.after).decode(),
    )


async def _raise_store(connection: Connection, change: Change) -> None:
    after = change.after
    raised = await connection.fetchval(
        queries.RAISE_STORE,
        after.company,
        after.store,
        change.before.version,
        after.terminal_option,
        after.settings.customer_slip,
        after.settings.slip_reprint,
        after.settings.business_day_starts,
        after.settings.support_contact,
        msgspec.json.encode(after.settings.issuer).decode(),
        after.settings.slip_retention_years,
    )
    if raised is None:
        raise Outdated
    assert raised == after.version, "the rules and the record count versions differently"  # noqa: S101 - our bug


async def _pairings(connection: Connection, change: Change, audit: AuditEntry) -> None:
    company, store = change.after.company, change.after.store
    if change.released:
        await connection.execute(
            queries.RELEASE, company, store, list(change.released), audit.at, audit.operator
        )
    for register, terminal in change.paired:
        await connection.execute(
            queries.PAIR, company, store, register, terminal, audit.at, audit.operator
        )


async def _printers(connection: Connection, change: Change) -> None:
    """Write what differs: a printer before the register that gets it, and gone only after it."""
    before, after = change.before, change.after
    key = (after.company, after.store)
    for each in after.printers:
        if each not in before.printers:
            await connection.execute(
                queries.PUT_PRINTER,
                *key,
                each.printer,
                each.host,
                each.port,
                each.profile,
                each.columns,
            )
    stood = {each.register: each.printer for each in before.registers}
    for register in after.registers:
        if register.printer != stood[register.register]:
            await connection.execute(queries.PRINT_ON, *key, register.register, register.printer)
    gone = {each.printer for each in before.printers} - {each.printer for each in after.printers}
    if gone:
        await connection.execute(queries.REMOVE_PRINTERS, *key, sorted(gone))


async def write_rules(
    connection: Connection, before: tuple[BrandRule, ...], after: StoreConfiguration
) -> None:
    """Write what differs of a store's own rules; the company's are not its to change."""
    for rule in after.brand_rules:
        if rule.store is not None and rule not in before:
            await put_rule(connection, after.company, rule)
    known = {(each.brand, each.media, each.valid_from, each.store) for each in after.brand_rules}
    for each in before:
        key = (each.brand, each.media, each.valid_from, each.store)
        if each.store is not None and key not in known:
            day = date.fromisoformat(each.valid_from)
            await connection.execute(
                queries.REMOVE_BRAND_RULE, after.company, each.store, each.brand, each.media, day
            )


async def put_rule(connection: Connection, company: str, rule: BrandRule) -> None:
    """Write a rule of a company, or of a store of it, in the caller's transaction."""
    await connection.execute(
        queries.PUT_BRAND_RULE,
        company,
        rule.store or "",
        rule.brand,
        rule.media,
        date.fromisoformat(rule.valid_from),
        rule.counts_as_sold_until_shown_otherwise,
        rule.investigation_days,
        rule.cancellable,
        rule.reason,
        rule.window_days,
        rule.same_terminal_only,
        rule.last_only,
        rule.needs_card,
        rule.prints_slip,
        list(rule.ways),
    )


async def keep_answer(connection: Connection, kept: KeptAnswer) -> None:
    """Keep an answer, in the caller's transaction. Raises `KeyTaken`."""
    written = await connection.fetchval(
        queries.KEEP,
        kept.key.company,
        kept.key.operator,
        kept.key.key,
        kept.fingerprint,
        kept.outcome,
        kept.body,
        kept.at,
        _horizon(kept.at),
    )
    if written is None:
        raise KeyTaken


def _json(rules: tuple[BrandRule, ...]) -> str:
    """Write every field out: a contract leaves defaults away, a table has none."""
    return msgspec.json.encode([msgspec.structs.asdict(rule) for rule in rules]).decode()


def _horizon(now: datetime) -> datetime:
    return now - timedelta(seconds=ANSWERS_KEPT_S)


def _printable(key: LoginKey) -> tuple[str, str, str]:
    """Return the key's parts as PostgreSQL can hold them; NUL is its only forbidden character."""
    return (
        key.company.replace("\0", "\ufffd"),
        key.operator.replace("\0", "\ufffd"),
        key.address.replace("\0", "\ufffd"),
    )
