"""A change that is asked for twice is made once, and answered the same: kept answers.

Two at once under one key: the second is refused, here or by the record.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from msgspec import Raw, Struct

from contracts.envelope import Answer, Call, encode
from servicekit import answers
from servicekit.clock import Clock
from store_config.model import AnswerKey, KeptAnswer, Refused
from store_config.ports import KeyTaken, Outdated, Stores

ATTEMPTS_MAX: Final = 8
"""Each lost race means that somebody else's change was written; eight in a row are no accident."""

Attempt = Callable[[], Awaitable[Answer]]
"""Reads, decides and writes, once; raises `Outdated` where somebody else has written meanwhile."""


class Keeping:
    """One per process: it also knows which keys are under way in it."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._under_way: set[AnswerKey] = set()

    async def once(self, call: Call[Any], attempt: Attempt) -> Answer:
        """Give the kept answer to a repeat, and refuse one that overtakes its own first try.

        An attempt that raises `Outdated` is decided anew upon what was written meanwhile.
        """
        if call.idempotency is None:
            return await settled(attempt)
        key = _answer_key(call)
        if key is None or key in self._under_way:
            return refusal(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            return await self._recalled(call, key) or await settled(attempt)
        except KeyTaken:
            return await self._recalled(call, key) or refusal(Refused(code="request_in_progress"))
        finally:
            self._under_way.discard(key)

    async def kept(self, call: Call[Any], answer: Answer) -> Answer:
        """Keep an answer that has no step to commit with, and return it."""
        kept = self.to_keep(call, answer)
        if kept is not None:
            await self._stores.keep(kept)
        return answer

    def to_keep(self, call: Call[Any], answer: Answer) -> KeptAnswer | None:
        """Return what is kept of an answer, together with its step."""
        key = _answer_key(call)
        if key is None or call.idempotency is None or not answers.is_kept(answer):
            return None
        return KeptAnswer(
            key=key,
            fingerprint=call.idempotency.fingerprint,
            outcome=answer.outcome,
            body=bytes(answer.body),
            at=self._clock.now(),
        )

    async def _recalled(self, call: Call[Any], key: AnswerKey) -> Answer | None:
        kept = await self._stores.recall(key, self._clock.now())
        if kept is None or call.idempotency is None:
            return None
        return answers.replayed(kept, call.idempotency)


async def settled(attempt: Attempt) -> Answer:
    """Decide anew upon what was written meanwhile, as often as it takes."""
    for _ in range(ATTEMPTS_MAX):
        with suppress(Outdated):
            return await attempt()
    return refusal(Refused(code="changed_meanwhile"))


def ok(body: Struct | None, outcome: str = "ok") -> Answer:
    """Return what was asked for; None: it is done, and there is nothing to say about it."""
    return Answer(outcome=outcome, body=Raw(b"null" if body is None else encode(body)))


def refusal(refused: Refused) -> Answer:
    """Return a refusal in the wire form that `front` maps to HTTP."""
    return answers.refused(refused.code, refused.detail, refused.fields)


def _answer_key(call: Call[Any]) -> AnswerKey | None:
    if call.idempotency is None:
        return None
    return AnswerKey(
        company=call.actor.company, operator=call.actor.operator, key=call.idempotency.key
    )
