"""Who sent this request: bearer token, or session cookie with CSRF protection."""

from datetime import datetime
from ipaddress import ip_address
from typing import Final

from aiohttp import web

from front import attempts, decide, tokens
from front.attempts import Attempts
from front.handlers import Desk
from front.model import Caller, Refused
from front.routes import Route
from servicekit.clock import Clock

FORWARDED_FOR: Final = "X-Forwarded-For"


class Guard:
    """Reads and writes what proves a session. `behind_tls`: a TLS proxy stands in front of us.

    `requests_per_s`: how often one session may ask, so that a page that runs wild keeps nobody else
    waiting; 0: as often as it likes. Who shows tokens that are none is bounded by address.
    """

    def __init__(
        self, desk: Desk, clock: Clock, *, behind_tls: bool, requests_per_s: int = 0
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._requests = attempts.requests(requests_per_s) if requests_per_s else None
        self._strangers = Attempts()
        self.behind_tls = behind_tls

    async def caller(self, request: web.Request, route: Route) -> Caller:
        """Return who may use a route of the table; refuse everybody else."""
        caller = await self.session(request)
        if caller is None:
            raise Refused("not_authenticated")
        if caller.by_cookie and request.method in tokens.UNSAFE_METHODS:
            given = request.headers.get(tokens.CSRF_HEADER)
            if not tokens.csrf_holds(caller.token, given):
                raise Refused("csrf_failed")
        if route.roles is not None:
            decide.permit(caller.session.role, route.roles)
        return caller

    async def session(self, request: web.Request) -> Caller | None:
        """Return who is logged in, or None; for pages, which then show the log-in."""
        bearer = tokens.bearer(request.headers.get("Authorization"))
        by_cookie = bearer is None
        token = bearer or request.cookies.get(tokens.cookie_name(tls=self.behind_tls))
        if token is None:
            return None
        if self._requests is not None:
            self._bound(self._requests.wait_s(token, self._clock.monotonic()))
        try:
            return await self._desk.caller(token, by_cookie=by_cookie)
        except Refused as refused:
            if refused.code != "not_authenticated":
                raise
        self._bound(self._strangers.wait_s(self.address(request), self._clock.monotonic()))
        return None

    def _bound(self, wait_s: int) -> None:
        if wait_s:
            raise Refused("too_many_requests", retry_after=wait_s)

    def check_form(self, request: web.Request, caller: Caller | None, given: str | None) -> None:
        """Refuse a form that no page of ours sent: its `csrf_token`, or for log-in its origin."""
        if caller is not None and caller.by_cookie:
            if not tokens.csrf_holds(caller.token, given):
                raise Refused("csrf_failed")
            return
        if not tokens.same_origin(
            site=request.headers.get("Sec-Fetch-Site"),
            origin=request.headers.get("Origin"),
            host=request.host,
            scheme="https" if self.behind_tls else request.scheme,
        ):
            raise Refused("csrf_failed")

    def remember(self, response: web.StreamResponse, token: str, expires_at: datetime) -> None:
        """Put the session into the browser's cookie."""
        lasts = int((expires_at - self._clock.now()).total_seconds())
        response.set_cookie(
            tokens.cookie_name(tls=self.behind_tls),
            token,
            max_age=max(lasts, 0),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self.behind_tls,
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Take the session out of the browser's cookie."""
        response.del_cookie(
            tokens.cookie_name(tls=self.behind_tls),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self.behind_tls,
        )

    def address(self, request: web.Request) -> str:
        """Return where the request came from: the proxy's word where there is one."""
        told = request.headers.get(FORWARDED_FOR) if self.behind_tls else None
        address = told.rsplit(",", 1)[-1].strip() if told else request.remote or ""
        try:
            return str(ip_address(address))
        except ValueError:
            return ""
