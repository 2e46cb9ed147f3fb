"""What the easel takes out of a sale for its receipt."""

from datetime import UTC, datetime

from msgspec.structs import replace

from contracts.money import Yen
from contracts.receipts import PaperFormat
from contracts.sales import CorrectionView, SaleState, SaleView, VoidView
from contracts.stores import Issuer
from receipts.easel import LayoutEasel
from receipts.model import SaleRecord, Seller
from receipts.ports import Paper
from testkit.papers import sold

SELLER = Seller(issuer=Issuer(name="甲"), store_name="渋谷", register_name="レジ1")
FIRST = datetime(2026, 5, 26, 1, 0, tzinfo=UTC)
LAST = datetime(2026, 5, 27, 2, 0, tzinfo=UTC)
VOIDED = VoidView(at=LAST, by="manager", handed_back=Yen(0))


def correction(at: datetime) -> CorrectionView:
    return CorrectionView(at=at, by="manager", authorised_by="manager", corrects=3)


def receipt(view: SaleView, zone: str = "Asia/Tokyo") -> str:
    record = SaleRecord(
        company="DEMO",
        view=view,
        layout=1,
        heard_at=LAST,
        seller=replace(SELLER, time_zone=zone),
    )
    return LayoutEasel().receipt(record, Paper(format=PaperFormat.TXT)).decode()


def test_a_voided_sale_names_its_original_and_when_it_was_voided() -> None:
    shown = receipt(replace(sold(), state=SaleState.VOIDED, void=VOIDED))
    assert "取消レシート" in shown
    assert sold().number in shown
    assert "伝票取消" in shown
    assert "2026/05/27 11:00:00" in shown


def test_a_corrected_sale_names_its_original_and_when_it_was_corrected_last() -> None:
    view = replace(
        sold(), state=SaleState.CLOSED, corrections=(correction(LAST), correction(FIRST))
    )
    shown = receipt(view)
    assert "訂正レシート" in shown
    assert "2026/05/27 11:00:00" in shown
    assert "2026/05/26 10:00:00" not in shown


def test_a_sale_that_nobody_changed_is_a_receipt() -> None:
    shown = receipt(replace(sold(), state=SaleState.CLOSED))
    assert "元の会計" not in shown


def test_times_are_the_stores_and_an_unknown_zone_is_japans() -> None:
    view = replace(sold(), state=SaleState.VOIDED, void=VOIDED)
    assert "2026/05/27 02:00:00" in receipt(view, "UTC")
    assert receipt(view, "Mars/Olympus") == receipt(view, "Asia/Tokyo")
