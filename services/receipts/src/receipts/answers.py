"""Answers to calls, and which of them are kept for an idempotency key. Pure."""

from datetime import datetime

from msgspec import Raw, Struct

from contracts.envelope import Actor, Answer, Idempotency, encode
from receipts.model import Refused
from receipts.ports import Key, StoredAnswer
from servicekit import answers


def told(view: Struct, outcome: str = "ok") -> Answer:
    """Return what was asked for."""
    return Answer(outcome=outcome, body=Raw(encode(view)))


def refuse(refused: Refused) -> Answer:
    """Return a refusal; one that may be asked again says after how long."""
    return answers.refused(refused.code, refused.detail, refused.fields)


def stored(
    answer: Answer, actor: Actor, idempotency: Idempotency | None, at: datetime
) -> StoredAnswer | None:
    """Return the answer as it is kept, or None where it is not."""
    if idempotency is None or not answers.is_kept(answer):
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
    return answers.replayed(old, idempotency)
