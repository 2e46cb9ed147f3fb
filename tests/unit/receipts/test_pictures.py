"""The samples as pictures for `docs/screens`, beside each other as the manual has them."""

import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from contracts.receipts import PaperFormat
from receipts.draw import draw
from receipts.receipt_layout import lay_out_receipt
from receipts.sheet import Sheet
from receipts.slip_layout import lay_out_slip
from testkit.papers import ISSUER, SAMPLES, sold

SETTING: Final = "RENKEI_SCREENSHOTS"
DESK: Final = 214
"""How light the desk is that the paper lies on."""
GAP: Final = 32
SIDE: Final = 24


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get(SETTING)  # noqa: TID251 - a test's own setting
    found = Path(named) if named else Path(tempfile.gettempdir()) / "renkei-screens"
    found.mkdir(parents=True, exist_ok=True)
    return found


def strip(sheet: Sheet) -> Image.Image:
    """Return the paper as it comes out: with bare paper at its sides."""
    printed = Image.open(BytesIO(draw(sheet, PaperFormat.PNG))).convert("L")
    paper = Image.new("L", (printed.width + 2 * SIDE, printed.height), 255)
    paper.paste(printed, (SIDE, 0))
    return paper


def keep(path: Path, papers: list[Image.Image]) -> None:
    width = sum(each.width for each in papers) + GAP * (len(papers) + 1)
    desk = Image.new("L", (width, max(each.height for each in papers) + 2 * GAP), DESK)
    left = GAP
    for each in papers:
        desk.paste(each, (left, GAP))
        left += each.width + GAP
    desk.quantize(16).save(path, "PNG", optimize=True)
    assert 5_000 < path.stat().st_size < 120_000


@pytest.mark.parametrize("name", ["card-sale", "card-void", "emoney-sale", "emoney-void"])
def test_the_manuals_samples_are_kept_as_pictures(name: str, folder: Path) -> None:
    papers = [
        strip(
            lay_out_slip(
                sample.slip,
                copy=sample.copy,
                columns=48,
                merchant_number=sample.merchant_number,
                version=1,
            )
        )
        for sample in SAMPLES
        if sample.name.startswith(name)
    ]
    assert len(papers) == 2
    keep(folder / f"slip-{name}.png", papers)


def test_a_receipt_is_kept_as_a_picture_on_both_widths(folder: Path) -> None:
    papers = [
        strip(
            lay_out_receipt(
                sold(),
                issuer=ISSUER,
                store_name="丸の内店",
                register_name="1番レジ",
                operator_name="佐藤",
                zone=ZoneInfo("Asia/Tokyo"),
                columns=columns,
                version=1,
            )
        )
        for columns in (48, 32)
    ]
    keep(folder / "slip-receipt.png", papers)
