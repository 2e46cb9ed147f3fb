"""Who a token belongs to, asked of `store_config` and remembered for a moment.

A session ended elsewhere is refused here `FRESH_S` later at the latest.
"""

from typing import Final

import msgspec

from contracts.envelope import Answer
from contracts.stores import LogIn, LogOut, ResolveSession, Session
from front.model import TOKEN_SIZE_MAX, Refused
from front.ports import Central, ServiceUnavailable
from front.problems import refusal_of
from front.routes import STORE_CONFIG
from servicekit.clock import Clock

FRESH_S: Final = 5.0
"""A dismissed cashier is out within five seconds; a till's next tap costs no question."""

GRACE_S: Final = 60.0
"""A restart of `store_config` must not stop the tills; who was dismissed gains a minute by it."""

AWAY: Final = frozenset({"service_unavailable", "internal_error"})
"""Answers of a service that cannot say: no word about the session."""

SESSIONS_MAX: Final = 20_000
"""Sessions remembered at once: more than a large chain has people at work."""


class Sessions:
    """Resolves tokens, with a small memory."""

    def __init__(self, central: Central, clock: Clock) -> None:
        self._central = central
        self._clock = clock
        self._known: dict[str, tuple[Session, float]] = {}

    async def resolve(self, token: str) -> Session:
        """Return the session behind a token, or raise `Refused("not_authenticated")`.

        While `store_config` is away, who was known lately stays known; others cannot be told.
        """
        now_s = self._clock.monotonic()
        known = self._known.get(token)
        if known is not None and self._clock.now() >= known[0].expires_at:
            known = None
        if known is not None and now_s - known[1] < FRESH_S:
            return known[0]
        if not token or len(token) > TOKEN_SIZE_MAX or not token.isascii():
            raise Refused("not_authenticated")
        try:
            session = await self._asked(token)
        except ServiceUnavailable:
            if known is not None and now_s - known[1] < GRACE_S:
                return known[0]
            raise
        while len(self._known) >= SESSIONS_MAX:
            del self._known[next(iter(self._known))]
        self._known[token] = (session, now_s)
        return session

    async def _asked(self, token: str) -> Session:
        ask = ResolveSession(token=token)
        answer = await self._central.ask(STORE_CONFIG, "resolve_session", ask)
        if answer.outcome in AWAY:
            raise ServiceUnavailable(STORE_CONFIG, sent=True)
        if answer.outcome != "ok":
            self._known.pop(token, None)
            raise Refused(answer.outcome, refusal_of(answer).detail)
        return msgspec.json.decode(answer.body, type=Session)

    async def log_in(self, message: LogIn) -> Answer:
        """Ask for a new session; the answer's body is `LoggedIn`."""
        return await self._central.ask(STORE_CONFIG, "log_in", message)

    async def log_out(self, token: str) -> None:
        """End a session, here at once."""
        self._known.pop(token, None)
        answer = await self._central.ask(STORE_CONFIG, "log_out", LogOut(token=token))
        if answer.outcome not in {"ok", "accepted", "not_authenticated"}:
            raise Refused(answer.outcome, refusal_of(answer).detail)
