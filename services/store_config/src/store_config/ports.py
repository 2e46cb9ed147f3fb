"""What the flow of `store_config` needs of the world. Twins in memory: `store_config.memory`."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from contracts.audit import AuditLine, FindAudit
from contracts.identifiers import BoxId, CompanyCode, OperationId, StoreCode, TerminalCode
from contracts.stores import StoreConfiguration, StoreView
from store_config.box_model import Box, BoxStep, Ended, RevokedKey
from store_config.model import (
    AnswerKey,
    AuditEntry,
    Change,
    Company,
    CompanyChange,
    Failures,
    KeptAnswer,
    LoginKey,
    OpenSession,
    Operator,
    Person,
    PersonChange,
    PlaceChange,
    Support,
    SupportChange,
)


class StoreConfigError(Exception):
    """Base of what the adapters of this service raise."""


class Outdated(StoreConfigError):  # noqa: N818 - a race lost is no error of anybody's
    """The store moved on since it was read: read it again and decide anew."""


class KeyTaken(StoreConfigError):  # noqa: N818 - the same request won elsewhere
    """Another answer was kept under this key meanwhile: nothing was written; recall that one."""


class Stores(Protocol):
    """The record of stores, with its history of pairings, its audit and the kept answers."""

    async def read(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return a store as it stands."""
        ...

    async def of_company(self, company: CompanyCode) -> tuple[StoreConfiguration, ...]:
        """Return all stores of one company, by code."""
        ...

    async def views(self, company: CompanyCode) -> tuple[StoreView, ...]:
        """Return the same as lists show them: nothing of what stands in a store is read for it."""
        ...

    async def everything(self) -> tuple[StoreConfiguration, ...]:
        """Return all stores of all companies; asked once, at start. Raises `OutOfReach`."""
        ...

    async def save(self, change: Change, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its history, its audit entry and its answer, all or nothing.

        The store is to be published afterwards. Raises `Outdated` or `KeyTaken`.
        """
        ...

    async def recall(self, key: AnswerKey, now: datetime) -> KeptAnswer | None:
        """Return the answer kept under a key within the last 24 h."""
        ...

    async def keep(self, kept: KeptAnswer) -> None:
        """Keep the answer of a refusal, which has no step to commit with. Raises `KeyTaken`."""
        ...

    async def unpublished(self) -> tuple[StoreConfiguration, ...]:
        """Return the stores whose present version was not yet acknowledged by the bucket.

        Raises `OutOfReach`.
        """
        ...

    async def published(self, company: CompanyCode, store: StoreCode, version: int) -> None:
        """Note that the bucket has acknowledged a version. Raises `OutOfReach`."""
        ...

    async def lift(self, company: CompanyCode, store: StoreCode, version: int) -> None:
        """Raise a store's version to at least this one, and have it published.

        Raises `OutOfReach`.
        """
        ...


class Companies(Protocol):
    """The record of companies, beside that of their stores."""

    async def read(self, company: CompanyCode) -> Company | None:
        """Return a company as it stands."""
        ...

    async def save(self, change: CompanyChange, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its audit entry and its answer; raise all its stores' versions with it.

        Raises `Outdated` or `KeyTaken`.
        """
        ...


class Places(Protocol):
    """The record of stores, as far as a file changes it."""

    async def save_places(
        self,
        changes: tuple[PlaceChange, ...],
        audits: tuple[AuditEntry, ...],
        kept: KeptAnswer | None,
    ) -> None:
        """Write all steps, all or nothing. Raises `Outdated` or `KeyTaken`."""
        ...


class Staff(Protocol):
    """Who may log in, as administrators see and change it."""

    async def of_company(self, company: CompanyCode) -> tuple[Person, ...]:
        """Return everybody of a company, by code."""
        ...

    async def read(self, company: CompanyCode, operator: str) -> Person | None:
        """Return a person, one that may not log in any more among them."""
        ...

    async def save(
        self,
        change: PersonChange,
        password_hash: str | None,
        audit: AuditEntry,
        kept: KeptAnswer | None,
    ) -> None:
        """Write the step, its audit entry and its answer; end the sessions that it ends.

        `password_hash` None: the old one stays. Raises `Outdated` or `KeyTaken`.
        """
        ...


class AuditLog(Protocol):
    """What was done, as it was written with each step."""

    async def find(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], ask: FindAudit
    ) -> tuple[AuditLine, ...]:
        """Return at most `limit` lines, newest first; `stores` empty: all, and the company's."""
        ...


