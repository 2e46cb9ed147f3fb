"""Answers to calls, who may ask what, and which answers are kept for an idempotency key. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Raw, Struct
from msgspec.structs import replace

from checkout.model import Decision, Refused, Sale
from checkout.ports import Key, StoredAnswer
from checkout.views import sale_view, tender_view
from contracts.envelope import Actor, Answer, Idempotency, Role, encode
from contracts.stores import StoreConfiguration
from servicekit import answers

MAY_CHANGE: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN})
"""An auditor reads; partners and the platform's people do not ring up."""


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
