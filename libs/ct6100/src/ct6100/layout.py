"""The numbers on the wire: a code for each message, a tag and a form for each field.

One tag means one thing in every message and group. Numbers are never reused for something else; a
reader skips tags that it does not know, so that fields can be added. `docs/link-protocol.md` shows
these tables, and a test holds the two together.
"""

from enum import Enum, StrEnum
from typing import Final

from msgspec import Struct

from ct6100 import messages as m
from ct6100.records import (
    Abilities,
    EntryState,
    JournalEntry,
    Kind,
    Outcome,
    Phase,
    Screen,
    Slip,
    TotalLine,
    Wire,
)


class Form(Enum):
    """How a field's value stands in bytes."""

    U32 = "U32"
    """Unsigned, 4 bytes, big-endian."""
    U64 = "U64"
    """Unsigned, 8 bytes, big-endian."""
    FLAG = "FLAG"
    """1 byte: 00 no, 01 yes."""
    CODE = "CODE"
    """1 byte: a word of `CODES`."""
    ASCII = "ASCII"
    """Bytes 20 to 7E, at most `TEXT_MAX`."""
    TEXT = "TEXT"
    """Shift_JIS (cp932) as the terminal prints it, at most `TEXT_MAX` bytes; 5C is ¥."""
    DATE = "DATE"
    """10 bytes ASCII: YYYY-MM-DD."""
    TIME = "TIME"
    """29 bytes ASCII: YYYY-MM-DDThh:mm:ss.sss+hh:mm."""
    GROUP = "GROUP"
    """Fields, one after the other, as in a message."""


class Field(Struct, frozen=True):
    """One row of `FIELDS`: `words` for CODE, `group` for GROUP; `many` may come several times."""

    tag: int
    form: Form
    words: type[StrEnum] | None = None
    group: type[Wire] | None = None
    many: bool = False


MESSAGES: Final[dict[int, type[Wire]]] = {
    0x01: m.Connect,
    0x02: m.Hello,
    0x03: m.ConnectRefused,
    0x04: m.Disconnect,
    0x05: m.AskStatus,
    0x06: m.Status,
    0x07: m.Ping,
    0x08: m.Pong,
    0x09: m.NotSupported,
    0x10: m.Start,
    0x11: m.Started,
    0x12: m.StartRefused,
    0x13: m.Progress,
    0x14: m.Abort,
    0x15: m.AbortAnswer,
    0x16: m.Result,
    0x17: m.ResultStored,
    0x20: m.AskJournal,
    0x21: m.Journal,
    0x22: m.AskDayTotals,
    0x23: m.DayTotals,
    0x24: m.CloseDay,
    0x25: m.DayClosed,
    0x26: m.CloseRefused,
    0x30: m.AskMerchantNumber,
    0x31: m.MerchantNumber,
}

CODES: Final[dict[type[StrEnum], dict[int, StrEnum]]] = {
    Kind: {0x01: Kind.PAYMENT, 0x02: Kind.VOID, 0x03: Kind.RETURN},
    Outcome: {
        0x01: Outcome.APPROVED,
        0x02: Outcome.DECLINED,
        0x03: Outcome.CANCELLED,
        0x04: Outcome.INCOMPLETE,
    },
    EntryState: {
        0x01: EntryState.APPROVED,
        0x02: EntryState.DECLINED,
        0x03: EntryState.CANCELLED,
        0x04: EntryState.INCOMPLETE,
        0x05: EntryState.PENDING,
    },
    Phase: {
        0x01: Phase.IDLE,
        0x02: Phase.AWAITING_CUSTOMER,
        0x03: Phase.READ,
        0x04: Phase.DONE,
    },
}

