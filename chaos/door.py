"""The HTTP door as a register uses it: the same key again until there is a definite answer."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from msgspec import Struct

from servicekit.clock import Clock
from supervisor.demo import Operator

ANSWER_S: Final = 12.0
"""A door that says nothing for so long is taken for dead, and asked again."""

AGAIN_S: Final = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Between tries; the last pause goes on."""

GIVE_UP_S: Final = 90.0
"""No outage here is that long: a request without an answer for so long is a finding."""

IN_PROGRESS: Final = "request_in_progress"
AWAY: Final = "terminal_unreachable"


class NoAnswerError(Exception):
    """Nobody gave a definite answer within `GIVE_UP_S`."""


class Answer(Struct, frozen=True, kw_only=True):
    """What the door said at last, after so many tries."""

    status: int
    body: Any
    tries: int

    @property
    def code(self) -> str:
        """The problem's code; empty when there is none."""
        return "" if self.status < HTTPStatus.BAD_REQUEST else str(self.body.get("code", ""))


class Door:
    """One operator's way in, for many tills."""

    def __init__(self, api: str, operator: Operator, clock: Clock, rng: random.Random) -> None:
        self._api = f"{api}/api/v1"
        self._operator = operator
        self._clock = clock
        self._rng = rng
        self._token = ""
        self._session: aiohttp.ClientSession | None = None
        self._logging_in = asyncio.Lock()
        self.retried = 0
        """How often a POST had to be sent again."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator["Door"]:
        """Hold connections open while it is used."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=ANSWER_S),
        ) as self._session:
            yield self

    async def post(self, path: str, body: object, *, patience_s: float | None = None) -> Answer:
        """POST under a key of its own until the answer is definite.

        `terminal_unreachable` is returned when it stands for `patience_s`: by the contract nothing
        was begun. Whatever has no end within `GIVE_UP_S` raises `NoAnswerError`.
        """
        key = f"chaos-{self._rng.getrandbits(96):024x}"
        return await self._insist("POST", path, body, key, patience_s)

    async def get(self, path: str) -> Answer:
        """GET until there is an answer."""
        return await self._insist("GET", path, None, "", None)

    async def _insist(
        self, method: str, path: str, body: object, key: str, patience_s: float | None
    ) -> Answer:
        began = self._clock.monotonic()
        tries = 0
        while True:
            tries += 1
            answer = await self._try(method, path, body, key, tries)
            if answer is not None and _definite(answer):
                return answer
            waited_s = self._clock.monotonic() - began
            impatient = patience_s is not None and waited_s > patience_s
            if answer is not None and answer.code == AWAY and impatient:
                return answer
            if waited_s > GIVE_UP_S:
                raise NoAnswerError(f"{method} {path}: {tries} tries, last {answer}")
            if method == "POST":
                self.retried += 1
            pause_s = AGAIN_S[min(tries, len(AGAIN_S)) - 1]
            await asyncio.sleep(pause_s * (0.5 + self._rng.random()))

    async def _try(
        self, method: str, path: str, body: object, key: str, tries: int
    ) -> Answer | None:
        """Ask once; None when there is no answer at all."""
        assert self._session is not None, "opened() comes first"
        headers = {"Authorization": f"Bearer {self._token}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        try:
            async with self._session.request(
                method, f"{self._api}{path}", json=body, headers=headers
            ) as got:
                told = await got.json(content_type=None)
                answer = Answer(status=got.status, body=told, tries=tries)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self._log_in(self._token)
            return None
        return answer

    async def _log_in(self, old: str) -> None:
        assert self._session is not None, "opened() comes first"
        async with self._logging_in:
            if self._token != old:
                return
            person = self._operator
            body = {
                "company_code": person.company_code,
                "operator_code": person.operator_code,
                "password": person.password,
            }
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
                async with self._session.post(f"{self._api}/login", json=body) as got:
                    if got.status == HTTPStatus.OK:
                        self._token = (await got.json())["token"]


def _definite(answer: Answer) -> bool:
    """Whether asking again under the same key could bring something else."""
    later = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    later = later or answer.status == HTTPStatus.TOO_MANY_REQUESTS
    return not later and answer.code != IN_PROGRESS
