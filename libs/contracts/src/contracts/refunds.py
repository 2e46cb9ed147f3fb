"""Money back, 伝票取消 and 伝票訂正, as they are asked of checkout. Views: `contracts.sales`."""

from typing import Annotated, Literal

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import SaleId, TenderNumber


class RefundTender(Message, tag="refund_tender", frozen=True, kw_only=True):
    """Give a whole tender back: on the terminal that took it, or at once where it is no terminal's.

    `by` `cash` only where the brand's rule leaves no other way. `void`: once every terminal tender
    is refunded, the closed sale is voided (伝票取消) with it, whenever that is.
    """

    sale: SaleId
    tender: TenderNumber
    by: Literal["terminal", "cash"] | None = None
    void: bool = False


class VoidSale(Message, tag="void_sale", frozen=True, kw_only=True):
    """伝票取消, after every terminal tender was refunded; cash is recorded as handed back.

    `cancelled_on_terminal`: it was cancelled on the terminal alone, and its journal must show it.
    `Call.authority` overrides that proof by name.
    """

    sale: SaleId
    cancelled_on_terminal: bool = False
    reason: Annotated[str, Meta(max_length=500)] = ""


class CorrectedTender(Message, frozen=True, kw_only=True):
    """One line of 伝票訂正: a tender kept, by its `number`; or a new one in cash or otherwise."""

    number: TenderNumber | None = None
    method: Literal["cash", "other"] | None = None
    amount: int | None = None
    received: int | None = None
    kind: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None


class CorrectSale(Message, tag="correct_sale", frozen=True, kw_only=True):
    """伝票訂正: the tenders of a closed sale as they are, adding up to its total. A manager's."""

    sale: SaleId
    tenders: Annotated[tuple[CorrectedTender, ...], Meta(min_length=1, max_length=20)]
    reason: Annotated[str, Meta(max_length=500)] = ""
