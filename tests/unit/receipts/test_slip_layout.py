"""The manual's samples, field by field; `goldens/` has each as text on both widths of paper."""

from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.receipts import Copy, PaperFormat
from receipts.draw import draw
from receipts.errors import NumberNotMaskedError, UnknownLayoutError
from receipts.sheet import Columns, Row, Sheet
from receipts.slip_layout import LATEST, lay_out_slip
from receipts.width import width
from testkit.papers import CARD_SALE, EMONEY_SALE, EMONEY_VOID, MERCHANT_NUMBER, SAMPLES, Sample

GOLDENS: Final = Path(__file__).parent / "goldens"
PAPERS: Final[tuple[Columns, ...]] = (48, 32)

SHOP: Final = ("加盟店名", "(DXテスト)開発統括部RF検証ルーム", "999-999-999")
CARD_END: Final = ("ご利用ありがとうございました。", "またのご来店お待ちしております。")

# The manual, chapter 3-2, read from top to bottom; nothing here comes from our code.
MANUAL: Final[dict[str, tuple[str, ...]]] = {
    "card-sale": (
        "クレジットカード売上票",
        *SHOP,
        *("ご利用日", "2026/05/25 15:45:05"),
        *("カード番号", "377782****6304"),
        *("その他カード決済", "CL"),
        *("伝票番号：有効期限：取引内容", "00119：XX/XX：売上"),
        *("支払区分：取扱区分：商品区分", "一括：110：5678"),
        *("カード会社", "AMEX"),
        *("承認番号", "000000"),
        "処理番号",
        *("金額", "¥165"),
        *("合計金額", "¥165"),
        *CARD_END,
        *("ARCY1", "ATC0034", "No01", "A000000025010402", "AMEX"),
        *("売場", "：係員"),
    ),
    "card-void": (
        "クレジットカード取消票",
        *SHOP,
        *("ご利用日", "2026/05/25 15:47:05"),
        *("カード番号", "377782****6304"),
        *("その他カード決済", "CL"),
        *("伝票番号：有効期限：取引内容", "00120：XX/XX：取消"),
        *("支払区分：取扱区分：商品区分", "一括：110："),
        *("カード会社", "AMEX"),
        *("承認番号", "949477"),
        *("処理番号", "949477"),
        *("金額", "¥165"),
        *("合計金額", "¥165"),
        *CARD_END,
        *("ARC", "ATC0035", "No01", "A000000025010402", "AMEX"),
        *("売場", "：係員"),
    ),
    "emoney-sale": (
        "領収書",
        *SHOP,
        *("ご利用日", "2026/05/25 15:37:51"),
        *("会員番号", "{number}"),
        "承認番号",
        *("上位端末ID", "4976151008355"),
        *("取引内容", "売上"),
        *("有効期限", "XX/XX"),
        "商品区分",
        *("ID支払", "¥500"),
        "伝票番号#00112",
        *("問い合わせ番号", "000000"),
    ),
    "emoney-void": (
        "取消・返品",
        *SHOP,
        *("ご利用日", "2026/05/25 15:39:31"),
        *("会員番号", "{number}"),
        "承認番号",
        *("上位端末ID", "4976151008355"),
        *("取引内容", "取消"),
        *("有効期限", "XX/XX"),
        "商品区分",
        *("ID支払取消返品", "¥500"),
        "伝票番号#00114",
        *("問い合わせ番号", "000000"),
    ),
}
NUMBERS: Final = {"customer": "**** * 0421", "merchant": "6900 1111 0023 0***"}
COPIES: Final = {"customer": "お客様控", "merchant": "加盟店控"}


def laid_out(sample: Sample, columns: Columns = 48) -> Sheet:
    return lay_out_slip(
        sample.slip,
        copy=sample.copy,
        columns=columns,
        merchant_number=sample.merchant_number,
        version=1,
    )


def text_of(sheet: Sheet) -> str:
    return draw(sheet, PaperFormat.TXT).decode()


@pytest.mark.parametrize("columns", PAPERS)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_has_what_the_manual_has_in_its_order_and_nothing_else(
    sample: Sample, columns: Columns
) -> None:
    name, _, copy = sample.name.rpartition("-")
    expected = [*(each.format(number=NUMBERS[copy]) for each in MANUAL[name]), COPIES[copy]]
    without_rules = text_of(laid_out(sample, columns)).replace("-" * columns, "")
    assert "".join(without_rules.split()) == "".join("".join(expected).split())


@pytest.mark.parametrize("columns", PAPERS)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_looks_as_it_always_did(sample: Sample, columns: Columns) -> None:
    golden = GOLDENS / f"{sample.name}-{columns}.txt"
    assert text_of(laid_out(sample, columns)) == golden.read_text(encoding="utf-8")


def test_each_of_the_manuals_rows_has_its_sample() -> None:
    assert [sample.row for sample in SAMPLES] == [f"3-2.{number}" for number in range(1, 9)]


def test_a_merchants_copy_without_its_own_number_shows_what_the_customers_does() -> None:
    sheet = lay_out_slip(
        EMONEY_SALE, copy=Copy.MERCHANT, columns=48, merchant_number=None, version=1
    )
    assert "**** * 0421" in text_of(sheet)


def test_no_copy_shows_both_numbers_of_a_card_of_e_money() -> None:
    shown = text_of(laid_out(SAMPLES[5]))
    assert MERCHANT_NUMBER in shown
    assert "0421" not in shown


