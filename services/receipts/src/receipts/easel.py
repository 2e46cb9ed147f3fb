"""The layouts and drawings of this package, as the drawing room has them."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET

from contracts.receipts import Copy
from contracts.sales import SaleView
from contracts.stores import Issuer
from receipts.draw import draw
from receipts.model import SaleRecord, Seller, SlipRecord
from receipts.ports import Easel, Paper
from receipts.receipt_layout import lay_out_receipt
from receipts.slip_layout import lay_out_slip


class LayoutEasel(Easel):
    """`Easel` by `slip_layout`, `receipt_layout` and `draw`."""

    def slip(self, slip: SlipRecord, copy: Copy, number: str | None, paper: Paper) -> bytes:
        """Return one copy; `number` is the merchant's, on its own copy only."""
        sheet = lay_out_slip(
            slip.slip,
            copy=copy,
            columns=paper.columns,
            merchant_number=number,
            version=slip.layout,
            reprint=paper.reprint,
        )
        return draw(sheet, paper.format, paper.profile)

    def receipt(self, sale: SaleRecord, paper: Paper) -> bytes:
        """Return a sale's receipt."""
        view = sale.view
        seller = sale.seller or Seller(
            issuer=Issuer(), store_name=view.store, register_name=view.register
        )
        sheet = lay_out_receipt(
            view,
            issuer=seller.issuer,
            store_name=seller.store_name,
            register_name=seller.register_name,
            operator_name=view.operator,
            zone=_zone(seller.time_zone),
            columns=paper.columns,
            version=sale.layout,
            corrected_at=_corrected_at(view),
            voided_at=None if view.void is UNSET else view.void.at,
        )
        return draw(sheet, paper.format, paper.profile)


def _corrected_at(sale: SaleView) -> datetime | None:
    return max((each.at for each in sale.corrections), default=None)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Asia/Tokyo")