FIELDS: Final[dict[str, Field]] = {
    # who speaks
    "version": Field(0x01, Form.U32),
    "register": Field(0x02, Form.ASCII),
    "serial": Field(0x03, Form.ASCII),
    "model": Field(0x04, Form.ASCII),
    "abilities": Field(0x05, Form.GROUP, group=Abilities),
    "abort": Field(0x06, Form.FLAG),
    "progress": Field(0x07, Form.FLAG),
    "journal": Field(0x08, Form.FLAG),
    "echo": Field(0x09, Form.FLAG),
    "ability": Field(0x0A, Form.ASCII),
    "request": Field(0x0B, Form.U32),
    "reason": Field(0x0C, Form.ASCII),
    "answer": Field(0x0D, Form.ASCII),
    "again": Field(0x0E, Form.FLAG),
    # the operation
    "operation_id": Field(0x10, Form.ASCII),
    "open_operation_id": Field(0x11, Form.ASCII),
    "kind": Field(0x12, Form.CODE, words=Kind),
    "amount": Field(0x13, Form.U32),
    "original_slip_number": Field(0x14, Form.ASCII),
    "original_order_number": Field(0x15, Form.ASCII),
    "outcome": Field(0x16, Form.CODE, words=Outcome),
    "state": Field(0x17, Form.CODE, words=EntryState),
    "media": Field(0x18, Form.ASCII),
    "brand": Field(0x19, Form.TEXT),
    "entry": Field(0x1A, Form.ASCII),
    "order_number": Field(0x1B, Form.ASCII),
    "voids": Field(0x1C, Form.ASCII),
    "number": Field(0x1D, Form.U32),
    "at": Field(0x1E, Form.TIME),
    # the glass
    "screen": Field(0x20, Form.GROUP, group=Screen),
    "name": Field(0x21, Form.ASCII),
    "lines": Field(0x22, Form.TEXT, many=True),
    "keys": Field(0x23, Form.TEXT, many=True),
    "phase": Field(0x24, Form.CODE, words=Phase),
    "sequence": Field(0x25, Form.U64),
    # journal and day
    "terminal_business_date": Field(0x30, Form.DATE),
    "next_business_date": Field(0x31, Form.DATE),
    "journal_first": Field(0x32, Form.U32),
    "journal_last": Field(0x33, Form.U32),
    "entries": Field(0x34, Form.GROUP, group=JournalEntry, many=True),
    "before": Field(0x35, Form.U32),
    "limit": Field(0x36, Form.U32),
    "covers_from": Field(0x37, Form.TIME),
    "covers_to": Field(0x38, Form.TIME),
    "covers_first": Field(0x39, Form.U32),
    "covers_last": Field(0x3A, Form.U32),
    "complete": Field(0x3B, Form.FLAG),
    "more": Field(0x3C, Form.FLAG),
    "pending": Field(0x3D, Form.U32),
    "closed": Field(0x3E, Form.FLAG),
    "totals": Field(0x3F, Form.GROUP, group=TotalLine, many=True),
    "count": Field(0x40, Form.U32),
    # the slip
    "slip": Field(0x50, Form.GROUP, group=Slip),
    "slip_number": Field(0x51, Form.ASCII),
    "title": Field(0x52, Form.TEXT),
    "merchant_name": Field(0x53, Form.TEXT),
    "merchant_phone": Field(0x54, Form.TEXT),
    "used_at": Field(0x55, Form.ASCII),
    "transaction": Field(0x56, Form.TEXT),
    "total": Field(0x57, Form.U32),
    "card_number": Field(0x58, Form.ASCII),
    "member_number": Field(0x59, Form.ASCII),
    "other_card_settlement": Field(0x5A, Form.TEXT),
    "expiry": Field(0x5B, Form.ASCII),
    "payment_condition": Field(0x5C, Form.TEXT),
    "handling": Field(0x5D, Form.TEXT),
    "product": Field(0x5E, Form.TEXT),
    "card_company": Field(0x5F, Form.TEXT),
    "approval_code": Field(0x60, Form.ASCII),
    "processing_number": Field(0x61, Form.ASCII),
    "arc": Field(0x62, Form.ASCII),
    "atc": Field(0x63, Form.ASCII),
    "sequence_label": Field(0x64, Form.TEXT),
    "application_id": Field(0x65, Form.ASCII),
    "application_label": Field(0x66, Form.TEXT),
    "sales_area": Field(0x67, Form.TEXT),
    "clerk": Field(0x68, Form.TEXT),
    "upper_terminal_id": Field(0x69, Form.ASCII),
    "inquiry_number": Field(0x6A, Form.ASCII),
    "signature_required": Field(0x6B, Form.FLAG),
    # the merchant's copy alone
    "mask": Field(0x6C, Form.ASCII),
}

TEXT_MAX: Final = 255
"""Bytes of one text field: the longest line that the terminal prints is far shorter."""
