"""A sale's receipt (レシート): what was sold, its tax, how it was paid, and by whom.

With a 登録番号 it is a 適格簡易請求書: issuer and number, date, what was sold with its reduced-rate
mark, totals by rate and the tax in each. Versions as in `slip_layout`.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Final

from msgspec import UNSET, Struct

from contracts.money import Yen
from contracts.sales import Line as SoldLine
from contracts.sales import Method, SaleState, SaleView, TenderState, TenderView
from contracts.stores import Issuer
from receipts.errors import UnknownLayoutError
from receipts.paper_rows import Lines, centred, large_where_it_fits, pair, sum_row, yen
from receipts.sheet import (
    Align,
    Columns,
    Cut,
    Feed,
    Row,
    Rule,
    Sheet,
    barcode,
    cell,
    row,
)
from receipts.tax import REDUCED, tax_by_rate
from receipts.width import cut, printable, width, wrap

TITLE: Final = "レシート"
TITLE_VOIDED: Final = "取消レシート"
TITLE_CORRECTED: Final = "訂正レシート"
TITLE_OPEN: Final = "会計未了"
"""Looked at before everything is paid: no receipt, and it says so."""

REDUCED_MARK: Final = "※"

PAYING: Final = frozenset(
    {TenderState.APPROVED, TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT}
)
"""In these the terminal has the customer's money; `counted` says whether this sale uses it."""

METHODS: Final = {Method.CASH: "現金", Method.OTHER: "その他支払", Method.TERMINAL: "決済端末"}
MEDIA: Final = {"card": "クレジット", "emoney": "電子マネー", "code": "コード支払い"}

NAME_LINES_MAX: Final = 2


class ReceiptFacts(Struct, frozen=True, kw_only=True):
    """What a receipt says that the sale itself does not know."""

    issuer: Issuer
    store_name: str
    register_name: str
    operator_name: str
    zone: tzinfo
    corrected_at: datetime | None
    voided_at: datetime | None


def lay_out_receipt(
    sale: SaleView,
    *,
    issuer: Issuer,
    store_name: str,
    register_name: str,
    operator_name: str,
    zone: tzinfo,
    columns: Columns,
    version: int,
    corrected_at: datetime | None = None,
    voided_at: datetime | None = None,
) -> Sheet:
    """Return the receipt of a sale as it stands, on paper of that width.

    `zone` is the store's: every time on the paper is in it. `corrected_at` is when the sale's
    tenders were corrected last (伝票訂正), `voided_at` when it was voided (伝票取消): the paper
    then names the original sale, whose receipt it takes the place of.

    Raises:
        UnknownLayoutError: there is no such version.
    """
    lay_out = LAYOUTS.get(version)
    if lay_out is None:
        raise UnknownLayoutError(version)
    facts = ReceiptFacts(
        issuer=issuer,
        store_name=store_name,
        register_name=register_name,
        operator_name=operator_name,
        zone=zone,
        corrected_at=corrected_at,
        voided_at=voided_at,
    )
    return lay_out(sale, facts, columns)


def _version_1(sale: SaleView, facts: ReceiptFacts, columns: Columns) -> Sheet:
    title = _title(sale, facts)
    lines: Lines = [
        *_issuer(facts, columns),
        Feed(),
        large_where_it_fits(title, columns),
        *_original(sale, facts, columns),
        Feed(),
        *_when_and_where(sale, facts, columns),
        Rule(),
        *(each for sold in sale.lines for each in _sold(sold, columns)),
        Rule(),
        *_total(sale, columns),
        *_taxes(sale, columns),
        Rule(),
        *_tenders(sale, columns),
        *_slip_numbers(sale, columns),
        Feed(),
        Cut(),
    ]
    return Sheet(columns=columns, title=f"{title} {printable(sale.number)}", lines=tuple(lines))


def _title(sale: SaleView, facts: ReceiptFacts) -> str:
    if sale.state is SaleState.VOIDED:
        return TITLE_VOIDED
    if sale.state is SaleState.CLOSED and facts.corrected_at is not None:
        return TITLE_CORRECTED
    return TITLE if sale.state in {SaleState.PAID, SaleState.CLOSED} else TITLE_OPEN


def _issuer(facts: ReceiptFacts, columns: Columns) -> Lines:
    issuer = facts.issuer
    names = [each for each in (issuer.name, facts.store_name) if each.strip()]
    lines: Lines = [
        centred(line, columns, bold=True)
        for name in names
        for line in wrap(printable(name), columns, NAME_LINES_MAX)
    ]
    lines += [centred(line, columns) for line in wrap(printable(issuer.address), columns, 3)]
    if issuer.phone.strip():
        lines.append(centred(f"電話 {issuer.phone}", columns))
    if issuer.registration_number:
        lines.append(centred(f"登録番号 {issuer.registration_number}", columns))
    return lines


