"""Companies, stores, registers, terminals and people: what is asked of `store_config`.

The configuration of a store reaches its gateway as one document in a key-value bucket; its version
only goes up, and an older one is never applied.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from contracts.envelope import Message, Role
from contracts.identifiers import (
    ClockTime,
    CompanyCode,
    OperatorCode,
    RegisterCode,
    SerialNumber,
    StoreCode,
    TerminalCode,
)
from contracts.operations import Abilities

TERMINAL_MODEL: Final = "CT-6100"

SESSION_IDLE_S: Final = 12 * 3600
"""A register that nobody touched for half a day asks for the password again."""


# --- the document at the edge ---


class TerminalEntry(Message, frozen=True, kw_only=True):
    """One terminal of a store and where its link is; `paired_register` holds it, if any."""

    terminal: TerminalCode
    model: str
    serial: SerialNumber
    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)]
    paired_register: RegisterCode | None = None
    abilities: Abilities = Abilities()


class RegisterEntry(Message, frozen=True, kw_only=True):
    """One till. A sub-register (サブPOS) names its main one."""

    register: RegisterCode
    name: str
    main_register: RegisterCode | None = None


class StoreSettings(Message, frozen=True, kw_only=True):
    """What a store manager sets; `http-api.md`, Stores."""

    customer_slip: Literal["auto", "manual"] = "manual"
    slip_reprint: Literal["terminal_only", "register"] = "terminal_only"
    business_day_starts: ClockTime = "05:00"
    time_zone: str = "Asia/Tokyo"
    support_contact: Annotated[str, Meta(max_length=200)] = ""


class StoreConfiguration(Message, frozen=True, kw_only=True):
    """Everything that a store's gateway, `checkout` and `front` need; key `<company>.<store>`."""

    company: CompanyCode
    store: StoreCode
    name: str
    version: int
    terminal_option: bool
    """The contracted option (決済端末連携): without it no terminal is paired."""
    registers: tuple[RegisterEntry, ...]
    terminals: tuple[TerminalEntry, ...]
    settings: StoreSettings


class GatewayEpoch(Message, frozen=True, kw_only=True):
    """Who is a store's gateway now; key `<company>.<store>`, taken by compare-and-set."""

    epoch: int
    instance: str
    taken_at: datetime


# --- people: on svc.store_config.<verb>; login has no actor yet ---


class LogIn(Message, tag="log_in", frozen=True, kw_only=True):
    """`address` is the caller's, for lock-out."""

    company_code: Annotated[str, Meta(max_length=64)]
    operator_code: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]
    address: str = ""


class LoggedIn(Message, frozen=True, kw_only=True):
    """`token` is shown once; the centre keeps only its digest."""

    token: str
    operator: OperatorCode
    name: str
    role: Role
    company: CompanyCode
    company_name: str
    stores: tuple[StoreCode, ...]
    expires_at: datetime


class ResolveSession(Message, tag="resolve_session", frozen=True, kw_only=True):
    """Whose token is this? Answered `not_authenticated` when it is none or has ended."""

    token: Annotated[str, Meta(max_length=200)]


class Session(Message, frozen=True, kw_only=True):
    """The person behind a token."""

    operator: OperatorCode
    name: str
    role: Role
    company: CompanyCode
    company_name: str
    stores: tuple[StoreCode, ...]
    expires_at: datetime


class LogOut(Message, tag="log_out", frozen=True, kw_only=True):
    """The token ends now, everywhere."""

    token: Annotated[str, Meta(max_length=200)]


# --- stores: Call[...] on svc.store_config.<verb> ---


class ListStores(Message, tag="list_stores", frozen=True, kw_only=True):
    """The stores of the actor's company that it may see; `platform` names the company."""

    company: CompanyCode | None = None


class ReadStore(Message, tag="read_store", frozen=True, kw_only=True):
    """One store of the actor's company; `platform` names the company."""

    store: StoreCode
    company: CompanyCode | None = None


class ListRegisters(Message, tag="list_registers", frozen=True, kw_only=True):
    """The tills of a store and what they hold (POS設定)."""

    store: StoreCode


class ListTerminals(Message, tag="list_terminals", frozen=True, kw_only=True):
    """The terminals of a store and who holds them: what POS設定 lets one choose from."""

    store: StoreCode


class ChangeStore(Message, tag="change_store", frozen=True, kw_only=True):
    """Only what is given changes. Manager and above."""

    store: StoreCode
    customer_slip: Literal["auto", "manual"] | UnsetType = UNSET
    slip_reprint: Literal["terminal_only", "register"] | UnsetType = UNSET
    business_day_starts: ClockTime | UnsetType = UNSET
    support_contact: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    terminal_option: bool | UnsetType = UNSET
    """`platform` only. Taken away, it takes the store's pairings with it."""
    company: CompanyCode | None = None
    """`platform` names the company; anybody else's is its own."""


class PairTerminal(Message, tag="pair_terminal", frozen=True, kw_only=True):
    """One terminal, one register. Moving it from another register is refused with the holder."""

    store: StoreCode
    register: RegisterCode
    model: str
    terminal: TerminalCode


class UnpairTerminal(Message, tag="unpair_terminal", frozen=True, kw_only=True):
    """The register lets its terminal go."""

    store: StoreCode
    register: RegisterCode


class StoreView(Message, frozen=True, kw_only=True):
    """A store as the API shows it."""

    store: StoreCode
    name: str
    terminal_option: bool
    customer_slip: str
    slip_reprint: str
    business_day_starts: str
    time_zone: str
    support_contact: str
    version: int


class StoreList(Message, frozen=True, kw_only=True):
    """All of them; a chain has hundreds, not millions."""

    stores: tuple[StoreView, ...]


class RegisterEntryView(Message, frozen=True, kw_only=True):
    """A till and the terminal that it holds."""

    register: RegisterCode
    name: str
    main_register: RegisterCode | None
    model: str | None
    terminal: TerminalCode | None


class RegisterList(Message, frozen=True, kw_only=True):
    """By code."""

    registers: tuple[RegisterEntryView, ...]


class TerminalEntryView(Message, frozen=True, kw_only=True):
    """A terminal's place, the device in it and the till that holds it."""

    terminal: TerminalCode
    model: str
    serial: SerialNumber
    paired_register: RegisterCode | None


class TerminalList(Message, frozen=True, kw_only=True):
    """By code."""

    terminals: tuple[TerminalEntryView, ...]
