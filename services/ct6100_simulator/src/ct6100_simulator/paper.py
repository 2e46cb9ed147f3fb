"""The terminal's own paper: a slip's two copies as text, labels as on the samples of manual 3-2."""

import unicodedata
from typing import Final

from msgspec import Struct

from ct6100.paper import TRANSACTIONS
from ct6100.records import Kind, MerchantMask, Slip

COLUMNS: Final = 34
"""Half-width characters on 58 mm paper at the terminal's font."""

CUSTOMER: Final = "お客様控"
MERCHANT: Final = "加盟店控"

_REPRINT: Final = "＊＊＊ 再印字 ＊＊＊"


class Printed(Struct, frozen=True, kw_only=True):
    """What came out of a mouth: both copies of a slip."""

    slip: Slip
    merchant_number: MerchantMask | None = None
    """会員番号 as the merchant's copy shows it; where none is kept it shows the customer's."""
    reprint: bool = False


def texts(printed: Printed) -> tuple[str, ...]:
    """Return the copies, each a piece of paper of its own, the customer's first."""
    slip, mask = printed.slip, printed.merchant_number
    members = {
        CUSTOMER: slip.member_number or "",
        MERCHANT: mask.shown if mask is not None else slip.member_number or "",
    }
    return tuple(
        "\n".join(_copy(slip, copy, member, reprint=printed.reprint))
        for copy, member in members.items()
    )


def _copy(slip: Slip, copy: str, member: str, *, reprint: bool) -> list[str]:
    head = [_centred(_REPRINT)] if reprint else []
    head += [_centred(slip.title), "加盟店名", slip.merchant_name, slip.merchant_phone]
    body = _emoney(slip, member) if slip.member_number is not None else _card(slip, copy)
    return [*head, *body, "", _centred(copy)]


def _card(slip: Slip, copy: str) -> list[str]:
    signed = slip.signature_required and copy == MERCHANT  # the customer keeps no signature
    signature = ["ご署名", "", "_" * COLUMNS] if signed else []
    return [
        _pair("ご利用日", slip.used_at),
        _pair("カード番号", slip.card_number or ""),
        _pair("その他カード決済", slip.other_card_settlement),
        "伝票番号：有効期限：取引内容",
        f"{slip.slip_number}：{slip.expiry}：{slip.transaction}",
        "支払区分：取扱区分：商品区分",
        f"{slip.payment_condition}：{slip.handling}：{slip.product}",
        _pair("カード会社", slip.card_company),
        _pair("承認番号", slip.approval_code),
        _pair("処理番号", slip.processing_number),
        _pair("金額", f"¥{slip.amount:,}"),
        _pair("合計金額", f"¥{slip.total:,}"),
        *signature,
        "ご利用ありがとうございました。",
        "またのご来店お待ちしております。",
        f"ARC{slip.arc} ATC{slip.atc} {slip.sequence_label}",
        f"{slip.application_id} {slip.application_label}",
        f"売場 {slip.sales_area}　：係員 {slip.clerk}",
    ]


def _emoney(slip: Slip, member: str) -> list[str]:
    done = "支払" if slip.transaction == TRANSACTIONS[Kind.PAYMENT] else "支払取消返品"
    return [
        _pair("ご利用日", slip.used_at),
        _pair("会員番号", member),
        _pair("承認番号", slip.approval_code),
        _pair("上位端末ID", slip.upper_terminal_id),
        _pair("取引内容", slip.transaction),
        _pair("有効期限", slip.expiry),
        _pair("商品区分", slip.product),
        _pair(f"{slip.card_company}{done}", f"¥{slip.amount:,}"),
        f"伝票番号#{slip.slip_number}",
        _pair("問い合わせ番号", slip.inquiry_number),
    ]


def width(line: str) -> int:
    """Return how many half-width characters a line takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def _centred(line: str) -> str:
    return " " * max(0, (COLUMNS - width(line)) // 2) + line


def _pair(label: str, value: str) -> str:
    return label + " " * max(1, COLUMNS - width(label) - width(value)) + value
