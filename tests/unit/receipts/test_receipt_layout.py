from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.receipts import PaperFormat
from contracts.sales import Method, SaleState, SaleView, TenderState, TenderView
from contracts.stores import Issuer
from receipts.draw import draw
from receipts.errors import UnknownLayoutError
from receipts.receipt_layout import LATEST, lay_out_receipt
from receipts.sheet import Barcode, Columns, Sheet
from testkit.papers import ISSUER, sold

JAPAN: Final = ZoneInfo("Asia/Tokyo")
LATER: Final = datetime(2026, 5, 26, 0, 0, tzinfo=UTC)


def laid_out(
    sale: SaleView,
    *,
    issuer: Issuer = ISSUER,
    columns: Columns = 48,
    version: int = 1,
    corrected_at: datetime | None = None,
    voided_at: datetime | None = None,
) -> Sheet:
    return lay_out_receipt(
        sale,
        issuer=issuer,
        store_name="丸の内店",
        register_name="1番レジ",
        operator_name="佐藤",
        zone=JAPAN,
        columns=columns,
        version=version,
        corrected_at=corrected_at,
        voided_at=voided_at,
    )


def lines_of(sheet: Sheet) -> list[str]:
    """Return the lines with one blank where there are several."""
    return [" ".join(line.split()) for line in draw(sheet, PaperFormat.TXT).decode().split("\n")]


def with_tenders(*tenders: TenderView, state: SaleState = SaleState.CLOSED) -> SaleView:
    return replace(sold(), tenders=tenders, state=state, change=Yen(0))


def test_a_receipt_says_who_sold_what_when_and_how_it_was_paid() -> None:
    assert [line for line in lines_of(laid_out(sold())) if line] == [
        "株式会社れんけい商店",
        "丸の内店",
        "東京都千代田区丸の内1-2-3",
        "電話 03-1234-5678",
        "登録番号 T1234567890123",
        "レシート",
        "2026/05/25 15:45:05 営業日 2026/05/25",
        "会計番号 S001-20260525-0012",
        "レジ 1番レジ 担当 佐藤",
        "-" * 48,
        "ドリップコーヒー",
        "2 × ¥420 ¥840",
        "全粒粉サンドイッチ (お持ち帰り)※ ¥594",
        "ギフトカード ¥400",
        "-" * 48,
        "お買上点数 4点",
        "合計 ¥1,834",
        "10%対象 ¥840",
        "内消費税等 ¥76",
        "8%対象※ ¥594",
        "内消費税等 ¥44",
        "非課税対象 ¥400",
        "※印は軽減税率(8%)対象です",
        "-" * 48,
        "クレジット AMEX ¥1,000",
        "現金お預り ¥1,000",
        "お釣り ¥166",
        "クレジット AMEX 伝票番号 00119",
        "||||00119||||",
    ]


def test_a_declined_tender_is_neither_paid_nor_scanned() -> None:
    shown = draw(laid_out(sold()), PaperFormat.TXT).decode()
    assert shown.count("クレジット AMEX") == 2
    assert "00118" not in shown


def test_every_slip_has_its_own_barcode() -> None:
    card = sold().tenders[0]
    second = replace(card, number=2, media="emoney", brand="iD", slip_number="00120")
    sheet = laid_out(with_tenders(card, second))
    assert [line.content for line in sheet.lines if isinstance(line, Barcode)] == [
        "00119",
        "00120",
    ]


def test_other_kinds_of_payment_stand_under_their_name() -> None:
    other = TenderView(
        number=1,
        method=Method.OTHER,
        amount=Yen(1_834),
        state=TenderState.APPROVED,
        counted=True,
        kind="商品券",
    )
    assert "商品券 ¥1,834" in lines_of(laid_out(with_tenders(other)))
    assert "その他支払 ¥1,834" in lines_of(laid_out(with_tenders(replace(other, kind="\x1b"))))


def test_an_approval_that_the_sale_does_not_use_is_not_shown_as_paid() -> None:
    card = replace(sold().tenders[0], counted=False)
    assert "クレジット AMEX ¥1,000" not in lines_of(laid_out(with_tenders(card)))


@pytest.mark.parametrize(
    ("state", "paid"),
    [
        (TenderState.APPROVED, True),
        (TenderState.REFUNDING, True),
        (TenderState.REFUND_IN_DOUBT, True),
        (TenderState.REFUNDED, False),
        (TenderState.DECLINED, False),
        (TenderState.CANCELLED, False),
        (TenderState.NOT_PERFORMED, False),
        (TenderState.REQUESTED, False),
        (TenderState.IN_PROGRESS, False),
        (TenderState.IN_DOUBT, False),
    ],
)
def test_what_the_terminal_holds_is_paid_and_nothing_else(
    state: TenderState, *, paid: bool
) -> None:
    card = replace(sold().tenders[0], state=state)
    assert ("クレジット AMEX ¥1,000" in lines_of(laid_out(with_tenders(card)))) is paid


def test_a_voided_sale_names_the_original_and_what_went_back() -> None:
    card = replace(sold().tenders[0], state=TenderState.REFUNDED)
    lines = lines_of(laid_out(with_tenders(card, state=SaleState.VOIDED), voided_at=LATER))
    assert "取消レシート" in lines
    assert "元の会計番号 S001-20260525-0012" in lines
    assert "元の会計 2026/05/25 15:45:05" in lines
    assert "伝票取消 2026/05/26 09:00:00" in lines
    assert "クレジット AMEX ご返金 -¥1,000" in lines


def test_a_corrected_sale_names_the_original_and_shows_what_holds_now() -> None:
    cash = replace(sold().tenders[2], amount=Yen(1_834), received=Yen(2_000))
    refunded = replace(sold().tenders[0], state=TenderState.REFUNDED)
    lines = lines_of(laid_out(with_tenders(refunded, cash), corrected_at=LATER))
    assert "訂正レシート" in lines
    assert "元の会計番号 S001-20260525-0012" in lines
    assert "伝票訂正 2026/05/26 09:00:00" in lines
    assert "現金お預り ¥2,000" in lines
    assert "クレジット AMEX ¥1,000" not in lines


def test_a_sale_that_nobody_changed_names_no_original() -> None:
    assert not [line for line in lines_of(laid_out(sold())) if "元の会計" in line]


def test_without_a_registration_number_it_is_a_plain_receipt() -> None:
    lines = lines_of(laid_out(sold(), issuer=Issuer(name="れんけい商店")))
    assert not [line for line in lines if "登録番号" in line or "電話" in line]


def test_an_open_sale_has_no_receipt_and_its_paper_says_so() -> None:
    sale = replace(sold(), state=SaleState.OPEN, tenders=(), change=Yen(0), balance=Yen(1_834))
    lines = lines_of(laid_out(sale))
    assert "会計未了" in lines
    assert "残額 ¥1,834" in lines


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownLayoutError):
        laid_out(sold(), version=LATEST + 1)
