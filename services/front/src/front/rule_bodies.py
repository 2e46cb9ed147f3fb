"""Brand rules and what a company says of money back, as they stand in a request."""

from typing import Annotated, Literal

from msgspec import Meta, structs

from contracts.identifiers import BusinessDate
from contracts.stores import BrandRule
from front.model import Body, Query


class BrandRuleBody(Body, frozen=True, kw_only=True):
    """What holds for one brand from `valid_from` on; left out: as for most of them.

    `ways` are what is left when the terminal gives nothing back; `reason` says why it does not.
    """

    brand: Annotated[str, Meta(min_length=1, max_length=40)]
    media: Literal["card", "emoney", "code"]
    valid_from: BusinessDate
    counts_as_sold_until_shown_otherwise: bool = False
    investigation_days: Annotated[int, Meta(ge=0, le=400)] = 55
    cancellable: bool = True
    reason: Annotated[str, Meta(max_length=40)] = ""
    window_days: Annotated[int, Meta(ge=0, le=4_000)] | None = None
    same_terminal_only: bool = False
    last_only: bool = False
    needs_card: bool = True
    prints_slip: bool = True
    ways: Annotated[tuple[Literal["cash", "support"], ...], Meta(max_length=2)] = ("support",)

    def entry(self) -> BrandRule:
        """Return it as a rule of nobody's yet."""
        return BrandRule(**structs.asdict(self))


class PutRuleBody(Body, frozen=True, kw_only=True):
    """The whole rule; one of the same brand, media and day is replaced."""

    rule: BrandRuleBody


class ChangeCompanyBody(Body, frozen=True, kw_only=True):
    """Whether a manager must confirm money back and 伝票取消, in every store."""

    refund_needs_manager: bool


class RuleQuery(Query, frozen=True, kw_only=True):
    """Which rule of the store's own; all three are needed."""

    media: Literal["card", "emoney", "code"]
    brand: Annotated[str, Meta(min_length=1, max_length=40)]
    valid_from: BusinessDate
