"""Answers to calls, and which of them are kept for an idempotency key. Pure."""

from datetime import datetime
from typing import Final

from msgspec import Raw, Struct

from contracts.envelope import Actor, Answer, Idempotency, Refusal, encode
from contracts.problems import PROBLEMS
from receipts.model import Refused
from receipts.ports import Key, StoredAnswer

DECIDED: Final = frozenset({409, 422})
"""Refusals that are kept: they were decided. Others may succeed when asked again."""

NOT_DECIDED: Final = frozenset({"request_in_progress"})
"""Told before anything was decided: the same key may ask again."""

RETRY_AFTER_S: Final = 2
"""A fact that is on its way is there by then, or its store is cut off."""


def told(view: Struct, outcome: str = "ok") -> Answer:
    """Return what was asked for."""
    return Answer(outcome=outcome, body=Raw(encode(view)))


def refuse(refused: Refused) -> Answer:
    """Return a refusal; one that may be asked again says after how long."""
    fields = dict(refused.fields)
    if PROBLEMS[refused.code].status == 503:  # noqa: PLR2004 - the HTTP status itself
        fields["retry_after"] = RETRY_AFTER_S
    refusal = Refusal(code=refused.code, detail=refused.detail, fields=fields)
    return Answer(outcome=refused.code, body=Raw(encode(refusal)))


def kept(answer: Answer) -> bool:
    """Whether the answer is stored for its key: all that was decided, nothing that was not."""
    problem = PROBLEMS.get(answer.outcome)
    if problem is None:
        return True
    return problem.status in DECIDED and answer.outcome not in NOT_DECIDED


def stored(
    answer: Answer, actor: Actor, idempotency: Idempotency | None, at: datetime
) -> StoredAnswer | None:
    """Return the answer as it is kept, or None where it is not."""
    if idempotency is None or not kept(answer):
        return None
    return StoredAnswer(
        key=key_of(actor, idempotency),
        fingerprint=idempotency.fingerprint,
        outcome=answer.outcome,
        body=bytes(answer.body),
        at=at,
    )


def key_of(actor: Actor, idempotency: Idempotency) -> Key:
    """Return the key in its owner's name."""
    return Key(company=actor.company, operator=actor.operator, key=idempotency.key)


def replay(old: StoredAnswer | None, idempotency: Idempotency) -> Answer:
    """Return the stored answer again; another request under the same key is an error."""
    if old is None:
        return refuse(Refused(code="request_in_progress"))
    if old.fingerprint != idempotency.fingerprint:
        return refuse(Refused(code="idempotency_key_reused"))
    return Answer(outcome=old.outcome, body=Raw(old.body), replayed=True)
