"""The one table of the HTTP surface: nothing else declares a route, a body or an answer.

`http.api` builds the handlers from it and `openapi` the document, so neither can drift. A route
with a `service` is passed on as that service's `command`; one without has a flow of its own, found
by `name`.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from msgspec import Struct

from contracts.boxes import BoxCreated, BoxList, BoxView, Enrolled, ListBoxes, RevokeBox
from contracts.brand_rules import (
    BrandRuleList,
    ChangeCompany,
    CompanyView,
    ListBrandRules,
    PutBrandRule,
    PutCompanyRule,
    ReadCompany,
    RemoveBrandRule,
)
from contracts.cases import CasesPage, CaseView, FindCases, SettleCase
from contracts.envelope import Message, Role
from contracts.people import ListPeople, PersonList, PersonView, PutPerson
from contracts.places import ExportPlaces, ImportPlaces, ImportReport, PlacesCsv
from contracts.receipts import (
    DrawReceipt,
    DrawSlip,
    PrintJobs,
    PrintReceipt,
    PrintSlips,
    ReadPrintJobs,
)
from contracts.refunds import CorrectSale, RefundTender, VoidSale
from contracts.sales import (
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    FindSales,
    OpenSale,
    ReadRegister,
    ReadSale,
    RegisterView,
    ReleaseTender,
    ResolveTender,
    ResumeSale,
    SalesPage,
    SaleView,
    TenderView,
)
from contracts.seats import SeatView, TakeRegister
from contracts.stores import (
    AssignPrinter,
    BrandRule,
    ChangeStore,
    ListPrinters,
    ListRegisters,
    ListStores,
    ListTerminals,
    LoggedIn,
    PairTerminal,
    PrinterEntry,
    PrinterList,
    PutPrinter,
    ReadStore,
    RegisterEntryView,
    RegisterList,
    RemovePrinter,
    StoreList,
    StoreView,
    TerminalList,
    UnpairTerminal,
)
from contracts.support import AddNotice, ChangeSupport, ReadSupport, RemoveNotice, SupportView
from front.audit import AuditQuery, AuditView
from front.box_bodies import BoxesQuery, EnrollBody
from front.fleet import FleetQuery, FleetView
from front.model import (
    AddTenderBody,
    AssignPrinterBody,
    Body,
    CasesQuery,
    ChangeStoreBody,
    CheckView,
    ConfirmableBody,
    EmptyBody,
    EventsQuery,
    HealthView,
    JournalQuery,
    JournalView,
    LogInBody,
    NoQuery,
    OpenSaleBody,
    PairTerminalBody,
    PrinterCheckView,
    PutPrinterBody,
    Query,
    ResolveBody,
    SessionView,
    SettleBody,
    StoresQuery,
    TakeRegisterBody,
    TerminalView,
)
from front.papers import MEDIA, PrintSlipsBody, ReceiptQuery, SlipQuery
from front.person_bodies import PutPersonBody
from front.place_bodies import ImportBody
from front.refund_bodies import CorrectBody, RefundBody, VoidBody
from front.rule_bodies import ChangeCompanyBody, PutRuleBody, RuleQuery
from front.sales_query import SalesQuery
from front.support_bodies import AddNoticeBody, ChangeSupportBody

PREFIX: Final = "/api/v1"

EVENT_STREAM: Final = ("text/event-stream",)

CHECKOUT: Final = "checkout"
STORE_CONFIG: Final = "store_config"
RECEIPTS: Final = "receipts"


class Given(Enum):
    """What a route does with a header of the caller's."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


EVERYBODY: Final = frozenset(Role)
READERS: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN, Role.AUDITOR})
SELLERS: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN})
KEEPERS: Final = frozenset({Role.MANAGER, Role.ADMIN})
ADMINS: Final = frozenset({Role.ADMIN})
AUDITORS: Final = ADMINS | {Role.AUDITOR}
STORE_READERS: Final = READERS | {Role.PLATFORM}
TELLERS: Final = ADMINS | {Role.PLATFORM}
WATCHERS: Final = KEEPERS | {Role.AUDITOR}
STORE_KEEPERS: Final = KEEPERS | {Role.PLATFORM}


