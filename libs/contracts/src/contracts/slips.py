"""What a CT-6100 prints about one operation, as data. Source: the operator manual, chapter 3-2.

Card data exists here only masked: a full number cannot be represented. The two masks of an e-money
number together would give the whole number, so the merchant's is not part of this struct.
"""

from typing import Annotated

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import OperationId, OrderNumber, SlipNumber, TerminalCode
from contracts.money import Yen

MaskedCardNumber = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{0,6}\*{4,}[0-9]{0,4}$(?!\n)",
        max_length=19,
        description="first six and last four digits at most",
    ),
]
MaskedMemberNumber = Annotated[
    str,
    Meta(
        pattern=r"^\*{4} \* [0-9]{4}$(?!\n)",
        description="customer copy's mask of an e-money number: `**** * 0421`",
    ),
]


class Slip(Message, frozen=True, kw_only=True):
    """The fields of one slip. A label whose value is empty stays on the paper, so `""` is a value.

    `used_at` is the terminal's own clock, `YYYY/MM/DD hh:mm:ss` as printed; it is not trusted.
    """

    slip_number: SlipNumber
    title: str
    merchant_name: str
    merchant_phone: str
    used_at: str
    transaction: str
    """取引内容: 売上, 取消 or 返品."""
    amount: Yen
    total: Yen
    card_number: MaskedCardNumber | None = None
    member_number: MaskedMemberNumber | None = None
    other_card_settlement: str = ""
    """その他カード決済: how the card was read, `CL` for contactless, `IC`, `MS`."""
    expiry: str = ""
    payment_condition: str = ""
    """支払区分: 一括, 分割, リボ, ボーナス."""
    handling: str = ""
    """取扱区分."""
    product: str = ""
    """商品区分."""
    card_company: str = ""
    approval_code: str = ""
    """承認番号: may be blank or `000000`, never a match key."""
    processing_number: str = ""
    arc: str = ""
    atc: str = ""
    sequence_label: str = ""
    """`No01`."""
    application_id: str = ""
    application_label: str = ""
    sales_area: str = ""
    clerk: str = ""
    upper_terminal_id: str = ""
    """上位端末ID (e-money)."""
    inquiry_number: str = ""
    """問い合わせ番号 (e-money)."""
    order_number: OrderNumber | None = None
    signature_required: bool = False


class ReadMerchantNumber(Message, tag="read_merchant_number", frozen=True, kw_only=True):
    """会員番号 as the merchant's copy shows it, of approved e-money: for `receipts` only.

    It never travels beside the customer's: the two together are the whole number.
    """

    operation_id: OperationId
    terminal: TerminalCode


class SealedMerchantNumber(Message, tag="sealed_merchant_number", frozen=True, kw_only=True):
    """The mask, sealed by the box (libsodium sealed box) with the public key `key_id`.

    `sealed` is standard base64; what opens is UTF-8, `6900 1111 0023 0***`. `key_id` is the first
    16 hexadecimal digits of the public key's SHA-256.
    """

    operation_id: OperationId
    key_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
    sealed: Annotated[str, Meta(min_length=1, max_length=400)]


class MerchantNumberPending(Message, tag="merchant_number_pending", frozen=True, kw_only=True):
    """The terminal has not told it yet: ask again."""


class NoMerchantNumber(Message, tag="no_merchant_number", frozen=True, kw_only=True):
    """There is none, and there never will be: not e-money, or the link does not tell it.

    The merchant's copy then shows what the customer's shows.
    """
