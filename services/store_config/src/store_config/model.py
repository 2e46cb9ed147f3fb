"""What `store_config` holds, as data: a store's change, people, sessions, failed log-ins.

A store itself is a `StoreConfiguration`: the document at the edge and the record have one shape.
"""

from datetime import datetime
from typing import Literal

from contracts.envelope import Message, Role
from contracts.identifiers import (
    CompanyCode,
    OperationId,
    OperatorCode,
    RegisterCode,
    StoreCode,
    TerminalCode,
)
from contracts.stores import BrandRule, StoreConfiguration, StoreView
from contracts.support import Notice


class Change(Message, frozen=True, kw_only=True):
    """One step of a store: `after.version` is `before.version` + 1, and both are the whole store.

    `released` and `paired` are what the step does to the history of pairings.
    """

    action: str
    before: StoreConfiguration
    after: StoreConfiguration
    released: tuple[TerminalCode, ...] = ()
    paired: tuple[tuple[RegisterCode, TerminalCode], ...] = ()


class Unchanged(Message, frozen=True, kw_only=True):
    """It is already so: nothing is written, nobody is told."""

    store: StoreConfiguration


class Refused(Message, frozen=True, kw_only=True):
    """`code` is one of `contracts.problems`."""

    code: str
    detail: str = ""
    fields: dict[str, str | int | bool | list[str] | None] = {}  # noqa: RUF012 - msgspec copies it


Decision = Change | Unchanged | Refused


class Company(Message, frozen=True, kw_only=True):
    """A company: what holds in all of its stores. `rules` are its own, none of a store's."""

    company: CompanyCode
    name: str
    version: int
    refund_needs_manager: bool
    rules: tuple[BrandRule, ...]


class CompanyChange(Message, frozen=True, kw_only=True):
    """One step of a company; every one of its stores is shown anew with it."""

    action: str
    before: Company
    after: Company


CompanyDecision = CompanyChange | Company | Refused
"""`Company`: it is already so."""


class PlaceChange(Message, frozen=True, kw_only=True):
    """One store as a file changes it; `before` None: a new one. Both are whole stores."""

    before: StoreConfiguration | None
    after: StoreConfiguration


class Support(Message, frozen=True, kw_only=True):
    """What a company says of support, or `platform` to everybody. Version 0: nothing yet."""

    company: CompanyCode
    everybody: bool
    contact: str = ""
    site: str = ""
    notices: tuple[Notice, ...] = ()
    version: int = 0


class SupportChange(Message, frozen=True, kw_only=True):
    """One step of it."""

    action: str
    before: Support
    after: Support


Facts = dict[str, str | int | bool | None]
"""What is known of a store, by name, as an audit entry tells it."""


class AuditEntry(Message, frozen=True, kw_only=True):
    """Who did what to which store, and what it was before and after; only ever added.

    No store: it was done to the company.
    """

    at: datetime
    company: CompanyCode
    store: StoreCode | Literal[""]
    by_company: CompanyCode
    operator: OperatorCode
    role: str
    action: str
    before: Facts
    after: Facts


class OpenOperation(Message, frozen=True, kw_only=True):
    """A terminal in the middle of something, as its gateway says."""

    terminal: TerminalCode
    operation_id: OperationId


class AnswerKey(Message, frozen=True, kw_only=True):
    """Under what an answer is kept: the caller's key is its own, not its company's."""

    company: CompanyCode
    operator: OperatorCode
    key: str


class KeptAnswer(Message, frozen=True, kw_only=True):
    """An answer kept for its idempotency key. `body` is the wire form, byte by byte."""

    key: AnswerKey
    fingerprint: str
    outcome: str
    body: bytes
    at: datetime


class Operator(Message, frozen=True, kw_only=True):
    """A person. `stores` empty means all of the company's. The hash is argon2id's own format."""

    company: CompanyCode
    company_name: str
    operator: OperatorCode
    name: str
    role: Role
    stores: tuple[StoreCode, ...]
    password_hash: str


class Person(Message, frozen=True, kw_only=True):
    """A person as an administrator sees it."""

    company: CompanyCode
    operator: OperatorCode
    name: str
    role: Role
    stores: tuple[StoreCode, ...]
    active: bool
    version: int


class PersonChange(Message, frozen=True, kw_only=True):
    """One step of a person; `before` None: a new one. `locked_out`: its sessions end with it."""

    action: str
    before: Person | None
    after: Person
    new_password: bool
    locked_out: bool


class LoginKey(Message, frozen=True, kw_only=True):
    """Whose attempts are counted together: one operator code from one address."""

    company: str
    operator: str
    address: str


class Failures(Message, frozen=True, kw_only=True):
    """Wrong passwords in a row, and when the last was."""

    count: int
    last_at: datetime


class OpenSession(Message, frozen=True, kw_only=True):
    """A session that was opened. `digest` is the SHA-256 of the token, which nobody keeps."""

    digest: bytes
    company: CompanyCode
    company_name: str
    operator: OperatorCode
    name: str
    role: Role
    stores: tuple[StoreCode, ...]
    last_used_at: datetime
    expires_at: datetime


def view_store(store: StoreConfiguration) -> StoreView:
    """Return a store as the API shows it."""
    settings = store.settings
    return StoreView(
        store=store.store,
        name=store.name,
        terminal_option=store.terminal_option,
        customer_slip=settings.customer_slip,
        slip_reprint=settings.slip_reprint,
        business_day_starts=settings.business_day_starts,
        time_zone=settings.time_zone,
        support_contact=settings.support_contact,
        version=store.version,
        issuer=settings.issuer,
        slip_retention_years=settings.slip_retention_years,
    )
