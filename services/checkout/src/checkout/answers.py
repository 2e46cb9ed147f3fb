"""Answers to calls, who may ask what, and which answers are kept for an idempotency key. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Raw, Struct
from msgspec.structs import replace

from checkout.model import Decision, Refused, Sale
from checkout.ports import Key, StoredAnswer
from checkout.views import sale_view, tender_view
from contracts.envelope import Actor, Answer, Idempotency, Refusal, Role, encode
from contracts.problems import PROBLEMS
from contracts.stores import StoreConfiguration

MAY_CHANGE: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN})
"""An auditor reads; partners and the platform's people do not ring up."""

DECIDED: Final = frozenset({409, 422})
"""Refusals that are kept: they were decided upon the sale. Others may succeed when asked again."""

NOT_DECIDED: Final = frozenset({"register_taken_over", "request_in_progress"})
"""Told before anything was decided: the same key may ask again."""

RETRY_AFTER_S: Final = 2
"""A store out of reach is looked for every second by its heartbeats."""


class Reply(Struct, frozen=True, kw_only=True):
    """How a decision is told to who asked: the outcome's word, and which view."""

    outcome: str
    body: Callable[[Sale], bytes]


def of_sale(outcome: str = "ok") -> Reply:
    """Answer with the whole sale."""
    return Reply(outcome=outcome, body=lambda sale: encode(sale_view(sale)))


def of_tender(outcome: str, number: int | None = None) -> Reply:
    """Answer with one tender: that number, or the one opened last."""

    def body(sale: Sale) -> bytes:
        tender = sale.tender(sale.tenders_opened if number is None else number)
        return b"null" if tender is None else encode(tender_view(tender))

    return Reply(outcome=outcome, body=body)


def of_refund(outcome: str, number: int) -> Reply:
    """Answer with the tender, and with the kind of refund and the numbers the terminal asks for."""

    def body(sale: Sale) -> bytes:
        tender = sale.tender(number)
        if tender is None:
            return b"null"
        refund = tender.refund
        view = tender_view(tender)
        return encode(view if refund is None else replace(view, kind=str(refund.kind)))

    return Reply(outcome=outcome, body=body)


def answer_to(decided: Decision | Refused, reply: Reply) -> Answer:
    """Return what the caller hears."""
    if isinstance(decided, Refused):
        return refuse(decided)
    return Answer(outcome=reply.outcome, body=Raw(reply.body(decided.sale)))


def refuse(refused: Refused) -> Answer:
    """Return a refusal; one that may be asked again says after how long."""
    fields = dict(refused.fields)
    if PROBLEMS[refused.code].status == 503:  # noqa: PLR2004 - the HTTP status itself
        fields["retry_after_s"] = RETRY_AFTER_S
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


def sees(actor: Actor, store: str) -> bool:
    """Whether the operator may know of that store of its company."""
    return not actor.stores or store in actor.stores


def refuse_place(
    actor: Actor, configuration: StoreConfiguration | None, store: str, register: str | None
) -> Refused | None:
    """Return why there is no such store or register for this operator, if there is none."""
    if configuration is None or not sees(actor, store):
        return Refused(code="unknown_store", fields={"store": store})
    registers = {entry.register for entry in configuration.registers}
    if register is not None and register not in registers:
        return Refused(code="unknown_register", fields={"register": register})
    return None


def paired_terminal(configuration: StoreConfiguration | None, register: str) -> str | None:
    """Return the terminal that the register holds."""
    if configuration is None:
        return None
    return next(
        (entry.terminal for entry in configuration.terminals if entry.paired_register == register),
        None,
    )
