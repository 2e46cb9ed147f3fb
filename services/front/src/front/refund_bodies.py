"""Money back, 伝票取消 and 伝票訂正 as they stand in a request."""

from typing import Annotated, Literal

from msgspec import Meta, structs

from contracts.identifiers import TenderNumber
from contracts.refunds import CorrectedTender
from front.model import Body, ConfirmableBody, WholeNumber

Why = Annotated[str, Meta(max_length=500)]


class RefundBody(ConfirmableBody, frozen=True, kw_only=True):
    """× on a tender of an open sale, 取消 on one of a closed sale; always the whole of it.

    `by` is for terminal tenders: `cash` only where the brand's rule leaves nothing else. `void`:
    the closed sale is voided by itself (伝票取消) as soon as every terminal tender is refunded.
    """

    by: Literal["terminal", "cash"] | None = None
    void: bool = False


class VoidBody(ConfirmableBody, frozen=True, kw_only=True):
    """伝票取消. `cancelled_on_terminal`: done there alone; the terminal's journal must show it.

    `authorised_by` overrides that by name.
    """

    cancelled_on_terminal: bool = False
    reason: Why = ""


class CorrectedTenderBody(Body, frozen=True, kw_only=True):
    """A tender that stays, by its `number`; or a new one, in cash or otherwise."""

    number: TenderNumber | None = None
    method: Literal["cash", "other"] | None = None
    amount: WholeNumber | None = None
    received: WholeNumber | None = None
    kind: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Why | None = None

    def line(self) -> CorrectedTender:
        """Return it as a line of 伝票訂正."""
        return CorrectedTender(**structs.asdict(self))


class CorrectBody(ConfirmableBody, frozen=True, kw_only=True):
    """伝票訂正: how the closed sale was paid indeed; together they are its total."""

    tenders: Annotated[tuple[CorrectedTenderBody, ...], Meta(min_length=1, max_length=20)]
    reason: Why = ""
