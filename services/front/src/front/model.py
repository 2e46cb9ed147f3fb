"""What `front` takes and gives beside the views of `contracts`: bodies, queries, own answers.

Bodies are what stands in an HTTP request; they refuse fields that they do not know, since a
mistyped `amout` must not pass for a default. The store, sale and tender come from the path.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts.cases import Reason
from contracts.envelope import Actor, Role
from contracts.identifiers import (
    BusinessDate,
    CaseId,
    ClockTime,
    CompanyCode,
    OperationId,
    OperatorCode,
    PrinterCode,
    RegisterCode,
    SaleId,
    SlipNumber,
    StoreCode,
    TenderNumber,
    TerminalCode,
)
from contracts.operations import Abilities, JournalEntry, Phase, Screen
from contracts.sales import Line, Method
from contracts.stores import Issuer, PrinterEntry, Session

FieldValue = str | int | bool | list[str] | None

BODY_SIZE_MAX: Final = 1024 * 1024
"""1 MiB: a sale of 500 lines is below 500 kB; anything larger is not a till."""

TOKEN_SIZE_MAX: Final = 200
"""As `contracts.stores.ResolveSession` has it; a longer one is nobody's and is not looked up."""


class FrontError(Exception):
    """Base of what `front` raises."""


class Refused(FrontError):  # noqa: N818 - it is an answer, not a fault
    """The request ends here with the problem `code` of `contracts.problems`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        **fields: FieldValue,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.fields: Mapping[str, FieldValue] = fields


class Reply(Struct, frozen=True, kw_only=True):
    """An answer ready for the wire; `body` is empty for 204."""

    status: int
    body: bytes
    content_type: str = "application/json"
    replayed: bool = False
    headers: tuple[tuple[str, str], ...] = ()


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks, proven by a session; `by_cookie` means a browser, so CSRF applies."""

    session: Session
    token: str
    by_cookie: bool

    def actor(self) -> Actor:
        """Return the caller as the central services take it."""
        session = self.session
        return Actor(
            company=session.company,
            operator=session.operator,
            role=session.role,
            stores=session.stores,
        )


# --- bodies ---

WHOLE_NUMBER_MAX: Final = 2**53 - 1
"""Beyond it JSON numbers are not exact everywhere; `checkout` judges what is below."""

WholeNumber = Annotated[int, Meta(ge=-WHOLE_NUMBER_MAX, le=WHOLE_NUMBER_MAX)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a request may carry."""

    def without_secrets(self) -> "Body":
        """Return what may be told apart by a kept digest: a password could be guessed back."""
        return self


class EmptyBody(Body, frozen=True, kw_only=True):
    """Nothing needs to be said: no body at all, or `{}`."""


class Confirmation(Body, frozen=True, kw_only=True):
    """A manager's word on the cashier's register: who, and the password that proves it."""

    operator_code: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]

    def __repr__(self) -> str:
        """Name nobody's password, wherever it may be written."""
        return f"Confirmation(operator_code={self.operator_code!r})"


class ConfirmableBody(Body, frozen=True, kw_only=True):
    """What a manager may confirm.

    `authorised_by` is proven before anything else. Who confirms is a part of what was asked under
    an `Idempotency-Key`, the password is none.
    """

    authorised_by: Confirmation | UnsetType | None = UNSET


class LogInBody(Body, frozen=True, kw_only=True):
    """企業コード, 担当者コード, パスワード."""

    company_code: Annotated[str, Meta(max_length=64)]
    operator_code: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]


class OpenSaleBody(Body, frozen=True, kw_only=True):
    """What is rung up. Prices include tax."""

    store: StoreCode
    register: RegisterCode
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=500)]


class AddTenderBody(ConfirmableBody, frozen=True, kw_only=True):
    """Pay a part: `received` with cash, `kind` (and `note`, `stands_for`) with other.

    `authorised_by` lets a terminal tender go out while another one of the sale is in doubt.
    """

    method: Method
    amount: Annotated[WholeNumber, Meta(description="whole yen, 1 to 9,999,999")]
    received: WholeNumber | None = None
    kind: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None
    stands_for: WholeNumber | None = None


class ResolveBody(ConfirmableBody, frozen=True, kw_only=True):
    """What became of a tender whose terminal is dead or gone, as a manager says."""

    outcome: Literal["approved", "not_performed"]
    reason: Reason
    slip_number: SlipNumber | None = None


class SettleBody(ConfirmableBody, frozen=True, kw_only=True):
    """One of the case's `ways`; `replace_tender` names the `tender` that goes."""

    way: Annotated[str, Meta(min_length=1, max_length=40)]
    reason: Reason
    tender: TenderNumber | None = None


class TakeRegisterBody(Body, frozen=True, kw_only=True):
    """`take_over`: even where another page has the register, which is told."""

    take_over: bool = False


class PairTerminalBody(Body, frozen=True, kw_only=True):
    """The terminal that the register shall hold; `moved_from`: the one that is known to hold it."""

    model: Annotated[str, Meta(max_length=40)]
    terminal: TerminalCode
    moved_from: RegisterCode | None = None


class AssignPrinterBody(Body, frozen=True, kw_only=True):
    """The printer that the register shall print on; null: none."""

    printer: PrinterCode | None


