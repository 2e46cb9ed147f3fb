"""What every message carries beside its own fields, and the one shape of a struct on the wire.

JSON is the wire form: operations and partners read it without our code. W3C trace context and
`Nats-Msg-Id` travel as NATS headers, never in the body.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from contracts.identifiers import CompanyCode, EventId, OperatorCode, PageId, StoreCode

HEADER_MESSAGE_ID: Final = "Nats-Msg-Id"
HEADER_TRACEPARENT: Final = "traceparent"

Body = TypeVar("Body")


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=False, omit_defaults=False):
    """Base of everything that crosses a process border: frozen, keyword-only.

    Fields are only ever added, with defaults, so an older peer's message still decodes and a newer
    peer's unknown fields are ignored.
    """


class Role(StrEnum):
    """What a person may do; see `http-api.md`, People."""

    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PARTNER = "partner"
    PLATFORM = "platform"


class Actor(Message, frozen=True, kw_only=True):
    """Who asks. Every query is bounded by `company`; `stores` empty means all of the company's."""

    company: CompanyCode
    operator: OperatorCode
    role: Role
    stores: tuple[StoreCode, ...] = ()


class Idempotency(Message, frozen=True, kw_only=True):
    """The caller's `Idempotency-Key` and a digest of what was asked under it.

    `fingerprint` is the lower-case hexadecimal SHA-256 of method, path and body.
    """

    key: Annotated[str, Meta(min_length=1, max_length=255)]
    fingerprint: Annotated[str, Meta(min_length=64, max_length=64)]


class Authority(Message, frozen=True, kw_only=True):
    """Who else confirmed it, on the asker's register, with a password that `store_config` checked.

    The password itself goes no further than that (`stores.ConfirmOperator`).
    """

    operator: OperatorCode
    role: Role
    stores: tuple[StoreCode, ...] = ()


class Call(Message, Generic[Body], frozen=True, kw_only=True):
    """A question or command from `front` to a central service, on `svc.<service>.<verb>`.

    `authority` is the `authorised_by` of an override. `page` is the browser page that asks, where
    one does: a register that another page has taken over obeys that one alone. `expects` is the
    version of what is to change as the asker has seen it (`If-Match`): of another one nothing
    changes, and the refusal is `outdated`.
    """

    actor: Actor
    body: Body
    idempotency: Idempotency | None = None
    authority: Authority | None = None
    page: PageId | None = None
    expects: int | None = None


class Answer(Message, frozen=True, kw_only=True):
    """What a central service says to a `Call`.

    `outcome` is `ok`, `created`, `accepted`, or the code of a refusal in `contracts.problems`;
    `body` is then the view asked for, or a `Refusal`. A body stored for an idempotency key comes
    back byte by byte, with `replayed` set.
    """

    outcome: str
    body: Raw = Raw(b"null")
    replayed: bool = False


class Refusal(Message, frozen=True, kw_only=True):
    """Why something was refused; the cashier's words are looked up by `code`.

    `fields` holds what a program needs (`holder`, `limit`, `reason`, `ways`, ...).
    """

    code: str
    detail: str = ""
    fields: dict[str, str | int | bool | list[str] | None] = {}


class Fact(Message, Generic[Body], frozen=True, kw_only=True):
    """Something that happened at the edge, past tense, durable, in the sender's order.

    The sender is one store's gateway: `(epoch, sequence)` orders all its facts, without a gap
    within an epoch; a consumer that sees one asks for it (`ReplayFacts`). `id` is the same on every
    delivery and is the `Nats-Msg-Id`.
    """

    id: EventId
    company: CompanyCode
    store: StoreCode
    epoch: int
    sequence: int
    at: datetime
    body: Body


def encode(message: Struct) -> bytes:
    """Return the wire form (compact JSON, UTF-8)."""
    return msgspec.json.encode(message)