class Route(NamedTuple):
    """One method on one path. `roles` None: open to everybody, without a session.

    `key` is `Idempotency-Key`; `page` is `Register-Page`, which page of a register asks. `make`
    builds a command that is more than the parts of the path and the fields of body or query. The
    answer is of one of the types of `media`.
    """

    method: str
    path: str
    name: str
    summary: str
    answers: Mapping[int, type[Struct] | None]
    roles: frozenset[Role] | None = EVERYBODY
    service: str | None = None
    command: type[Message] | None = None
    body: type[Body] | None = None
    query: type[Query] = NoQuery
    key: Given = Given.NONE
    page: Given = Given.NONE
    refusals: tuple[str, ...] = ()
    media: tuple[str, ...] = ("application/json",)
    make: Callable[[Mapping[str, Any], Any], Message] | None = None


def _put_printer(parts: Mapping[str, Any], body: PutPrinterBody) -> PutPrinter:
    return PutPrinter(store=parts["store"], printer=body.entry(parts["printer"]))


def _put_rule(parts: Mapping[str, Any], body: PutRuleBody) -> PutBrandRule:
    return PutBrandRule(store=parts["store"], rule=body.rule.entry())


def _put_company_rule(_parts: Mapping[str, Any], body: PutRuleBody) -> PutCompanyRule:
    return PutCompanyRule(rule=body.rule.entry())


def _import_places(_parts: Mapping[str, Any], body: ImportBody) -> ImportPlaces:
    return body.command()


def _put_person(parts: Mapping[str, Any], body: PutPersonBody) -> PutPerson:
    return body.command(parts["operator"])


def _correct(parts: Mapping[str, Any], body: CorrectBody) -> CorrectSale:
    tenders = tuple(one.line() for one in body.tenders)
    return CorrectSale(sale=parts["sale"], tenders=tenders, reason=body.reason)


_SALE: Final = PREFIX + "/sales/{sale}"
_TENDER: Final = _SALE + "/tenders/{tender}"
_COMPANY: Final = PREFIX + "/company"
_PLACES: Final = PREFIX + "/places"
_STAFF: Final = PREFIX + "/people"
_SUPPORT: Final = PREFIX + "/support"
_BOXES: Final = PREFIX + "/boxes"
_CASES: Final = PREFIX + "/cases"
_STORE: Final = PREFIX + "/stores/{store}"
_REGISTER: Final = _STORE + "/registers/{register}"
_PRINTER: Final = _STORE + "/printers/{printer}"
_TERMINAL: Final = _STORE + "/terminals/{terminal}"

PEOPLE: Final = (
    Route(
        "POST",
        PREFIX + "/login",
        "log_in",
        "Log in",
        {200: LoggedIn},
        roles=None,
        body=LogInBody,
        refusals=("invalid_credentials", "too_many_attempts"),
    ),
    Route("POST", PREFIX + "/logout", "log_out", "Log out", {204: None}, body=EmptyBody),
    Route("GET", PREFIX + "/session", "read_session", "Who am I", {200: SessionView}),
)