def test_the_merchants_number_never_reaches_a_customers_copy() -> None:
    with pytest.raises(AssertionError):
        lay_out_slip(
            EMONEY_SALE,
            copy=Copy.CUSTOMER,
            columns=48,
            merchant_number=MERCHANT_NUMBER,
            version=1,
        )


@pytest.mark.parametrize(
    "number", ["3777821234566304", "377782***6304", "3777821****6304", "377782****16304"]
)
@pytest.mark.parametrize("copy", list(Copy))
def test_a_card_number_that_shows_more_is_on_no_copy(number: str, copy: Copy) -> None:
    slip = replace(CARD_SALE, card_number=number)
    with pytest.raises(NumberNotMaskedError) as refused:
        lay_out_slip(slip, copy=copy, columns=48, merchant_number=None, version=1)
    assert refused.value.field == "card_number"
    assert number not in str(refused.value)


@pytest.mark.parametrize("number", ["6900 1111 0023 0421", "6900 1111 0023 04**", "**** 0 0421"])
def test_an_e_money_number_that_shows_more_is_on_no_copy(number: str) -> None:
    with pytest.raises(NumberNotMaskedError):
        lay_out_slip(EMONEY_SALE, copy=Copy.MERCHANT, columns=48, merchant_number=number, version=1)
    with pytest.raises(NumberNotMaskedError):
        lay_out_slip(
            replace(EMONEY_SALE, member_number=number),
            copy=Copy.CUSTOMER,
            columns=48,
            merchant_number=None,
            version=1,
        )


def test_the_merchants_mask_in_the_customers_place_is_refused() -> None:
    with pytest.raises(NumberNotMaskedError):
        lay_out_slip(
            replace(EMONEY_SALE, member_number=MERCHANT_NUMBER),
            copy=Copy.CUSTOMER,
            columns=48,
            merchant_number=None,
            version=1,
        )


@pytest.mark.parametrize("condition", ["分割3回", "リボ", "ボーナス"])
def test_how_it_is_paid_over_time_stands_on_the_slip(condition: str) -> None:
    slip = replace(CARD_SALE, payment_condition=condition)
    sheet = lay_out_slip(slip, copy=Copy.CUSTOMER, columns=32, merchant_number=None, version=1)
    assert f"{condition}：110：5678" in text_of(sheet)


def test_unionpay_is_a_card_company() -> None:
    slip = replace(
        CARD_SALE,
        card_company="銀聯",
        application_id="A000000333010102",
        application_label="UNIONPAY CREDIT",
    )
    shown = text_of(
        lay_out_slip(slip, copy=Copy.CUSTOMER, columns=32, merchant_number=None, version=1)
    )
    assert "銀聯" in shown
    assert "A000000333010102 UNIONPAY CREDIT" in shown


def test_the_merchant_gets_a_line_to_sign_where_the_terminal_asks_for_one() -> None:
    slip = replace(CARD_SALE, signature_required=True)
    shown = {
        copy: text_of(lay_out_slip(slip, copy=copy, columns=48, merchant_number=None, version=1))
        for copy in Copy
    }
    assert "ご署名" in shown[Copy.MERCHANT]
    assert "ご署名" not in shown[Copy.CUSTOMER]


def test_a_return_is_money_back_as_a_void_is() -> None:
    slip = replace(EMONEY_VOID, transaction="返品", card_company="QUICPay")
    shown = text_of(
        lay_out_slip(slip, copy=Copy.CUSTOMER, columns=48, merchant_number=None, version=1)
    )
    assert "QUICPay支払取消返品" in shown


def test_a_slip_without_a_title_gets_the_manuals() -> None:
    slip = replace(CARD_SALE, title="", transaction="返品")
    sheet = lay_out_slip(slip, copy=Copy.CUSTOMER, columns=48, merchant_number=None, version=1)
    assert sheet.title == "クレジットカード取消票 お客様控"


def test_a_reprint_says_so_on_top() -> None:
    sheet = lay_out_slip(
        CARD_SALE, copy=Copy.CUSTOMER, columns=48, merchant_number=None, version=1, reprint=True
    )
    assert text_of(sheet).split("\n")[0].strip() == "＊＊＊ 再印字 ＊＊＊"


@pytest.mark.parametrize("amount", [0, 1, 9_999_999, -165])
def test_any_amount_fits(amount: int) -> None:
    slip = replace(CARD_SALE, amount=Yen(amount), total=Yen(amount))
    sheet = lay_out_slip(slip, copy=Copy.MERCHANT, columns=32, merchant_number=None, version=1)
    shown = f"{abs(amount):,}"
    assert text_of(sheet).count(shown) >= 2


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownLayoutError) as refused:
        lay_out_slip(
            CARD_SALE, copy=Copy.CUSTOMER, columns=48, merchant_number=None, version=LATEST + 1
        )
    assert refused.value.version == LATEST + 1


def test_a_name_of_any_length_leaves_the_rest_of_the_slip_alone() -> None:
    slip = replace(CARD_SALE, merchant_name="開発統括部" * 400)
    sheet = lay_out_slip(slip, copy=Copy.CUSTOMER, columns=32, merchant_number=None, version=1)
    rows = [line for line in sheet.lines if isinstance(line, Row)]
    assert all(sum(width(cell.text) for cell in line.cells) <= 32 for line in rows)
    assert "…" in text_of(sheet)
    assert text_of(sheet).rstrip().endswith("お客様控")
