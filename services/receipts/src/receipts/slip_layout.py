"""One copy of a terminal's slip, line by line as the samples of manual 3-2 have it.

A label stays when its value is empty. A layout never changes once paper came out of it: what is to
look different becomes a new version, and `LAYOUTS` keeps the old one.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from contracts.receipts import Copy
from contracts.slips import Slip
from receipts.errors import UnknownLayoutError
from receipts.masking import CUSTOMERS_OWN, NumberKind, check_masked
from receipts.paper_rows import Lines, centred, large_where_it_fits, pair, paragraph, sum_row, yen
from receipts.sheet import Columns, Cut, Feed, Rule, Sheet, cell, row
from receipts.width import printable

SALE: Final = "売上"
"""取引内容 of a payment; anything else (取消, 返品) gives money back."""

CARD_TITLES: Final = ("クレジットカード売上票", "クレジットカード取消票")
EMONEY_TITLES: Final = ("領収書", "取消・返品")
"""Of a payment and of money back, where the terminal names none."""

COPY_NAMES: Final = {Copy.CUSTOMER: "お客様控", Copy.MERCHANT: "加盟店控"}
REPRINT: Final = "＊＊＊ 再印字 ＊＊＊"
CLOSING_WORDS: Final = ("ご利用ありがとうございました。", "またのご来店お待ちしております。")

NAME_LINES_MAX: Final = 3
"""Lines of a merchant's name: three are 72 characters on narrow paper."""


class Asked(Struct, frozen=True, kw_only=True):
    """Which copy of a slip, on which paper; see `lay_out_slip`."""

    copy: Copy
    columns: Columns
    merchant_number: str | None
    reprint: bool


def lay_out_slip(
    slip: Slip,
    *,
    copy: Copy,
    columns: Columns,
    merchant_number: str | None,
    version: int,
    reprint: bool = False,
) -> Sheet:
    """Return one copy of a slip on paper of that width.

    `merchant_number` is 会員番号 as the merchant may see it, for that copy of an e-money slip
    alone; where it is None that copy shows what the customer's does.

    Raises:
        NumberNotMaskedError: a number would show more than its rule allows.
        UnknownLayoutError: there is no such version.
    """
    if merchant_number is not None:
        assert copy is Copy.MERCHANT, "no customer sees it"  # noqa: S101 - house style 12
    lay_out = LAYOUTS.get(version)
    if lay_out is None:
        raise UnknownLayoutError(version)
    asked = Asked(copy=copy, columns=columns, merchant_number=merchant_number, reprint=reprint)
    return lay_out(slip, asked)


def _version_1(slip: Slip, asked: Asked) -> Sheet:
    copy, columns = asked.copy, asked.columns
    emoney = slip.member_number is not None or asked.merchant_number is not None
    titles = EMONEY_TITLES if emoney else CARD_TITLES
    title = printable(slip.title).strip() or titles[slip.transaction != SALE]
    lines: Lines = [centred(REPRINT, columns)] if asked.reprint else []
    lines += [
        large_where_it_fits(title, columns),
        Feed(),
        row(cell("加盟店名", columns)),
        *paragraph(slip.merchant_name, columns, NAME_LINES_MAX),
        row(cell(slip.merchant_phone, columns)),
        Rule(),
        pair("ご利用日", slip.used_at, columns),
    ]
    if emoney:
        lines += _emoney(slip, asked)
    else:
        lines += _card(slip, copy, columns)
    lines += [Feed(), centred(COPY_NAMES[copy], columns, bold=True), Cut()]
    return Sheet(columns=columns, title=f"{title} {COPY_NAMES[copy]}", lines=tuple(lines))


def _card(slip: Slip, copy: Copy, columns: Columns) -> Lines:
    number = check_masked(slip.card_number or "", NumberKind.CARD, copy)
    half = columns // 2
    signature = slip.signature_required and copy is Copy.MERCHANT
    return [
        pair("カード番号", number, columns),
        pair("その他カード決済", slip.other_card_settlement, columns),
        row(cell("伝票番号：有効期限：取引内容", columns)),
        *paragraph(f"{slip.slip_number}：{slip.expiry}：{slip.transaction}", columns),
        row(cell("支払区分：取扱区分：商品区分", columns)),
        *paragraph(f"{slip.payment_condition}：{slip.handling}：{slip.product}", columns),
        pair("カード会社", slip.card_company, columns),
        pair("承認番号", slip.approval_code, columns),
        pair("処理番号", slip.processing_number, columns),
        Rule(),
        pair("金額", yen(slip.amount), columns),
        sum_row("合計金額", slip.total, columns),
        Rule(),
        *(_signature(columns) if signature else []),
        *(centred(words, columns) for words in CLOSING_WORDS),
        Feed(),
        *paragraph(f"ARC{slip.arc} ATC{slip.atc} {slip.sequence_label}", columns),
        *paragraph(f"{slip.application_id} {slip.application_label}", columns),
        row(
            cell(f"売場 {slip.sales_area}".rstrip(), half),
            cell(f"：係員 {slip.clerk}".rstrip(), columns - half),
        ),
    ]


def _signature(columns: Columns) -> Lines:
    """Only the merchant keeps a signed copy."""
    return [row(cell("ご署名", columns)), Feed(lines=2), Rule(), Feed()]


def _emoney(slip: Slip, asked: Asked) -> Lines:
    copy, columns = asked.copy, asked.columns
    if asked.merchant_number is not None:
        number = check_masked(asked.merchant_number, NumberKind.MEMBER, copy)
    else:
        number = check_masked(slip.member_number or "", NumberKind.MEMBER, copy, CUSTOMERS_OWN)
    done = "支払" if slip.transaction == SALE else "支払取消返品"
    return [
        pair("会員番号", number, columns),
        pair("承認番号", slip.approval_code, columns),
        pair("上位端末ID", slip.upper_terminal_id, columns),
        pair("取引内容", slip.transaction, columns),
        pair("有効期限", slip.expiry, columns),
        pair("商品区分", slip.product, columns),
        Rule(),
        sum_row(f"{slip.card_company}{done}", slip.amount, columns),
        Rule(),
        row(cell(f"伝票番号#{slip.slip_number}", columns)),
        pair("問い合わせ番号", slip.inquiry_number, columns),
    ]


LAYOUTS: Final[dict[int, Callable[[Slip, Asked], Sheet]]] = {
    1: _version_1,
}
LATEST: Final = max(LAYOUTS)
"""What a slip is laid out with that nobody has printed yet."""