STORES: Final = (
    Route(
        "GET",
        PREFIX + "/stores",
        "list_stores",
        "The stores that you may see",
        {200: StoreList},
        roles=STORE_READERS,
        service=STORE_CONFIG,
        command=ListStores,
        query=StoresQuery,
    ),
    Route(
        "GET",
        _STORE,
        "read_store",
        "One store and its settings",
        {200: StoreView},
        roles=STORE_READERS,
        service=STORE_CONFIG,
        command=ReadStore,
        query=StoresQuery,
        refusals=("unknown_store",),
    ),
    Route(
        "PATCH",
        _STORE,
        "change_store",
        "Change a store's settings",
        {200: StoreView},
        roles=STORE_KEEPERS,
        service=STORE_CONFIG,
        command=ChangeStore,
        body=ChangeStoreBody,
        key=Given.OPTIONAL,
        refusals=("unknown_store",),
    ),
    Route(
        "GET",
        _STORE + "/registers",
        "list_registers",
        "The tills of a store, the terminals that they hold, where they print (POS設定)",
        {200: RegisterList},
        roles=READERS,
        service=STORE_CONFIG,
        command=ListRegisters,
        refusals=("unknown_store",),
    ),
    Route(
        "GET",
        _REGISTER,
        "read_register",
        "What a till is doing: its active sale and the parked ones",
        {200: RegisterView},
        roles=READERS,
        service=CHECKOUT,
        command=ReadRegister,
        refusals=("unknown_store", "unknown_register"),
    ),
    Route(
        "GET",
        _REGISTER + "/events",
        "watch_register",
        "What happens on a till, live: `register`, `sale`, `screen`, `terminal`, `doubt`, `seat`, "
        "`paper`",
        {200: None},
        roles=READERS,
        media=EVENT_STREAM,
        refusals=("unknown_store", "unknown_register", "too_many_listeners"),
    ),
    Route(
        "PUT",
        _REGISTER + "/seat",
        "take_register",
        "The page of `Register-Page` is the register's from now on; `take_over` from another page",
        {200: SeatView},
        roles=SELLERS,
        service=CHECKOUT,
        command=TakeRegister,
        body=TakeRegisterBody,
        key=Given.OPTIONAL,
        page=Given.REQUIRED,
        refusals=("unknown_store", "unknown_register"),
    ),
    Route(
        "PUT",
        _REGISTER + "/terminal",
        "pair_terminal",
        "Let the register hold a terminal",
        {200: RegisterEntryView},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=PairTerminal,
        body=PairTerminalBody,
        key=Given.OPTIONAL,
        refusals=(
            "unknown_store",
            "unknown_register",
            "unknown_terminal",
            "terminal_already_paired",
            "terminal_option_not_contracted",
            "terminal_busy",
        ),
    ),
    Route(
        "DELETE",
        _REGISTER + "/terminal",
        "unpair_terminal",
        "Let the register's terminal go",
        {200: RegisterEntryView},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=UnpairTerminal,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_register", "terminal_busy"),
    ),
    Route(
        "PUT",
        _REGISTER + "/printer",
        "assign_printer",
        "Let the register print on a printer of the store, or on none; several may share one",
        {200: RegisterEntryView},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=AssignPrinter,
        body=AssignPrinterBody,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_register", "unknown_printer"),
    ),
    Route(
        "GET",
        _STORE + "/printers",
        "list_printers",
        "The receipt printers of a store",
        {200: PrinterList},
        roles=READERS,
        service=STORE_CONFIG,
        command=ListPrinters,
        refusals=("unknown_store",),
    ),
    Route(
        "PUT",
        _PRINTER,
        "put_printer",
        "Add a receipt printer, or say anew where and what it is",
        {200: PrinterEntry},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=PutPrinter,
        body=PutPrinterBody,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_printer", "too_many_printers"),
        make=_put_printer,
    ),
    Route(
        "DELETE",
        _PRINTER,
        "remove_printer",
        "Take a receipt printer away, also from the registers that print on it",
        {204: None},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=RemovePrinter,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_printer"),
    ),
    Route(
        "POST",
        _PRINTER + "/check",
        "check_printer",
        "How is the receipt printer: asked of it now, unless it is printing",
        {200: PrinterCheckView},
        roles=READERS,
        body=EmptyBody,
        refusals=("unknown_store", "unknown_printer", "terminal_unreachable"),
    ),
    Route(
        "GET",
        _STORE + "/terminals",
        "list_terminals",
        "The terminals of a store and who holds them",
        {200: TerminalList},
        roles=READERS,
        service=STORE_CONFIG,
        command=ListTerminals,
        refusals=("unknown_store",),
    ),
    Route(
        "GET",
        _TERMINAL,
        "read_terminal",
        "One terminal, as it is now",
        {200: TerminalView},
        roles=READERS,
        refusals=("unknown_store", "unknown_terminal"),
    ),
    Route(
        "POST",
        _TERMINAL + "/check",
        "check_terminal",
        "決済端末接続確認: one round trip to the terminal",
        {200: CheckView},
        roles=READERS,
        body=EmptyBody,
        refusals=("unknown_store", "unknown_terminal", "terminal_unreachable"),
    ),
    Route(
        "GET",
        _TERMINAL + "/journal",
        "read_journal",
        "決済履歴: the terminal's own history",
        {200: JournalView},
        roles=READERS,
        query=JournalQuery,
        refusals=("unknown_store", "unknown_terminal", "terminal_unreachable"),
    ),
)

