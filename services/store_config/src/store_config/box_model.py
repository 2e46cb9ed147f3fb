"""The boxes of stores, as data."""

from datetime import datetime
from typing import Literal, NamedTuple

from contracts.envelope import Message
from contracts.identifiers import BoxId, CompanyCode, OperatorCode, StoreCode

Standing = Literal["awaiting", "enrolled", "revoked", "replaced"]
"""What is written down; that a code has expired is for the clock to say."""


class Box(Message, frozen=True, kw_only=True):
    """One box, from the code that was made for it until nobody lets it in any more.

    `code_digest` is the SHA-256 of the code, which nobody keeps. `key_issued_at` is when the last
    token was issued that it was given, by enrolment or renewal. `ended_by` is an operator, or the
    box that took its place. `cut_off`: the message server has acknowledged that its key is no more.
    """

    box: BoxId
    company: CompanyCode
    store: StoreCode
    state: Standing
    version: int
    created_at: datetime
    created_by: OperatorCode
    code_digest: bytes
    code_expires_at: datetime
    public_key: str | None = None
    hostname: str | None = None
    enrolled_at: datetime | None = None
    key_issued_at: datetime | None = None
    token_expires_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    cut_off: bool = False


class BoxStep(Message, frozen=True, kw_only=True):
    """What happens to one box; `before` None: it is new. `after.version` is one more."""

    action: str
    before: Box | None
    after: Box


class Place(Message, frozen=True, kw_only=True):
    """Where a box belongs, as it is told beside who it is; see `contracts.boxes.Enrolled`."""

    nats_url: str
    ca: str
    receipts_public_key: str


class RevokedKey(Message, frozen=True, kw_only=True):
    """A key that stands for nobody any more."""

    box: BoxId
    public_key: str
    at: datetime


class Ended(NamedTuple):
    """How many keys are over and still named to the message server."""

    of_store: int
    of_all: int
