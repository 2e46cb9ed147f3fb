"""The one table of the HTTP surface: nothing else declares a route, a body or an answer.

`http.api` builds the handlers from it and `openapi` the document, so neither can drift. A route
with a `service` is passed on as that service's `command`; one without has a flow of its own, found
by `name`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from msgspec import Struct

from contracts.envelope import Message, Role
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
    RemoveTender,
    SalesPage,
    SaleView,
    TenderView,
)
from contracts.stores import (
    ChangeStore,
    ListRegisters,
    ListStores,
    ListTerminals,
    LoggedIn,
    PairTerminal,
    ReadStore,
    RegisterEntryView,
    RegisterList,
    StoreList,
    StoreView,
    TerminalList,
    UnpairTerminal,
)
from front.model import (
    AddTenderBody,
    Body,
    ChangeStoreBody,
    CheckView,
    EmptyBody,
    EventsQuery,
    HealthView,
    JournalQuery,
    JournalView,
    LogInBody,
    NoQuery,
    OpenSaleBody,
    PairTerminalBody,
    Query,
    RefundBody,
    SalesQuery,
    SessionView,
    StoresQuery,
    TerminalView,
)

PREFIX: Final = "/api/v1"

CHECKOUT: Final = "checkout"
STORE_CONFIG: Final = "store_config"


class Key(Enum):
    """What a route does with `Idempotency-Key`."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


EVERYBODY: Final = frozenset(Role)
READERS: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN, Role.AUDITOR})
SELLERS: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN})
KEEPERS: Final = frozenset({Role.MANAGER, Role.ADMIN})
STORE_READERS: Final = READERS | {Role.PLATFORM}
STORE_KEEPERS: Final = KEEPERS | {Role.PLATFORM}


class Route(NamedTuple):
    """One method on one path. `roles` None: open to everybody, without a session."""

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
    key: Key = Key.NONE
    refusals: tuple[str, ...] = ()
    media: str = "application/json"


_SALE: Final = PREFIX + "/sales/{sale}"
_TENDER: Final = _SALE + "/tenders/{tender}"
_STORE: Final = PREFIX + "/stores/{store}"
_REGISTER: Final = _STORE + "/registers/{register}"
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
        key=Key.OPTIONAL,
        refusals=("unknown_store",),
    ),
    Route(
        "GET",
        _STORE + "/registers",
        "list_registers",
        "The tills of a store and the terminals that they hold (POS設定)",
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
        "What happens on a till, live: `register`, `sale`, `screen` and `terminal` events",
        {200: None},
        roles=READERS,
        media="text/event-stream",
        refusals=("unknown_store", "unknown_register", "too_many_listeners"),
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
        key=Key.OPTIONAL,
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
        key=Key.OPTIONAL,
        refusals=("unknown_store", "unknown_register", "terminal_busy"),
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
        key=Key.REQUIRED,
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
        media="text/event-stream",
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
        key=Key.REQUIRED,
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
        key=Key.OPTIONAL,
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
        key=Key.OPTIONAL,
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
        key=Key.OPTIONAL,
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
        key=Key.OPTIONAL,
        refusals=(*_NO_TENDER, "not_in_doubt"),
    ),
    Route(
        "POST",
        _TENDER + "/refund",
        "refund_tender",
        "×: cash and other are gone at once",
        {200: TenderView},
        roles=SELLERS,
        service=CHECKOUT,
        command=RemoveTender,
        body=RefundBody,
        key=Key.OPTIONAL,
        refusals=(*_NO_TENDER, *_NOT_OPEN, *_WAITING),
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
        key=Key.OPTIONAL,
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
        key=Key.OPTIONAL,
        refusals=("unknown_sale", "money_held", "sale_closed", "sale_voided"),
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

ROUTES: Final = PEOPLE + STORES + SALES + ABOUT

COMMON_BODY_REFUSALS: Final = (
    "not_json",
    "body_too_large",
    "unsupported_media_type",
    "invalid_body",
)


def refusals_of(route: Route) -> tuple[str, ...]:
    """Return every code that the route can answer with, in a stable order."""
    codes = ["internal_error", "service_unavailable"]
    if route.roles is not None:
        codes += ["not_authenticated", "not_permitted"]
        if route.method != "GET":
            codes.append("csrf_failed")
    if route.body is not None:
        codes += COMMON_BODY_REFUSALS
    if route.key is not Key.NONE:
        codes += ["idempotency_key_reused", "request_in_progress", "changed_meanwhile"]
    if route.key is Key.REQUIRED:
        codes.append("idempotency_key_required")
    if route.method == "GET" or route.key is not Key.NONE:
        codes.append("bad_parameter")
    return tuple(dict.fromkeys((*codes, *route.refusals)))