RULES: Final = (
    Route(
        "GET",
        _STORE + "/brand-rules",
        "list_brand_rules",
        "What holds for each brand in this store, and from when; a rule with `store` is its own",
        {200: BrandRuleList},
        roles=READERS,
        service=STORE_CONFIG,
        command=ListBrandRules,
        refusals=("unknown_store",),
    ),
    Route(
        "PUT",
        _STORE + "/brand-rules",
        "put_brand_rule",
        "Let a rule of this store's own hold from a day on, before the company's",
        {200: BrandRule},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=PutBrandRule,
        body=PutRuleBody,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "too_many_brand_rules"),
        make=_put_rule,
    ),
    Route(
        "DELETE",
        _STORE + "/brand-rules",
        "remove_brand_rule",
        "Take a rule of this store's own away; the company's holds again",
        {204: None},
        roles=KEEPERS,
        service=STORE_CONFIG,
        command=RemoveBrandRule,
        query=RuleQuery,
        key=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_brand_rule"),
    ),
    Route(
        "GET",
        _COMPANY,
        "read_company",
        "What holds in all of the company's stores",
        {200: CompanyView},
        roles=READERS,
        service=STORE_CONFIG,
        command=ReadCompany,
    ),
    Route(
        "PATCH",
        _COMPANY,
        "change_company",
        "Whether a manager must confirm what gives money back",
        {200: CompanyView},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=ChangeCompany,
        body=ChangeCompanyBody,
        key=Given.OPTIONAL,
    ),
    Route(
        "PUT",
        _COMPANY + "/brand-rules",
        "put_company_rule",
        "Let a rule hold in all stores from a day on",
        {200: BrandRule},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=PutCompanyRule,
        body=PutRuleBody,
        key=Given.OPTIONAL,
        refusals=("too_many_brand_rules",),
        make=_put_company_rule,
    ),
)

STAFF: Final = (
    Route(
        "GET",
        _STAFF,
        "list_people",
        "Who may log in to the company, as what and where",
        {200: PersonList},
        roles=ADMINS | {Role.AUDITOR},
        service=STORE_CONFIG,
        command=ListPeople,
    ),
    Route(
        "PUT",
        _STAFF + "/{operator}",
        "put_person",
        "Add a person, or say anew who it is and what it may",
        {200: PersonView},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=PutPerson,
        body=PutPersonBody,
        key=Given.OPTIONAL,
        refusals=("not_found", "unknown_store", "own_access"),
        make=_put_person,
    ),
)

PLACES: Final = (
    Route(
        "GET",
        _PLACES,
        "export_places",
        "Stores, registers and terminals as CSV",
        {200: PlacesCsv},
        roles=ADMINS | {Role.AUDITOR},
        service=STORE_CONFIG,
        command=ExportPlaces,
    ),
    Route(
        "POST",
        _PLACES + "/import",
        "import_places",
        "Add and change stores, registers and terminals by CSV, all or nothing; or only check",
        {200: ImportReport},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=ImportPlaces,
        body=ImportBody,
        key=Given.OPTIONAL,
        make=_import_places,
    ),
)

FLEET: Final = (
    Route(
        "GET",
        PREFIX + "/fleet",
        "read_fleet",
        "機器一覧: every store's box and its terminals as heard last, and what is amiss",
        {200: FleetView},
        roles=WATCHERS,
        query=FleetQuery,
    ),
)

AUDIT: Final = (
    Route(
        "GET",
        PREFIX + "/audit",
        "read_audit",
        "操作履歴: every change of a setting and every override, who, what, before and after",
        {200: AuditView},
        roles=AUDITORS,
        query=AuditQuery,
        refusals=("unknown_store",),
    ),
)

BOXES: Final = (
    Route(
        "POST",
        _STORE + "/boxes",
        "create_box",
        "Have a code made, shown this once, with which a box is enrolled for the store; it takes "
        "the store's unused one back",
        {201: BoxCreated},
        roles=ADMINS,
        body=EmptyBody,
        refusals=(
            "unknown_store",
            "too_many_boxes",
            "changed_meanwhile",
            "enrolment_not_configured",
        ),
    ),
    Route(
        "GET",
        _BOXES,
        "list_boxes",
        "The boxes that were enrolled, or are to be, and those that are over",
        {200: BoxList},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=ListBoxes,
        query=BoxesQuery,
    ),
    Route(
        "POST",
        _BOXES + "/{box}/revoke",
        "revoke_box",
        "Let a box be nobody: it is cut off within seconds, and never let in again",
        {200: BoxView},
        roles=ADMINS,
        service=STORE_CONFIG,
        command=RevokeBox,
        body=EmptyBody,
        key=Given.OPTIONAL,
        refusals=("unknown_box",),
    ),
    Route(
        "POST",
        PREFIX + "/enrollments",
        "enroll_box",
        "A new box shows its code, and is told whose it is; asked again with the same code and "
        "key, the same answer",
        {200: Enrolled},
        roles=None,
        body=EnrollBody,
        refusals=(
            "enrolment_refused",
            "too_many_attempts",
            "changed_meanwhile",
            "enrolment_not_configured",
        ),
    ),
)

