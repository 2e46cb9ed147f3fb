"""The flow of log-in and sessions.

A wrong company, operator or password gives the same words after the same work. Attempts of one
operator code from one address go one after another, so that a burst of guesses cannot outrun the
count of failures.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from contracts.envelope import Answer, Call
from contracts.stores import (
    Confirmed,
    ConfirmOperator,
    LoggedIn,
    LogIn,
    LogOut,
    ResolveSession,
    Session,
)
from servicekit.clock import Clock
from servicekit.ids import Ids
from store_config import decide
from store_config.keeping import ok, refusal
from store_config.model import LoginKey, OpenSession, Operator, Refused
from store_config.ports import Passwords, People


class _Turn:
    """Whose turn it is for one key, and how many wait for it or have it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class PeopleHandlers:
    """One method per verb; bare structs, since nobody is known yet."""

    def __init__(self, people: People, passwords: Passwords, clock: Clock, ids: Ids) -> None:
        """Everything that log-in needs; no state but who is being checked right now."""
        self._people = people
        self._passwords = passwords
        self._clock = clock
        self._ids = ids
        self._checking: dict[LoginKey, _Turn] = {}

    async def log_in(self, asked: LogIn) -> Answer:
        """Answer `LoggedIn`, `invalid_credentials`, or `too_many_attempts` with `retry_after`."""
        key = LoginKey(
            company=asked.company_code, operator=asked.operator_code, address=asked.address
        )
        checked = await self._checked(key, asked.password, wrong="invalid_credentials")
        if isinstance(checked, Refused):
            return refusal(checked)
        return ok(await self._opened(checked))

    async def confirm_operator(self, call: Call[ConfirmOperator]) -> Answer:
        """Answer `Confirmed`, `authorisation_refused`, or `too_many_attempts`; opens nothing.

        Attempts count with the log-ins of the same code from the same address: a register is no
        second way to guess at a manager's password.
        """
        if not decide.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        asked = call.body
        key = LoginKey(
            company=call.actor.company, operator=asked.operator_code, address=asked.address
        )
        checked = await self._checked(key, asked.password, wrong="authorisation_refused")
        if isinstance(checked, Refused):
            return refusal(checked)
        return ok(
            Confirmed(
                operator=checked.operator,
                name=checked.name,
                role=checked.role,
                stores=checked.stores,
            )
        )

    async def resolve_session(self, asked: ResolveSession) -> Answer:
        """Answer the `Session`, or `not_authenticated`."""
        now = self._clock.now()
        digest = digest_of(asked.token)
        session = await self._people.session(digest)
        if session is None or not decide.session_lives(session, now):
            return refusal(Refused(code="not_authenticated"))
        if decide.session_touched(session, now):
            await self._people.touch(digest, now)
        return ok(
            Session(
                operator=session.operator,
                name=session.name,
                role=session.role,
                company=session.company,
                company_name=session.company_name,
                stores=session.stores,
                expires_at=session.expires_at,
            )
        )

    async def log_out(self, asked: LogOut) -> Answer:
        """End the session; a token that is none is answered alike."""
        await self._people.end_session(digest_of(asked.token))
        return Answer(outcome="ok")

    async def _checked(self, key: LoginKey, password: str, *, wrong: str) -> Operator | Refused:
        """Return who it is, or why not (`wrong`: the code of a refusal that tells nothing)."""
        async with self._alone(key):
            failures = await self._people.failures(key)
            wait = decide.wait_s(failures, self._clock.now())
            if wait > 0:
                return Refused(code="too_many_attempts", fields={"retry_after": wait})
            operator = await self._people.find(key.company, key.operator)
            known = None if operator is None else operator.password_hash
            if not await self._passwords.matches(known, password) or operator is None:
                now = self._clock.now()
                await self._people.note_failure(key, decide.next_failures(failures, now))
                return Refused(code=wrong)
            if failures is not None:
                await self._people.forget_failures(key)
        return operator

    async def _opened(self, operator: Operator) -> LoggedIn:
        now = self._clock.now()
        token = self._ids.token()
        session = OpenSession(
            digest=digest_of(token),
            company=operator.company,
            company_name=operator.company_name,
            operator=operator.operator,
            name=operator.name,
            role=operator.role,
            stores=operator.stores,
            last_used_at=now,
            expires_at=now + timedelta(seconds=decide.SESSION_MAX_S),
        )
        await self._people.open_session(session, now)
        return LoggedIn(
            token=token,
            operator=operator.operator,
            name=operator.name,
            role=operator.role,
            company=operator.company,
            company_name=operator.company_name,
            stores=operator.stores,
            expires_at=session.expires_at,
        )

    @asynccontextmanager
    async def _alone(self, key: LoginKey) -> AsyncGenerator[None]:
        turn = self._checking.setdefault(key, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if turn.users == 0:
                del self._checking[key]


def digest_of(token: str) -> bytes:
    """Return what is kept of a token. It is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()
