"""Companies, stores, registers, terminals and people: what is asked of `store_config`.

The configuration of a store reaches its gateway as one document in a key-value bucket; its version
only goes up, and an older one is never applied.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from contracts.envelope import Message, Role
from contracts.identifiers import (
    BusinessDate,
    ClockTime,
    CompanyCode,
    OperatorCode,
    PrinterCode,
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
    """One till. A sub-register (サブPOS) names its main one. `printer` prints its paper."""

    register: RegisterCode
    name: str
    main_register: RegisterCode | None = None
    printer: PrinterCode | None = None


class PrinterEntry(Message, frozen=True, kw_only=True):
    """One receipt printer of a store, ESC/POS over TCP (9100 is the port that printers listen on).

    `profile` is a name of python-escpos' capability list, which knows cutter, drawer and barcodes
    of a model; `columns` half-width characters fit on its paper: 48 on 80 mm, 32 on 58 mm.
    """

    printer: PrinterCode
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9_100
    profile: Annotated[str, Meta(min_length=1, max_length=40)] = "default"
    columns: Literal[48, 32] = 48


class Issuer(Message, frozen=True, kw_only=True):
    """Who sells, as the sale receipt must say it (適格簡易請求書). Empty: the line is left out.

    Without a `registration_number` (登録番号: T and 13 digits) the receipt is a plain one.
    """

    name: Annotated[str, Meta(max_length=80)] = ""
    registration_number: Annotated[str, Meta(pattern=r"^(T[0-9]{13})?$(?!\n)")] = ""
    address: Annotated[str, Meta(max_length=120)] = ""
    phone: Annotated[str, Meta(pattern=r"^[0-9+() -]{0,20}$(?!\n)")] = ""


class StoreSettings(Message, frozen=True, kw_only=True):
    """What a store manager sets; `http-api.md`, Stores."""

    customer_slip: Literal["auto", "manual"] = "manual"
    slip_reprint: Literal["terminal_only", "register"] = "terminal_only"
    business_day_starts: ClockTime = "05:00"
    time_zone: str = "Asia/Tokyo"
    support_contact: Annotated[str, Meta(max_length=200)] = ""
    issuer: Issuer = Issuer()
    slip_retention_years: Annotated[int, Meta(ge=1, le=30)] = 7
    """How long what stands on slips and receipts is kept; seven years is what tax law asks."""
    refund_needs_manager: bool = False
    """Whether a manager must confirm money back and 伝票取消 that a cashier asks for."""


class BrandRule(Message, frozen=True, kw_only=True):
    """What holds for one brand from a day on. Data, since providers differ (`product.md`, 5).

    処理未了: an e-money touch that broke off counts as sold, or as not sold, until the terminal
    shows otherwise; after `investigation_days` nobody looks any more, and a manager resolves it.

    Money back: `cancellable` on the terminal or not, and then `reason` (a stable word); within
    `window_days` of the payment; on the same terminal, or as the last transaction, only. `ways` are
    what is left otherwise: `cash` (hand it back in cash), `support` (call the provider).
    """

    brand: Annotated[str, Meta(min_length=1, max_length=40)]
    media: Literal["card", "emoney", "code"]
    valid_from: BusinessDate = "2000-01-01"
    counts_as_sold_until_shown_otherwise: bool = False
    investigation_days: Annotated[int, Meta(ge=0, le=400)] = 55
    cancellable: bool = True
    reason: Annotated[str, Meta(max_length=40)] = ""
    window_days: Annotated[int, Meta(ge=0, le=4_000)] | None = None
    """None: as long as the terminal takes it."""
    same_terminal_only: bool = False
    last_only: bool = False
    needs_card: bool = True
    """The customer's card or phone is read again; a code payment needs its number only."""
    prints_slip: bool = True
    store: StoreCode | None = None
    """The one store it is for, whose own rules come before the company's from their day on."""
    ways: tuple[Annotated[str, Meta(max_length=20)], ...] = ("support",)


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
    brand_rules: tuple[BrandRule, ...] = ()
    printers: tuple[PrinterEntry, ...] = ()


def printer_of(configuration: StoreConfiguration, register: RegisterCode) -> PrinterEntry | None:
    """Return where a register prints: on its own printer, else on its main register's."""
    registers = {entry.register: entry for entry in configuration.registers}
    entry = registers.get(register)
    if entry is not None and entry.printer is None and entry.main_register is not None:
        entry = registers.get(entry.main_register)
    code = None if entry is None else entry.printer
    return next((one for one in configuration.printers if one.printer == code), None)


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


class ConfirmOperator(Message, tag="confirm_operator", frozen=True, kw_only=True):
    """Is it really this operator of the actor's company who confirms? Travels in a `Call`.

    Refused like a log-in: `authorisation_refused`, `too_many_attempts`.
    """

    operator_code: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]
    address: str = ""


class Confirmed(Message, frozen=True, kw_only=True):
    """The person who confirmed; whether the role is enough is for the command to say."""

    operator: OperatorCode
    name: str
    role: Role
    stores: tuple[StoreCode, ...]


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
    issuer: Issuer | UnsetType = UNSET
    """The whole of it: what is left out becomes empty."""
    slip_retention_years: Annotated[int, Meta(ge=1, le=30)] | UnsetType = UNSET
    terminal_option: bool | UnsetType = UNSET
    """`platform` only. Taken away, it takes the store's pairings with it."""
    company: CompanyCode | None = None
    """`platform` names the company; anybody else's is its own."""


class PairTerminal(Message, tag="pair_terminal", frozen=True, kw_only=True):
    """One terminal, one register. One that another register holds is refused with the holder.

    Whoever was told of the holder says so in `moved_from`, and it moves in one step.
    """

    store: StoreCode
    register: RegisterCode
    model: str
    terminal: TerminalCode
    moved_from: RegisterCode | None = None


class UnpairTerminal(Message, tag="unpair_terminal", frozen=True, kw_only=True):
    """The register lets its terminal go."""

    store: StoreCode
    register: RegisterCode


class PutPrinter(Message, tag="put_printer", frozen=True, kw_only=True):
    """Add a printer to a store, or say anew where and what it is. Manager and above."""

    store: StoreCode
    printer: PrinterEntry


class RemovePrinter(Message, tag="remove_printer", frozen=True, kw_only=True):
    """The printer is gone; registers that printed on it have none."""

    store: StoreCode
    printer: PrinterCode


class ListPrinters(Message, tag="list_printers", frozen=True, kw_only=True):
    """The printers of a store."""

    store: StoreCode


class AssignPrinter(Message, tag="assign_printer", frozen=True, kw_only=True):
    """A register prints on this printer from now on; None: on none. Several may share one."""

    store: StoreCode
    register: RegisterCode
    printer: PrinterCode | None


class PrinterList(Message, frozen=True, kw_only=True):
    """By code."""

    printers: tuple[PrinterEntry, ...]


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
    issuer: Issuer = Issuer()
    slip_retention_years: int = 7


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
    printer: PrinterCode | None = None


class RegisterList(Message, frozen=True, kw_only=True):
    """By code; `version` is the store's."""

    registers: tuple[RegisterEntryView, ...]
    version: int = 0


class TerminalEntryView(Message, frozen=True, kw_only=True):
    """A terminal's place, the device in it and the till that holds it."""

    terminal: TerminalCode
    model: str
    serial: SerialNumber
    paired_register: RegisterCode | None


class TerminalList(Message, frozen=True, kw_only=True):
    """By code."""

    terminals: tuple[TerminalEntryView, ...]
