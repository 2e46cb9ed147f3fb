"""The flow of each request: who may, whom to ask, what to answer. No HTTP in it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from contracts.audit import AuditFound, AuditLine
from contracts.boxes import CreateBox
from contracts.envelope import Answer, Authority, Call, Idempotency, Message
from contracts.identifiers import PageId
from contracts.operations import (
    CheckTerminal,
    JournalPage,
    ReadJournal,
    ReadTerminal,
    TerminalStatus,
    UnknownTerminal,
)
from contracts.printing import CheckPrinter, UnknownPrinter
from contracts.receipts import PaperAsk
from contracts.sales import ReadSale
from contracts.stores import Confirmed, ConfirmOperator, LogIn, StoreConfiguration
from front import audit, decide, fleet, overlay
from front.attempts import Attempts, enrolments
from front.audit import AuditQuery, AuditView
from front.box_bodies import EnrollBody
from front.fleet import FleetBox, FleetQuery, FleetView
from front.live import Live
from front.model import (
    Caller,
    CheckView,
    Confirmation,
    HealthView,
    JournalQuery,
    JournalView,
    LogInBody,
    PrinterCheckView,
    Refused,
    Reply,
    SessionView,
    TerminalView,
)
from front.ports import Census, Central, Edges, ServiceUnavailable, Stores, StoreUnreachable
from front.problems import refusal_of, reply_of
from front.routes import CHECKOUT, RECEIPTS, STORE_CONFIG, Route
from front.sessions import AWAY, Sessions
from front.tokens import csrf_token
from servicekit.clock import Clock

NO_CONTENT: Final = Reply(status=204, body=b"")

_OVERLAYS: Final[Mapping[str, Callable[[bytes, overlay.Heard], bytes]]] = {
    "read_sale": overlay.over_sale,
    "find_sales": overlay.over_page,
    "read_register": overlay.over_register,
}
"""Routes on whose answers belongs what is heard live."""

_VERSIONED: Final = frozenset(
    {
        "read_store",
        "change_store",
        "list_registers",
        "read_company",
        "change_company",
        "read_support",
        "change_support",
        "add_notice",
        "remove_notice",
    }
)
"""Routes whose answers say of which version they are: it is their `ETag`."""


class Beside(Struct, frozen=True, kw_only=True):
    """What goes with a command in its `Call`, beside the caller and the command itself."""

    idempotency: Idempotency | None = None
    authority: Authority | None = None
    page: PageId | None = None
    expects: int | None = None


NOTHING_MORE: Final = Beside()


class HowFar(Struct, frozen=True):
    """Only how far a sale has come, of a `SaleView`."""

    sequence: int


class Desk:
    """What the HTTP door and the pages ask; the only one who talks to the services."""

    def __init__(
        self,
        *,
        central: Central,
        edges: Edges,
        stores: Stores,
        sessions: Sessions,
        live: Live,
        census: Census,
        clock: Clock,
    ) -> None:
        self.sessions = sessions
        self.live = live
        self._central = central
        self._edges = edges
        self._stores = stores
        self._census = census
        self._clock = clock
        self._attempts = Attempts()
        self._enrolments = enrolments()

    async def caller(self, token: str, *, by_cookie: bool) -> Caller:
        """Return who a token belongs to, or refuse with `not_authenticated`."""
        session = await self.sessions.resolve(token)
        return Caller(session=session, token=token, by_cookie=by_cookie)

    async def ask(
        self,
        caller: Caller,
        service: str,
        command: Message,
        more: Beside = NOTHING_MORE,
    ) -> Answer:
        """Ask a central service in the caller's name; raise `ServiceUnavailable`."""
        call = Call(
            actor=caller.actor(),
            body=command,
            idempotency=more.idempotency,
            authority=more.authority,
            page=more.page,
            expects=more.expects,
        )
        return await self._central.ask(service, verb_of(command), call)

    async def pass_on(
        self, caller: Caller, route: Route, command: Message, more: Beside = NOTHING_MORE
    ) -> Reply:
        """Ask what a route of the table asks, and lay what is heard live over the answer."""
        assert route.service is not None  # noqa: S101 - the table's own shape
        if isinstance(command, PaperAsk):
            return reply_of(await self.ask_for_paper(caller, command, more))
        reply = reply_of(await self.ask(caller, route.service, command, more))
        if route.name in _VERSIONED and reply.status == 200:  # noqa: PLR2004 - HTTP's own number
            return tagged(reply)
        lay = _OVERLAYS.get(route.name)
        if lay is None or reply.status != 200:  # noqa: PLR2004 - HTTP's own number
            return reply
        body = lay(reply.body, self.live)
        return reply if body is reply.body else msgspec.structs.replace(reply, body=body)

    async def ask_for_paper(
        self, caller: Caller, command: PaperAsk, more: Beside = NOTHING_MORE
    ) -> Answer:
        """Ask `receipts`, which must know of a sale what the caller was told: that it is closed.

        While `checkout` does not answer, what `receipts` has heard is enough.
        """
        try:
            known = await self.ask(caller, CHECKOUT, ReadSale(sale=command.sale))
        except ServiceUnavailable:
            return await self.ask(caller, RECEIPTS, command, more)
        if known.outcome == "ok":
            how_far = msgspec.json.decode(known.body, type=HowFar)
            command = msgspec.structs.replace(command, at_least=how_far.sequence)
        elif known.outcome not in AWAY:
            return known
        return await self.ask(caller, RECEIPTS, command, more)

    async def log_in(self, body: LogInBody, address: str) -> Answer:
        """Ask for a session; the answer's body is `LoggedIn`, or a refusal.

        Raises `Refused("too_many_attempts")` for an address that tries too many.
        """
        self._count_attempt(address)
        return await self.sessions.log_in(
            LogIn(
                company_code=body.company_code,
                operator_code=body.operator_code,
                password=body.password,
                address=address,
            )
        )

    async def confirm(self, caller: Caller, given: Confirmation, address: str) -> Authority:
        """Return who confirms the caller's request, proven by `store_config`, or refuse.

        Whether the person's role is enough is for the command to say. The password ends here.
        """
        self._count_attempt(address)
        ask = ConfirmOperator(
            operator_code=given.operator_code, password=given.password, address=address
        )
        answer = await self.ask(caller, STORE_CONFIG, ask)
        if answer.outcome in AWAY:
            raise ServiceUnavailable(STORE_CONFIG, sent=True)
        if answer.outcome != "ok":
            refusal = refusal_of(answer)
            raise Refused(answer.outcome, refusal.detail, **refusal.fields)
        person = msgspec.json.decode(answer.body, type=Confirmed)
        return Authority(operator=person.operator, role=person.role, stores=person.stores)

    def read_session(self, caller: Caller) -> SessionView:
        """Return who the caller is."""
        session = caller.session
        return SessionView(
            operator=session.operator,
            name=session.name,
            role=session.role,
            company=session.company,
            company_name=session.company_name,
            stores=session.stores,
            expires_at=session.expires_at,
            csrf_token=csrf_token(caller.token) if caller.by_cookie else None,
        )

    def store(self, caller: Caller, store: str) -> StoreConfiguration:
        """Return a store of the caller's, or refuse: unknown, another company's, not its own."""
        configuration = self._stores.find(caller.session.company, store)
        if configuration is None:
            if not self._stores.caught_up():
                raise ServiceUnavailable("store_config", sent=False)
            raise Refused("unknown_store")
        decide.permit_store(caller.session.stores, store)
        return configuration

    async def read_terminal(self, caller: Caller, store: str, terminal: str) -> TerminalView:
        """Return a terminal as it is now; a silent store makes it `unknown`, never an error."""
        entry = decide.terminal_of(self.store(caller, store), terminal)
        company = caller.session.company
        status = None
        if self.live.present(company, store, self._clock.monotonic()):
            try:
                told = await self._edges.read_terminal(
                    company, store, ReadTerminal(terminal=terminal)
                )
            except StoreUnreachable:
                told = None
            status = told if isinstance(told, TerminalStatus) else None
        return decide.terminal_view(entry, self.live.sight(company, store, terminal), status)

    async def check_terminal(self, caller: Caller, store: str, terminal: str) -> CheckView:
        """決済端末接続確認."""
        decide.terminal_of(self.store(caller, store), terminal)
        told = await self._edges.check_terminal(
            caller.session.company, store, CheckTerminal(terminal=terminal)
        )
        if isinstance(told, UnknownTerminal):
            raise StoreUnreachable(caller.session.company, store)
        return decide.check_view(told if isinstance(told, TerminalStatus) else None)

    async def read_journal(
        self, caller: Caller, store: str, terminal: str, query: JournalQuery
    ) -> JournalView:
        """決済履歴: one page, from the terminal or from the gateway's copy."""
        decide.terminal_of(self.store(caller, store), terminal)
        told = await self._edges.read_journal(
            caller.session.company,
            store,
            ReadJournal(
                terminal=terminal,
                terminal_business_date=query.terminal_business_date,
                media=query.media,
                after=query.after,
                limit=query.limit,
                after_business_date=query.after_business_date,
            ),
        )
        if not isinstance(told, JournalPage):
            raise StoreUnreachable(caller.session.company, store)
        return JournalView(
            entries=told.entries,
            next=told.next,
            source=told.source,
            read_at=told.read_at,
            next_business_date=told.next_business_date,
            complete=told.complete,
        )

    async def check_printer(self, caller: Caller, store: str, printer: str) -> PrinterCheckView:
        """Return how a receipt printer is; a box that does not know it yet counts as silent."""
        if all(one.printer != printer for one in self.store(caller, store).printers):
            raise Refused("unknown_printer")
        company = caller.session.company
        told = await self._edges.check_printer(company, store, CheckPrinter(printer=printer))
        if isinstance(told, UnknownPrinter):
            raise StoreUnreachable(company, store)
        return PrinterCheckView(
            printer=told.printer,
            state=told.state,
            waiting=told.waiting,
            paper_near_end=told.paper_near_end,
        )

    def stores(self, caller: Caller) -> tuple[StoreConfiguration, ...]:
        """Return the stores that the caller may see, as they were published last; all or none."""
        if not self._stores.caught_up():
            raise ServiceUnavailable("store_config", sent=False)
        session = caller.session
        found = self._stores.of_company(session.company)
        return tuple(one for one in found if not session.stores or one.store in session.stores)

    def read_fleet(self, caller: Caller, query: FleetQuery) -> FleetView:
        """機器一覧: the boxes of the stores that the caller may see, as they were heard last."""
        return fleet.view(self.stores(caller), self.live, self._clock.monotonic(), query)

    async def read_audit(self, caller: Caller, query: AuditQuery) -> AuditView:
        """操作履歴, of both who keep it: half of a log would look like all of it."""
        if query.store is not None:
            self.store(caller, query.store)
        settings, sales = audit.asks(query)
        answers = await asyncio.gather(
            self.ask(caller, STORE_CONFIG, settings), self.ask(caller, CHECKOUT, sales)
        )
        return audit.merged([_lines(answer) for answer in answers], query.limit)

    async def create_box(self, caller: Caller, store: str) -> Answer:
        """Have a code made. Not under an `Idempotency-Key`: what is kept for one would be the code.

        Asked again, the first code is taken back.
        """
        return await self.ask(caller, STORE_CONFIG, CreateBox(store=store))

    async def enroll_box(self, body: EnrollBody) -> Answer:
        """Ask whose box it is that shows a code; the answer's body is `Enrolled`."""
        command = body.command()
        return await self._central.ask(STORE_CONFIG, verb_of(command), command)

    def count_enrolment(self, address: str) -> None:
        """Count a code shown from an address, before it is read; refuse one too many."""
        wait_s = self._enrolments.wait_s(address, self._clock.monotonic())
        if wait_s:
            raise Refused("too_many_attempts", retry_after=wait_s)

    def search_fleet(self, caller: Caller, query: FleetQuery) -> list[StoreConfiguration]:
        """Return the stores whose boxes are asked for; `box` tells of each."""
        return fleet.search(self.stores(caller), self.live, self._clock.monotonic(), query)

    def box(self, configuration: StoreConfiguration) -> FleetBox:
        """Return a store's box as it was heard last."""
        return fleet.box_of(configuration, self.live, self._clock.monotonic())

    def now(self) -> datetime:
        """Return the time by our clock, for pages that say what holds today."""
        return self._clock.now()

    def _count_attempt(self, address: str) -> None:
        """Count a password tried from an address; refuse when it is one too many."""
        wait_s = self._attempts.wait_s(address, self._clock.monotonic())
        if wait_s:
            raise Refused("too_many_attempts", retry_after=wait_s)

    async def read_health(self) -> HealthView:
        """Return who is there."""
        return await self._census.count()


def _lines(answer: Answer) -> tuple[AuditLine, ...]:
    if answer.outcome in AWAY:
        raise ServiceUnavailable("audit", sent=True)
    if answer.outcome != "ok":
        refusal = refusal_of(answer)
        raise Refused(answer.outcome, refusal.detail, **refusal.fields)
    return msgspec.json.decode(answer.body, type=AuditFound).lines


class Versioned(Struct, frozen=True):
    """Only the version of a view."""

    version: int


def tagged(reply: Reply) -> Reply:
    """Return an answer with its version as `ETag`, for `If-Match` of a change."""
    version = msgspec.json.decode(reply.body, type=Versioned).version
    return msgspec.structs.replace(reply, headers=(*reply.headers, ("ETag", f'"{version}"')))


def verb_of(command: Message) -> str:
    """Return the verb of a command: its tag."""
    tag = type(command).__struct_config__.tag
    assert isinstance(tag, str)  # noqa: S101 - every command in contracts is tagged
    return tag


def encoded(view: Struct, status: int = 200) -> Reply:
    """Return an own view as an answer."""
    return Reply(status=status, body=msgspec.json.encode(view))