class Supports(Protocol):
    """What companies say of support."""

    async def read(self, company: CompanyCode) -> Support | None:
        """Return what a company says, None where it never said anything."""
        ...

    async def of_everybody(self) -> tuple[Support, ...]:
        """Return what holds for all companies."""
        ...

    async def save(self, change: SupportChange, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its audit entry and its answer. Raises `Outdated` or `KeyTaken`."""
        ...


class People(Protocol):
    """Operators, their sessions and their failed log-ins."""

    async def find(self, company: str, operator: str) -> Operator | None:
        """Return an operator who may log in."""
        ...

    async def failures(self, key: LoginKey) -> Failures | None:
        """Return how often this operator code failed from this address."""
        ...

    async def note_failure(self, key: LoginKey, failures: Failures) -> None:
        """Write the count of failures."""
        ...

    async def forget_failures(self, key: LoginKey) -> None:
        """Start the count anew."""
        ...

    async def open_session(self, session: OpenSession, now: datetime) -> None:
        """Write a session."""
        ...

    async def session(self, digest: bytes) -> OpenSession | None:
        """Return a session that was opened and not ended, with its operator as it is today."""
        ...

    async def touch(self, digest: bytes, now: datetime) -> None:
        """Note the last use of a session."""
        ...

    async def end_session(self, digest: bytes) -> None:
        """End a session; one that is none stays none."""
        ...

    async def sweep(self, now: datetime) -> None:
        """Delete sessions, failures and answers that nobody can ask for any more."""
        ...


class Passwords(Protocol):
    """Slow on purpose, and never on the event loop."""

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password; None (no such operator) takes as long and is False."""
        ...

    async def hashed(self, password: str) -> str:
        """Return a new salted hash."""
        ...


class Gateways(Protocol):
    """The stores' boxes, as far as a pairing needs them."""

    async def open_operation(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> OperationId | None:
        """Return what the terminal is working on; None too when nobody answers in time."""
        ...


class Boxes(Protocol):
    """The record of the stores' boxes."""

    async def of_company(
        self, company: CompanyCode, stores: tuple[StoreCode, ...] | None = None
    ) -> tuple[Box, ...]:
        """Return a company's boxes, or those of some stores, by store, the newest first."""
        ...

    async def standing(self, company: CompanyCode, store: StoreCode) -> tuple[Box, ...]:
        """Return the boxes of a store that are not over: awaiting its code, or enrolled."""
        ...

    async def ended(self, company: CompanyCode, store: StoreCode, horizon: datetime) -> Ended:
        """Count the keys that are over and given by `cutting_off(horizon)`."""
        ...

    async def read(self, company: CompanyCode, box: BoxId) -> Box | None:
        """Return a box of a company."""
        ...

    async def by_code(self, digest: bytes) -> Box | None:
        """Return the box that a code was made for, of whichever company."""
        ...

    async def knows_key(self, public_key: str) -> bool:
        """Tell whether any box, of whomever, has or had this key."""
        ...

    async def save(
        self,
        steps: tuple[BoxStep, ...],
        audits: tuple[AuditEntry, ...],
        kept: KeptAnswer | None,
    ) -> None:
        """Write all steps, their audit entries and the answer, all or nothing.

        One box a store is enrolled, and one awaits its code. Raises `Outdated` or `KeyTaken`.
        """
        ...

    async def any_to_cut_off(self) -> bool:
        """Tell whether a key is over and the message server was not told. Raises `OutOfReach`."""
        ...

    def cutting_off(self, horizon: datetime) -> AbstractAsyncContextManager[tuple[RevokedKey, ...]]:
        """Give all keys that are over, for the message server to be told, by one at a time.

        Where the block ends well they are `cut_off`. Left out are those that were told and whose
        last token ended before `horizon`. Raises `OutOfReach`.
        """
        ...

    async def sweep(self, now: datetime) -> None:
        """Delete boxes whose code nobody used, long after it ended."""
        ...


class Issued(NamedTuple):
    """A token for a box's key, and when it ends."""

    token: str
    expires_at: datetime


class Keys(Protocol):
    """Who signs for the stores' boxes, and tells the message server whom it must not let in."""

    def issue(
        self,
        company: CompanyCode,
        store: StoreCode,
        box: BoxId,
        public_key: str,
        at: datetime,
    ) -> Issued:
        """Return a token by which this key stands for the store, issued at this time.

        Pure: of the same arguments the same token, so that an answer that was lost is given again.
        """
        ...

    async def revoke(self, revoked: Mapping[str, datetime]) -> None:
        """Let none of these keys in any more: all there are, with the time of each.

        What was issued for a key by then is worth nothing, and connections by it are cut. Returns
        once the message server has acknowledged it. Raises `OutOfReach`.
        """
        ...


class Documents(Protocol):
    """The key-value bucket that edges watch."""

    async def shown(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return the document that edges see now. Raises `OutOfReach`."""
        ...

    async def put(self, document: StoreConfiguration) -> None:
        """Show a document unless one of its version or a later one is shown. Raises `OutOfReach`.

        Returns once the bucket has acknowledged it.
        """
        ...


class OutOfReach(StoreConfigError):  # noqa: N818 - told by name, tried again
    """The bucket, or the record that is to be shown there, did not answer: try again later."""
