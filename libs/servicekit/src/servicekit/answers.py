"""Answers of a central service: how it refuses, and which answers an idempotency key keeps. Pure.

One rule for all of them: a register that asks `receipts` waits and repeats as it does with
`checkout`.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from msgspec import Raw

from contracts.envelope import Answer, Idempotency, Refusal, encode
from contracts.problems import PROBLEMS

FieldValue = str | int | bool | list[str] | None

DECIDED: Final = frozenset({409, 422})
"""Refusals that are kept: they were decided. Others may succeed when asked again."""

NOT_DECIDED: Final = frozenset({"register_taken_over", "request_in_progress"})
"""Told before anything was decided: the same key may ask again."""

RETRY_AFTER: Final = "retry_after"
"""The field that `front` reads for `Retry-After`, in whole seconds."""

RETRY_AFTER_S: Final = 2
"""A store out of reach is looked for every second by its heartbeats, and a fact that is on its way
is there by then."""

UNAVAILABLE: Final = 503


class Kept(Protocol):
    """An answer as a service keeps it under a key."""

    @property
    def fingerprint(self) -> str:
        """Return of which request."""
        ...

    @property
    def outcome(self) -> str:
        """Return `Answer.outcome`."""
        ...

    @property
    def body(self) -> bytes:
        """Return `Answer.body`, byte by byte."""
        ...


def refused(code: str, detail: str = "", fields: Mapping[str, FieldValue] | None = None) -> Answer:
    """Return a refusal in the wire form; one that may be asked again says after how long."""
    told = dict(fields or {})
    if PROBLEMS[code].status == UNAVAILABLE:
        told.setdefault(RETRY_AFTER, RETRY_AFTER_S)
    return Answer(outcome=code, body=Raw(encode(Refusal(code=code, detail=detail, fields=told))))


def is_kept(answer: Answer) -> bool:
    """Whether the answer is stored for its key: all that was decided, nothing that was not."""
    problem = PROBLEMS.get(answer.outcome)
    if problem is None:
        return True
    return problem.status in DECIDED and answer.outcome not in NOT_DECIDED


def replayed(kept: Kept, idempotency: Idempotency) -> Answer:
    """Return the stored answer again; another request under the same key is an error."""
    if kept.fingerprint != idempotency.fingerprint:
        return refused("idempotency_key_reused")
    return Answer(outcome=kept.outcome, body=Raw(kept.body), replayed=True)