class PutPrinterBody(Body, frozen=True, kw_only=True):
    """Where a receipt printer is and what it is; left out: as most of them are."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9_100
    profile: Annotated[str, Meta(min_length=1, max_length=40)] = "default"
    columns: Literal[48, 32] = 48

    def entry(self, printer: PrinterCode) -> PrinterEntry:
        """Return it as the store's printer of this code."""
        return PrinterEntry(
            printer=printer,
            host=self.host,
            port=self.port,
            profile=self.profile,
            columns=self.columns,
        )


class IssuerBody(Issuer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sells, the whole of it: what is left out becomes empty."""


class ChangeStoreBody(Body, frozen=True, kw_only=True):
    """Only what is given changes; `terminal_option` and `company` are for `platform`."""

    customer_slip: Literal["auto", "manual"] | UnsetType = UNSET
    slip_reprint: Literal["terminal_only", "register"] | UnsetType = UNSET
    business_day_starts: ClockTime | UnsetType = UNSET
    support_contact: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    issuer: IssuerBody | UnsetType = UNSET
    slip_retention_years: Annotated[int, Meta(ge=1, le=30)] | UnsetType = UNSET
    terminal_option: bool | UnsetType = UNSET
    company: CompanyCode | UnsetType = UNSET


# --- queries ---


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what may stand behind the question mark. Times and numbers come as text."""


class NoQuery(Query, frozen=True, kw_only=True):
    """No parameter is known here."""


class CasesQuery(Query, frozen=True, kw_only=True):
    """差異: which cases, newest first; `after` is `next` of the page before."""

    store: StoreCode | None = None
    register: RegisterCode | None = None
    state: Literal["open", "settled"] | None = None
    after: CaseId | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class StoresQuery(Query, frozen=True, kw_only=True):
    """Whose stores: only `platform` names a company."""

    company: CompanyCode | None = None


class JournalQuery(Query, frozen=True, kw_only=True):
    """決済履歴: by the terminal's day and by media, newest first.

    `after` and `after_business_date` are a page's `next` and `next_business_date`.
    """

    terminal_business_date: BusinessDate | None = None
    media: Literal["card", "emoney", "code"] | None = None
    after: SlipNumber | None = None
    after_business_date: BusinessDate | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class EventsQuery(Query, frozen=True, kw_only=True):
    """Where to go on when no `Last-Event-ID` can be sent."""

    after: Annotated[int, Meta(ge=0)] | None = None


# --- own answers ---


class ProblemView(Struct, frozen=True, kw_only=True):
    """RFC 9457; `code` is stable, and further fields stand beside it where a program needs them."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class SessionView(Struct, frozen=True, kw_only=True):
    """Whose session this is. `csrf_token` goes into `X-CSRF-Token` when a cookie carries it."""

    operator: OperatorCode
    name: str
    role: Role
    company: CompanyCode
    company_name: str
    stores: tuple[StoreCode, ...]
    expires_at: datetime
    csrf_token: str | None


class TerminalView(Struct, frozen=True, kw_only=True):
    """A terminal as its gateway and its heartbeats show it; `unknown`: the store is silent.

    `abilities` is what its link can do; without `abort` a payment is cancelled on the terminal.
    """

    terminal: TerminalCode
    model: str
    serial: str
    paired_register: RegisterCode | None
    link: Literal["connected", "disconnected", "unknown"]
    screen: str | None
    terminal_business_date: BusinessDate | None
    last_seen_at: datetime | None
    operation: OperationId | None
    abilities: Abilities | None = None


class Advice(Struct, frozen=True, kw_only=True):
    """One thing to do next, in the manual's order; `code` is stable, `text` is Japanese."""

    code: str
    text: str


class CheckView(Struct, frozen=True, kw_only=True):
    """決済端末接続確認: one round trip to the terminal, or what to do."""

    connected: bool
    round_trip_ms: float | None
    advice: tuple[Advice, ...]


class PrinterCheckView(Struct, frozen=True, kw_only=True):
    """A receipt printer now; `state`, and how many jobs are `waiting`: as in `PrinterStatus`."""

    printer: PrinterCode
    state: str
    waiting: int
    paper_near_end: bool


class JournalView(Struct, frozen=True, kw_only=True):
    """One page of 決済履歴; `source` is `terminal`, or `copy` as old as `read_at` says.

    `complete` False: the copy never was, and shows what the store's box happened to hear. Slip
    numbers wrap, so the next page begins after `next` of `next_business_date`.
    """

    entries: tuple[JournalEntry, ...]
    next: SlipNumber | None
    source: str
    read_at: datetime
    next_business_date: BusinessDate | None = None
    complete: bool = True


class ScreenView(Struct, frozen=True, kw_only=True):
    """`event: screen`: a terminal's glass, live. It has no id: only the newest one counts."""

    terminal: TerminalCode
    operation: OperationId | None
    phase: Phase
    screen: Screen
    at: datetime


class DoubtHeard(Struct, frozen=True, kw_only=True):
    """`event: doubt`: a tender's doubt was asked about once more. Only the newest one counts.

    The fields are those of the tender's `doubt`; `answer` is what the question brought.
    """

    operation: OperationId
    sale: SaleId
    asked: int
    last_asked_at: datetime
    answer: str


class InstanceView(Struct, frozen=True, kw_only=True):
    """One process of a service."""

    instance: str
    version: str
    ready: bool


class ServiceView(Struct, frozen=True, kw_only=True):
    """A service and those of its processes that answered."""

    service: str
    ready: bool
    instances: tuple[InstanceView, ...]


class HealthView(Struct, frozen=True, kw_only=True):
    """`ready` when every service has an instance that is."""

    ready: bool
    services: tuple[ServiceView, ...]