def _original(sale: SaleView, facts: ReceiptFacts, columns: Columns) -> Lines:
    if _title(sale, facts) not in {TITLE_VOIDED, TITLE_CORRECTED}:
        return []
    changes = ((facts.corrected_at, "伝票訂正"), (facts.voided_at, "伝票取消"))
    return [
        Feed(),
        pair("元の会計番号", sale.number, columns),
        pair("元の会計", _time(sale.closed_at or sale.opened_at, facts), columns),
        *(pair(what, _time(at, facts), columns) for at, what in changes if at is not None),
    ]


def _when_and_where(sale: SaleView, facts: ReceiptFacts, columns: Columns) -> Lines:
    half = columns // 2
    time = _time(sale.closed_at or sale.opened_at, facts)
    day = f"営業日 {sale.business_date.replace('-', '/')}"
    one_line = width(time) + width(day) < columns
    return [
        *(
            [pair(time, day, columns)]
            if one_line
            else [row(cell(time, columns)), row(cell(day, columns))]
        ),
        pair("会計番号", sale.number, columns),
        row(
            cell(f"レジ {facts.register_name}", half),
            cell(f"担当 {facts.operator_name}", columns - half, Align.RIGHT),
        ),
    ]


def _time(at: datetime, facts: ReceiptFacts) -> str:
    return f"{at.astimezone(facts.zone):%Y/%m/%d %H:%M:%S}"


def _sold(sold: SoldLine, columns: Columns) -> list[Row]:
    mark = REDUCED_MARK if sold.tax_rate == REDUCED else ""
    price = yen(sold.quantity * sold.unit_price)
    name = f"{printable(sold.name).strip()}{mark}"
    if sold.quantity == 1 and width(name) + 2 + width(price) <= columns:
        return [pair(name, price, columns)]
    kept = wrap(printable(sold.name), columns - width(mark), NAME_LINES_MAX)
    names = [*kept[:-1], f"{kept[-1] if kept else ''}{mark}"]
    return [
        *(row(cell(each, columns)) for each in names),
        pair(f"  {sold.quantity:,} × {yen(sold.unit_price)}", price, columns),
    ]


def _total(sale: SaleView, columns: Columns) -> Lines:
    count = sum(each.quantity for each in sale.lines)
    return [
        pair("お買上点数", f"{count:,}点", columns),
        sum_row("合計", sale.total, columns),
    ]


def _taxes(sale: SaleView, columns: Columns) -> Lines:
    lines: Lines = []
    for part in tax_by_rate(sale.lines):
        if part.rate == 0:
            lines.append(pair("  非課税対象", yen(part.total), columns))
            continue
        mark = REDUCED_MARK if part.rate == REDUCED else ""
        lines.append(pair(f"  {part.rate}%対象{mark}", yen(part.total), columns))
        lines.append(pair("    内消費税等", yen(part.tax), columns))
    if any(each.tax_rate == REDUCED for each in sale.lines):
        lines.append(row(cell(f"{REDUCED_MARK}印は軽減税率({REDUCED}%)対象です", columns)))
    return lines


def _tenders(sale: SaleView, columns: Columns) -> Lines:
    lines: Lines = []
    for tender in sale.tenders:
        label = _tender_label(tender)
        if tender.counted and tender.state in PAYING:
            received = tender.received if tender.received is not UNSET else tender.amount
            lines += [pair(label, yen(received), columns)]
        elif tender.state is TenderState.REFUNDED and sale.state is SaleState.VOIDED:
            lines += [pair(f"{label} ご返金", yen(Yen(-tender.amount)), columns)]
    if sale.change:
        lines += [pair("お釣り", yen(sale.change), columns, bold=True)]
    if sale.balance and sale.state is SaleState.OPEN:
        lines += [pair("残額", yen(sale.balance), columns, bold=True)]
    return lines


def _tender_label(tender: TenderView) -> str:
    if tender.method is Method.CASH:
        return "現金お預り" if tender.received is not UNSET else METHODS[Method.CASH]
    if tender.method is Method.OTHER:
        kind = tender.kind if tender.kind is not UNSET else ""
        return printable(kind).strip() or METHODS[Method.OTHER]
    media = tender.media if tender.media is not UNSET else ""
    brand = tender.brand if tender.brand is not UNSET else ""
    return f"{MEDIA.get(media, METHODS[Method.TERMINAL])} {cut(printable(brand), 20)}".strip()


def _slip_numbers(sale: SaleView, columns: Columns) -> Lines:
    """What the terminal asks for when money goes back, so that nobody types it from memory."""
    lines: Lines = []
    for tender in sale.tenders:
        number = tender.slip_number
        if tender.method is not Method.TERMINAL or number is UNSET:
            continue
        gone = sale.state is SaleState.VOIDED and tender.state is TenderState.REFUNDED
        if not gone and tender.state not in PAYING:
            continue
        if tender.order_number is not UNSET:
            lines += [pair("注文番号", tender.order_number, columns)]
        lines += [
            Feed(),
            pair(f"{_tender_label(tender)} 伝票番号", number, columns),
            *barcode(number),
        ]
    return lines


LAYOUTS: Final[dict[int, Callable[[SaleView, ReceiptFacts, Columns], Sheet]]] = {1: _version_1}
LATEST: Final = max(LAYOUTS)
"""What a receipt is laid out with that nobody has seen yet."""
