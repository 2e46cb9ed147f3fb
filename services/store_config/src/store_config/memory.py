"""Twins in memory of this service's ports, held to the same contract tests as the real ones."""

from datetime import datetime, timedelta

import msgspec

from contracts.stores import SESSION_IDLE_S, StoreConfiguration, StoreView
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
    view_store,
)
from store_config.ports import KeyTaken, Outdated, OutOfReach


class MemoryStores:
    """The port `Stores`."""

    def __init__(self, stores: tuple[StoreConfiguration, ...] = ()) -> None:
        """Begin with these; `audit` grows as they change."""
        self._stores = {(each.company, each.store): each for each in stores}
        self._published: dict[tuple[str, str], int] = {}
        self._kept: dict[AnswerKey, KeptAnswer] = {}
        self.audit: list[AuditEntry] = []

    async def read(self, company: str, store: str) -> StoreConfiguration | None:
        """Return a store as it stands."""
        return self._stores.get((company, store))

    async def of_company(self, company: str) -> tuple[StoreConfiguration, ...]:
        """Return all stores of one company, by code."""
        return tuple(each for each in await self.everything() if each.company == company)

    async def views(self, company: str) -> tuple[StoreView, ...]:
        """Return the same as lists show them."""
        return tuple(view_store(each) for each in await self.of_company(company))

    async def everything(self) -> tuple[StoreConfiguration, ...]:
        """Return all stores of all companies."""
        return tuple(self._stores[key] for key in sorted(self._stores))

    async def save(self, change: Change, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its audit entry and its answer, all or nothing."""
        key = (change.after.company, change.after.store)
        standing = self._stores.get(key)
        if standing is None or standing.version != change.before.version:
            raise Outdated
        if kept is not None:
            await self.keep(kept)
        self._stores[key] = change.after
        self.audit.append(audit)

    async def recall(self, key: AnswerKey, now: datetime) -> KeptAnswer | None:
        """Return the answer kept under a key within the last 24 h."""
        kept = self._kept.get(key)
        return kept if kept is not None and kept.at > _horizon(now) else None

    async def keep(self, kept: KeptAnswer) -> None:
        """Keep the answer of a refusal."""
        if await self.recall(kept.key, kept.at) is not None:
            raise KeyTaken
        self._kept[kept.key] = kept

    async def unpublished(self) -> tuple[StoreConfiguration, ...]:
        """Return the stores whose present version was not yet acknowledged by the bucket."""
        return tuple(
            each
            for each in await self.everything()
            if self._published.get((each.company, each.store), 0) < each.version
        )

    async def published(self, company: str, store: str, version: int) -> None:
        """Note that the bucket has acknowledged a version."""
        key = (company, store)
        self._published[key] = max(version, self._published.get(key, 0))

    async def lift(self, company: str, store: str, version: int) -> None:
        """Raise a store's version to at least this one, and have it published."""
        key = (company, store)
        standing = self._stores[key]
        self._stores[key] = msgspec.structs.replace(
            standing, version=max(version, standing.version)
        )
        self._published[key] = 0


class MemoryPeople:
    """The port `People`."""

    def __init__(self, operators: tuple[Operator, ...] = ()) -> None:
        """These may log in."""
        self._operators = {(each.company, each.operator): each for each in operators}
        self._failures: dict[LoginKey, Failures] = {}
        self._sessions: dict[bytes, OpenSession] = {}

    async def find(self, company: str, operator: str) -> Operator | None:
        """Return an operator who may log in."""
        return self._operators.get((company, operator))

    async def failures(self, key: LoginKey) -> Failures | None:
        """Return how often this operator code failed from this address."""
        return self._failures.get(key)

    async def note_failure(self, key: LoginKey, failures: Failures) -> None:
        """Write the count of failures."""
        self._failures[key] = failures

    async def forget_failures(self, key: LoginKey) -> None:
        """Start the count anew."""
        self._failures.pop(key, None)

    async def open_session(self, session: OpenSession, now: datetime) -> None:
        """Write a session."""
        self._sessions[session.digest] = msgspec.structs.replace(session, last_used_at=now)

    async def session(self, digest: bytes) -> OpenSession | None:
        """Return a session that was opened and not ended, with its operator as it is today."""
        return self._sessions.get(digest)

    async def touch(self, digest: bytes, now: datetime) -> None:
        """Note the last use of a session."""
        if digest in self._sessions:
            session = self._sessions[digest]
            self._sessions[digest] = msgspec.structs.replace(session, last_used_at=now)

    async def end_session(self, digest: bytes) -> None:
        """End a session."""
        self._sessions.pop(digest, None)

    async def sweep(self, now: datetime) -> None:
        """Delete sessions and failures that nobody can ask for any more."""
        idle = now - timedelta(seconds=SESSION_IDLE_S)
        self._sessions = {
            digest: each
            for digest, each in self._sessions.items()
            if each.expires_at > now and each.last_used_at > idle
        }
        forgotten = now - timedelta(seconds=FAILURES_FORGOTTEN_S)
        self._failures = {
            key: each for key, each in self._failures.items() if each.last_at > forgotten
        }


class MemoryDocuments:
    """The port `Documents`; `away` makes it unreachable."""

    def __init__(self) -> None:
        """Begin empty."""
        self.documents: dict[tuple[str, str], StoreConfiguration] = {}
        self.puts: list[StoreConfiguration] = []
        self.away = False

    async def shown(self, company: str, store: str) -> StoreConfiguration | None:
        """Return the document that edges see now."""
        if self.away:
            raise OutOfReach("away")
        return self.documents.get((company, store))

    async def put(self, document: StoreConfiguration) -> None:
        """Show a document unless one of its version or a later one is shown."""
        shown = await self.shown(document.company, document.store)
        if shown is None or shown.version < document.version:
            self.documents[(document.company, document.store)] = document
            self.puts.append(document)


class MemoryPasswords:
    """The port `Passwords`, without the slowness: a hash is the password reversed."""

    def __init__(self) -> None:
        """Counts how often it was asked, so that a test sees that nothing is skipped."""
        self.measured = 0

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password."""
        self.measured += 1
        return password_hash == password[::-1]

    async def hashed(self, password: str) -> str:
        """Return the password reversed."""
        return password[::-1]


class MemoryGateways:
    """The port `Gateways`: `working` maps (company, store, terminal) to an open operation."""

    def __init__(self) -> None:
        """Nobody works on anything."""
        self.working: dict[tuple[str, str, str], str] = {}

    async def open_operation(self, company: str, store: str, terminal: str) -> str | None:
        """Return what the terminal is working on."""
        return self.working.get((company, store, terminal))


def _horizon(now: datetime) -> datetime:
    return now - timedelta(seconds=ANSWERS_KEPT_S)