SUPPORT: Final = (
    Route(
        "GET",
        _SUPPORT,
        "read_support",
        "お困りの際は: whom to call, the support site, maintenance notices",
        {200: SupportView},
        roles=STORE_READERS,
        service=STORE_CONFIG,
        command=ReadSupport,
    ),
    Route(
        "PATCH",
        _SUPPORT,
        "change_support",
        "Say whom to call: for the company, or as `platform` for everybody",
        {200: SupportView},
        roles=TELLERS,
        service=STORE_CONFIG,
        command=ChangeSupport,
        body=ChangeSupportBody,
        key=Given.OPTIONAL,
    ),
    Route(
        "POST",
        _SUPPORT + "/notices",
        "add_notice",
        "Announce maintenance: to the company, or as `platform` to everybody",
        {200: SupportView},
        roles=TELLERS,
        service=STORE_CONFIG,
        command=AddNotice,
        body=AddNoticeBody,
        key=Given.OPTIONAL,
        refusals=("too_many_notices",),
    ),
    Route(
        "DELETE",
        _SUPPORT + "/notices/{notice}",
        "remove_notice",
        "Take an announcement back",
        {200: SupportView},
        roles=TELLERS,
        service=STORE_CONFIG,
        command=RemoveNotice,
        key=Given.OPTIONAL,
        refusals=("unknown_notice",),
    ),
)

_NOT_OPEN: Final = ("sale_closed", "sale_voided", "sale_abandoned")
_NO_TENDER: Final = ("unknown_sale", "unknown_tender")
_WAITING: Final = ("terminal_busy", "tender_in_doubt", "tender_settled")
_STOPPING: Final = (
    *_NO_TENDER,
    "tender_settled",
    "tender_not_open",
    "already_read",
    "abort_not_supported",
    "terminal_unreachable",
)

