"""What sales can be asked for by, as it stands behind the question mark."""

from typing import Annotated

from msgspec import Meta

from contracts.identifiers import BusinessDate, RegisterCode, SaleId, SlipNumber, StoreCode
from contracts.money import Balance
from contracts.sales import SaleState
from front.model import Query


class SalesQuery(Query, frozen=True, kw_only=True):
    """伝票明細: which sales, newest first; `after`, a sale's id, is `next` of the page before.

    `number` is the sale's or a part of it, `amount` its total or one tender's. `slip_number`,
    `card_last` and `brand` are of one and the same tender.
    """

    store: StoreCode | None = None
    register: RegisterCode | None = None
    business_date: BusinessDate | None = None
    state: SaleState | None = None
    after: SaleId | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    number: Annotated[str, Meta(max_length=40)] | None = None
    amount: Balance | None = None
    slip_number: SlipNumber | None = None
    card_last: Annotated[str, Meta(pattern=r"^[0-9]{4}$(?!\n)")] | None = None
    brand: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    void_due: bool | None = None
