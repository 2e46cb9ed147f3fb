"""The flow of each request: who may, whom to ask, what to answer. No HTTP in it."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from contracts.envelope import Answer, Call, Idempotency, Message
from contracts.operations import (
    CheckTerminal,
    JournalPage,
    ReadJournal,
    ReadTerminal,
    TerminalStatus,
    UnknownTerminal,
)
from contracts.stores import LogIn, StoreConfiguration
from front import decide, overlay
from front.attempts import Attempts
from front.live import Live
from front.model import (
    Caller,
    CheckView,
    HealthView,
    JournalQuery,
    JournalView,
    LogInBody,
    Refused,
    Reply,
    SessionView,
    TerminalView,
)
from front.ports import Census, Central, Edges, ServiceUnavailable, Stores, StoreUnreachable
from front.problems import reply_of
from front.routes import Route
from front.sessions import Sessions
from front.tokens import csrf_token
from servicekit.clock import Clock

NO_CONTENT: Final = Reply(status=204, body=b"")

_OVERLAYS: Final[Mapping[str, Callable[[bytes, overlay.ScreenOf], bytes]]] = {
    "read_sale": overlay.over_sale,
    "find_sales": overlay.over_page,
    "read_register": overlay.over_register,
}
"""Routes on whose answers live screens belong."""


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

    async def caller(self, token: str, *, by_cookie: bool) -> Caller:
        """Return who a token belongs to, or refuse with `not_authenticated`."""
        session = await self.sessions.resolve(token)
        return Caller(session=session, token=token, by_cookie=by_cookie)

    async def ask(
        self,
        caller: Caller,
        service: str,
        command: Message,
        idempotency: Idempotency | None = None,
    ) -> Answer:
        """Ask a central service in the caller's name; raise `ServiceUnavailable`."""
        call = Call(actor=caller.actor(), body=command, idempotency=idempotency)
        return await self._central.ask(service, verb_of(command), call)

    async def pass_on(
        self, caller: Caller, route: Route, command: Message, idempotency: Idempotency | None
    ) -> Reply:
        """Ask what a route of the table asks, and lay the live screens over the answer."""
        assert route.service is not None  # noqa: S101 - the table's own shape
        reply = reply_of(await self.ask(caller, route.service, command, idempotency))
        lay = _OVERLAYS.get(route.name)
        if lay is None or reply.status != 200:  # noqa: PLR2004 - HTTP's own number
            return reply
        body = lay(reply.body, self.live.screen_of)
        return reply if body is reply.body else msgspec.structs.replace(reply, body=body)

    async def log_in(self, body: LogInBody, address: str) -> Answer:
        """Ask for a session; the answer's body is `LoggedIn`, or a refusal.

        Raises `Refused("too_many_attempts")` for an address that tries too many.
        """
        wait_s = self._attempts.wait_s(address, self._clock.monotonic())
        if wait_s:
            raise Refused("too_many_attempts", retry_after=wait_s)
        return await self.sessions.log_in(
            LogIn(
                company_code=body.company_code,
                operator_code=body.operator_code,
                password=body.password,
                address=address,
            )
        )

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
            ),
        )
        if not isinstance(told, JournalPage):
            raise StoreUnreachable(caller.session.company, store)
        return JournalView(
            entries=told.entries, next=told.next, source=told.source, read_at=told.read_at
        )

    async def read_health(self) -> HealthView:
        """Return who is there."""
        return await self._census.count()


def verb_of(command: Message) -> str:
    """Return the verb of a command: its tag."""
    tag = type(command).__struct_config__.tag
    assert isinstance(tag, str)  # noqa: S101 - every command in contracts is tagged
    return tag


def encoded(view: Struct, status: int = 200) -> Reply:
    """Return an own view as an answer."""
    return Reply(status=status, body=msgspec.json.encode(view))