SALES: Final = (
    Route(
        "POST",
        PREFIX + "/sales",
        "open_sale",
        "Ring up a sale; one already open on the register is parked (保留)",
        {201: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=OpenSale,
        body=OpenSaleBody,
        key=Given.REQUIRED,
        page=Given.OPTIONAL,
        refusals=("unknown_store", "unknown_register", "total_out_of_range"),
    ),
    Route(
        "GET",
        PREFIX + "/sales",
        "find_sales",
        "伝票明細: sales, newest first",
        {200: SalesPage},
        roles=READERS,
        service=CHECKOUT,
        command=FindSales,
        query=SalesQuery,
        refusals=("unknown_store", "unknown_register"),
    ),
    Route(
        "GET",
        _SALE,
        "read_sale",
        "One sale",
        {200: SaleView},
        roles=READERS,
        service=CHECKOUT,
        command=ReadSale,
        refusals=("unknown_sale",),
    ),
    Route(
        "GET",
        _SALE + "/events",
        "watch_sale",
        "One event per change; `id` is the sequence, resumes with `Last-Event-ID`",
        {200: None},
        roles=READERS,
        query=EventsQuery,
        media=EVENT_STREAM,
        refusals=("unknown_sale", "too_many_listeners"),
    ),
    Route(
        "POST",
        _SALE + "/tenders",
        "add_tender",
        "Pay a part: on the terminal (202), in cash or otherwise (201)",
        {201: TenderView, 202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=AddTender,
        body=AddTenderBody,
        key=Given.REQUIRED,
        page=Given.OPTIONAL,
        refusals=(
            "unknown_sale",
            *_NOT_OPEN,
            "nothing_owed",
            "tender_in_doubt",
            "terminal_busy",
            "too_many_tenders",
            "no_terminal_paired",
            "invalid_amount",
            "amount_exceeds_balance",
            "received_too_small",
            "kind_required",
            "stands_for_not_in_doubt",
            "terminal_unreachable",
            "edge_storage_full",
            "authorisation_required",
        ),
    ),
    Route(
        "POST",
        _TENDER + "/cancel",
        "cancel_tender",
        "取消を依頼: ask the terminal to stop, and keep waiting",
        {202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=CancelTender,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=_STOPPING,
    ),
    Route(
        "POST",
        _TENDER + "/disconnect",
        "disconnect_tender",
        "切断する: try the same, and stop waiting",
        {202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=DisconnectTender,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=_STOPPING,
    ),
    Route(
        "POST",
        _TENDER + "/acknowledge",
        "acknowledge_tender",
        "The OK of 支払完了",
        {202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=AcknowledgeTender,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(*_NO_TENDER, *_WAITING),
    ),
    Route(
        "POST",
        _TENDER + "/release",
        "release_tender",
        "Let the sale go on while the outcome is not known",
        {202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=ReleaseTender,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(*_NO_TENDER, "not_in_doubt"),
    ),
    Route(
        "POST",
        _TENDER + "/resolve",
        "resolve_tender",
        "A manager's word for a terminal that is dead or gone; contrary evidence opens a case",
        {202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=ResolveTender,
        body=ResolveBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(
            *_NO_TENDER,
            "not_in_doubt",
            "tender_settled",
            "terminal_answers",
            "authorisation_required",
        ),
    ),
    Route(
        "POST",
        _TENDER + "/refund",
        "refund_tender",
        "The whole tender back: on its terminal (202); cash and other are gone at once (200)",
        {200: SaleView, 202: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=RefundTender,
        body=RefundBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(
            *_NO_TENDER,
            *_NOT_OPEN,
            *_WAITING,
            "sale_not_closed",
            "not_cancellable",
            "card_money_not_in_cash",
            "original_terminal_gone",
            "no_terminal_paired",
            "terminal_unreachable",
            "edge_storage_full",
            "authorisation_required",
        ),
    ),
    Route(
        "POST",
        _SALE + "/close",
        "close_sale",
        "OK with nothing owed",
        {200: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=CloseSale,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=("unknown_sale", "balance_due", "sale_voided", "sale_abandoned"),
    ),
    Route(
        "POST",
        _SALE + "/abandon",
        "abandon_sale",
        "Give a sale up that holds no money",
        {200: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=AbandonSale,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=("unknown_sale", "money_held", "sale_closed", "sale_voided"),
    ),
    Route(
        "POST",
        _SALE + "/void",
        "void_sale",
        "伝票取消: the closed sale no longer counts, once every terminal tender is refunded",
        {200: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=VoidSale,
        body=VoidBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(
            "unknown_sale",
            "sale_not_closed",
            "sale_abandoned",
            "tenders_not_refunded",
            "not_in_journal",
            "terminal_busy",
            "terminal_unreachable",
            "authorisation_required",
        ),
    ),
    Route(
        "POST",
        _SALE + "/correct",
        "correct_sale",
        "伝票訂正: the tenders of a closed sale as the terminal's record has them; a manager's",
        {200: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=CorrectSale,
        body=CorrectBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(
            *_NO_TENDER,
            "sale_not_closed",
            "sale_voided",
            "sale_abandoned",
            "invalid_amount",
            "received_too_small",
            "kind_required",
            "tenders_do_not_add_up",
            "tenders_do_not_match_terminal",
            "authorisation_required",
        ),
        make=_correct,
    ),
    Route(
        "POST",
        _SALE + "/resume",
        "resume_sale",
        "Take a parked sale up again; one open on the register is parked (保留) for it",
        {200: SaleView},
        roles=SELLERS,
        service=CHECKOUT,
        command=ResumeSale,
        body=EmptyBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=("unknown_sale", *_NOT_OPEN),
    ),
)

_NO_SLIP: Final = (*_NO_TENDER, "no_slip", "no_slip_for_code_payment", "slip_not_ready")
_NO_RECEIPT: Final = ("unknown_sale", "no_receipt_yet", "sale_abandoned", "slip_not_ready")

PAPERS: Final = (
    Route(
        "GET",
        _TENDER + "/slips/{copy}.{format}",
        "draw_slip",
        "控え: one copy of a tender's slip, as it is printed",
        {200: None},
        roles=READERS,
        command=DrawSlip,
        query=SlipQuery,
        media=MEDIA,
        refusals=(*_NO_SLIP, "not_found", "number_not_masked", "paper_too_long"),
    ),
    Route(
        "POST",
        _TENDER + "/slips/print",
        "print_slips",
        "控え印刷: on the register's printer, until the sale is closed; `paper` tells how it went",
        {202: PrintJobs},
        roles=SELLERS,
        service=RECEIPTS,
        command=PrintSlips,
        body=PrintSlipsBody,
        key=Given.OPTIONAL,
        refusals=(*_NO_SLIP, "unknown_store", "reprint_on_terminal", "no_printer"),
    ),
    Route(
        "GET",
        _SALE + "/receipt.{format}",
        "draw_receipt",
        "レシート: of a sale that is paid, closed or voided, as it stands now",
        {200: None, 304: None},
        roles=READERS,
        command=DrawReceipt,
        query=ReceiptQuery,
        media=MEDIA,
        refusals=(*_NO_RECEIPT, "not_found", "paper_too_long"),
    ),
    Route(
        "POST",
        _SALE + "/receipt/print",
        "print_receipt",
        "レシート印刷: on the register's printer; `paper` tells how it went",
        {202: PrintJobs},
        roles=SELLERS,
        service=RECEIPTS,
        command=PrintReceipt,
        body=EmptyBody,
        key=Given.OPTIONAL,
        refusals=(
            "unknown_sale",
            "unknown_store",
            "no_receipt_yet",
            "sale_abandoned",
            "no_printer",
        ),
    ),
    Route(
        "GET",
        _SALE + "/print-jobs",
        "read_print_jobs",
        "What was printed of a sale, and what could not be; newest first",
        {200: PrintJobs},
        roles=READERS,
        service=RECEIPTS,
        command=ReadPrintJobs,
        refusals=("unknown_sale",),
    ),
)

CASES: Final = (
    Route(
        "GET",
        _CASES,
        "find_cases",
        "差異: what the two sides of a sale disagree on, newest first",
        {200: CasesPage},
        roles=READERS,
        service=CHECKOUT,
        command=FindCases,
        query=CasesQuery,
        refusals=("unknown_store", "unknown_register"),
    ),
    Route(
        "POST",
        _CASES + "/{case}/settle",
        "settle_case",
        "Settle a case in one of its ways",
        {200: CaseView},
        roles=SELLERS,
        service=CHECKOUT,
        command=SettleCase,
        body=SettleBody,
        key=Given.OPTIONAL,
        page=Given.OPTIONAL,
        refusals=(
            "unknown_case",
            "unknown_tender",
            "case_settled",
            "way_not_offered",
            "tenders_do_not_match",
            "not_in_journal",
            "authorisation_required",
        ),
    ),
)

ABOUT: Final = (
    Route(
        "GET",
        PREFIX + "/health",
        "read_health",
        "Each service, its instances and versions",
        {200: HealthView, 503: HealthView},
        roles=None,
    ),
    Route(
        "GET", PREFIX + "/openapi.json", "read_openapi", "This document", {200: None}, roles=None
    ),
)

ROUTES: Final = (
    PEOPLE
    + STORES
    + RULES
    + STAFF
    + PLACES
    + FLEET
    + AUDIT
    + BOXES
    + SUPPORT
    + SALES
    + PAPERS
    + CASES
    + ABOUT
)

COMMON_BODY_REFUSALS: Final = (
    "not_json",
    "body_too_large",
    "unsupported_media_type",
    "invalid_body",
    "card_number_in_text",
)

CONFIRMATION_REFUSALS: Final = ("authorisation_refused", "too_many_attempts")


def takes_match(route: Route) -> bool:
    """Tell whether a route changes what has a version, and so heeds `If-Match`."""
    versioned = route.path.startswith((_STORE, _COMPANY, _STAFF, _SUPPORT))
    return versioned and route.service == STORE_CONFIG and route.key is not Given.NONE


def refusals_of(route: Route) -> tuple[str, ...]:
    """Return every code that the route can answer with, in a stable order."""
    codes = ["internal_error", "service_unavailable"]
    if route.roles is not None:
        codes += ["not_authenticated", "not_permitted", "too_many_requests"]
        if route.method != "GET":
            codes.append("csrf_failed")
    if route.body is not None:
        codes += COMMON_BODY_REFUSALS
    if route.key is not Given.NONE:
        codes += ["idempotency_key_reused", "request_in_progress", "changed_meanwhile"]
    if takes_match(route):
        codes.append("outdated")
    if route.key is Given.REQUIRED:
        codes.append("idempotency_key_required")
    if route.page is not Given.NONE:
        codes.append("register_taken_over")
    if route.body is not None and issubclass(route.body, ConfirmableBody):
        codes += CONFIRMATION_REFUSALS
    if route.method == "GET" or route.key is not Given.NONE:
        codes.append("bad_parameter")
    return tuple(dict.fromkeys((*codes, *route.refusals)))
