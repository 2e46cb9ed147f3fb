"""The boxes of stores: each is enrolled once, by a code, and is known by a key of its own.

The private half of that key never leaves the box. What the centre gives out is a token that says
which store the key stands for, for a while; the box has it renewed by itself.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import BoxId, CompanyCode, OperatorCode, StoreCode

CODE_LIFE_S: Final = 1_800
"""A code is made while somebody stands at the box; after 30 minutes it is worth nothing."""

PublicKey = Annotated[
    str,
    Meta(
        pattern=r"^U[A-Z2-7]{55}$(?!\n)",
        description="public half of a NATS user key (nkey)",
    ),
]
Hostname = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$(?!\n)",
        description="what the box calls itself; shown to administrators, believed by nobody",
    ),
]
GivenCode = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Za-z -]{1,64}$(?!\n)",
        description="16 letters and digits, in any case, with or without dashes and blanks",
    ),
]

BoxState = Literal["awaiting", "enrolled", "revoked", "replaced", "expired"]
"""`awaiting` its code being typed, which may have `expired`; `replaced`: another one was enrolled
for the store. One box of a store at most is `enrolled`: it stands for it."""


class CreateBox(Message, tag="create_box", frozen=True, kw_only=True):
    """Make a code with which one box can be enrolled for a store. Admin.

    An enrolled box is not disturbed before the new one is enrolled. A code made earlier for this
    store and not used yet is worth nothing any more.
    """

    store: StoreCode


class BoxCreated(Message, frozen=True, kw_only=True):
    """`code` is shown this once, `XXXX-XXXX-XXXX-XXXX`; it holds until `expires_at`."""

    box: BoxId
    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Name nobody's code, wherever it may be written."""
        return f"BoxCreated(box={self.box!r})"


class RevokeBox(Message, tag="revoke_box", frozen=True, kw_only=True):
    """Let a box be nobody from now on: its code, or its key. Admin.

    Its connection is cut within seconds, and it is never let in again.
    """

    box: BoxId


class ListBoxes(Message, tag="list_boxes", frozen=True, kw_only=True):
    """The boxes of the actor's stores, or of one, or of these. Admin."""

    store: StoreCode | None = None
    stores: tuple[StoreCode, ...] = ()
    """What a page of a long list asks: a chain's boxes, and what they were, are no one message."""


class BoxView(Message, frozen=True, kw_only=True):
    """One box. What did not happen to it yet is null.

    `revoked_at` is also when it was replaced; `revoked_by` is the box that replaced it then.
    `cut_off`: the revocation has reached the message server.
    """

    box: BoxId
    store: StoreCode
    state: BoxState
    created_at: datetime
    created_by: OperatorCode
    code_expires_at: datetime
    enrolled_at: datetime | None = None
    hostname: str | None = None
    token_expires_at: datetime | None = None
    renewed_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    cut_off: bool = False


class BoxList(Message, frozen=True, kw_only=True):
    """By store, the newest first."""

    boxes: tuple[BoxView, ...]


class EnrollBox(Message, tag="enroll_box", frozen=True, kw_only=True):
    """Be the store's box from now on: who has the code may say with which key.

    Asked again with the same code and key while the code holds, the answer is the same; an unknown,
    used or late code, or another key, is refused in one and the same way (`enrolment_refused`).
    """

    code: GivenCode
    public_key: PublicKey
    hostname: Hostname

    def __repr__(self) -> str:
        """Name nobody's code, wherever it may be written."""
        return f"EnrollBox(public_key={self.public_key!r}, hostname={self.hostname!r})"


class Enrolled(Message, frozen=True, kw_only=True):
    """All that a box needs to be its store's: who it is, and where and how to connect.

    `token` is a NATS user JWT for the box's key, until `expires_at`. `ca`: whom to trust on the way
    to `nats_url`, PEM; empty: whom the box's system trusts. `receipts_public_key` is what
    merchant's numbers are sealed for, base64.
    """

    company: CompanyCode
    store: StoreCode
    box: BoxId
    token: str
    expires_at: datetime
    nats_url: str
    ca: str
    receipts_public_key: str


class RenewBox(Message, tag="renew_box", frozen=True, kw_only=True):
    """Let the store's present box be it for longer; any other one gets `not_present_box`.

    Which store it is stands in the subject, where no other store's box may publish. A token is of
    no use without the private half of the key that it is for.
    """

    public_key: PublicKey


class Renewed(Message, frozen=True, kw_only=True):
    """A new token for the same key."""

    token: str
    expires_at: datetime
