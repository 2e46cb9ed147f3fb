"""The words and records that link messages and the terminal's own memory share.

Structs are frozen and keyword-only. Brand, media, screen name and reason are open strings: a peer
that does not know one shows or keeps it as it is. Times are the terminal's own clock and carry its
offset; they are not to be trusted, `number` is.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Kind(StrEnum):
    """One thing asked of a terminal: 売上, 取消 or 返品."""

    PAYMENT = "payment"
    VOID = "void"
    RETURN = "return"


class Outcome(StrEnum):
    """How an operation ended, by the terminal's own word."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    """処理未了: an e-money touch that broke off."""


class EntryState(StrEnum):
    """State of a journal entry: an outcome, or `pending`, which proves nothing."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    PENDING = "pending"
    """The terminal still waits for its centre."""


class Phase(StrEnum):
    """How far the operation on the glass has come."""

    IDLE = "idle"
    """No operation is open."""
    AWAITING_CUSTOMER = "awaiting_customer"
    """Nothing was read yet: an abort is taken."""
    READ = "read"
    """Card, e-money or code was read: an abort is refused."""
    DONE = "done"
    """The outcome stands; the glass still shows it."""


MEDIA_CARD: Final = "card"
MEDIA_EMONEY: Final = "emoney"
MEDIA_CODE: Final = "code"

ENTRY_IC: Final = "ic"
ENTRY_MAGNETIC: Final = "magnetic"
ENTRY_CONTACTLESS: Final = "contactless"
ENTRY_CODE: Final = "code"

REASON_RESET: Final = "reset"
"""Cancelled: リセット was tapped on the terminal."""
REASON_ABORTED: Final = "aborted"
"""Cancelled: the register's `Abort` was taken."""
REASON_NOT_AT_CENTRE: Final = "not_at_centre"
"""Cancelled: asked again, the centre had never heard of it."""


class Wire(Struct, frozen=True, kw_only=True):
    """Base of everything on the link."""


class Abilities(Wire, frozen=True, kw_only=True):
    """What this terminal's link can do; one that it lacks is answered with `NotSupported`."""

    abort: bool = True
    progress: bool = True
    """`Progress` is sent."""
    journal: bool = True
    echo: bool = True
    """The operation id comes back in results, progress and journal; without it they carry None."""


class Screen(Wire, frozen=True, kw_only=True):
    """The glass: a stable name, its lines from top to bottom, the labels of the keys on it."""

    name: str
    lines: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Slip(Wire, frozen=True, kw_only=True):
    """The fields of one slip, manual 3-2. An empty value still has its label on the paper.

    Numbers are masked before they come here; `used_at` is `YYYY/MM/DD hh:mm:ss` as printed.
    """

    slip_number: str
    title: str
    merchant_name: str
    merchant_phone: str
    used_at: str
    transaction: str
    """取引内容: 売上, 取消 or 返品."""
    amount: int
    total: int
    card_number: str | None = None
    """First six and last four digits."""
    member_number: str | None = None
    """会員番号 of an e-money, as the customer's copy shows it."""
    other_card_settlement: str = ""
    """その他カード決済: `CL`, `IC` or `MS`."""
    expiry: str = ""
    payment_condition: str = ""
    handling: str = ""
    product: str = ""
    card_company: str = ""
    approval_code: str = ""
    processing_number: str = ""
    arc: str = ""
    atc: str = ""
    sequence_label: str = ""
    application_id: str = ""
    application_label: str = ""
    sales_area: str = ""
    clerk: str = ""
    upper_terminal_id: str = ""
    inquiry_number: str = ""
    order_number: str | None = None
    signature_required: bool = False


class MerchantMask(Wire, frozen=True, kw_only=True):
    """会員番号 of an e-money as the merchant's copy shows it: `6900 1111 0023 0***`.

    Beside a slip's own mask it is the whole number: it travels and is kept apart from every slip,
    and never shows in a repr, which may end in a log.
    """

    shown: str

    def __repr__(self) -> str:
        return "MerchantMask(…)"


class JournalEntry(Wire, frozen=True, kw_only=True):
    """One line of the terminal's journal. Key outside: (serial, day, slip number).

    `number` counts the terminal's operations from its first power-on: never repeated, no gap.
    """

    number: int
    slip_number: str
    terminal_business_date: str
    """YYYY-MM-DD."""
    kind: Kind
    state: EntryState
    amount: int
    at: datetime
    operation_id: str | None = None
    media: str = ""
    brand: str = ""
    entry: str = ""
    reason: str = ""
    order_number: str | None = None
    voids: str | None = None
    """The slip number that this entry gives back."""
    slip: Slip | None = None


class TotalLine(Wire, frozen=True, kw_only=True):
    """One line of the day's totals: approved operations of one media and kind."""

    media: str
    kind: Kind
    count: int
    amount: int
