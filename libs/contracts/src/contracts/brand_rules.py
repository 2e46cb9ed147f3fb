"""What holds for each brand in a company and its stores, and who may give money back.

A store's document (`StoreConfiguration.brand_rules`) shows what holds for it: the company's rules,
and from the day of a store's own rule on, only the store's for that brand and media.
"""

from typing import Annotated, Literal

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import BusinessDate, CompanyCode, StoreCode
from contracts.stores import BrandRule

Brand = Annotated[str, Meta(min_length=1, max_length=40)]
Media = Literal["card", "emoney", "code"]


class BrandRuleList(Message, frozen=True, kw_only=True):
    """By media, brand and day."""

    rules: tuple[BrandRule, ...]


class ListBrandRules(Message, tag="list_brand_rules", frozen=True, kw_only=True):
    """What holds for a store; a rule with a `store` is its own."""

    store: StoreCode


class PutBrandRule(Message, tag="put_brand_rule", frozen=True, kw_only=True):
    """A rule of the store's own, beside the company's, from its day on. Manager and above.

    One of the same brand, media and day is replaced.
    """

    store: StoreCode
    rule: BrandRule


class RemoveBrandRule(Message, tag="remove_brand_rule", frozen=True, kw_only=True):
    """A rule of the store's own goes; the company's holds again. Manager and above."""

    store: StoreCode
    media: Media
    brand: Brand
    valid_from: BusinessDate


class CompanyView(Message, frozen=True, kw_only=True):
    """A company and what holds in all its stores that have nothing of their own."""

    company: CompanyCode
    name: str
    refund_needs_manager: bool
    rules: tuple[BrandRule, ...]
    version: int = 0


class ReadCompany(Message, tag="read_company", frozen=True, kw_only=True):
    """The actor's own company."""


class ChangeCompany(Message, tag="change_company", frozen=True, kw_only=True):
    """Whether a manager must confirm money back and 伝票取消 in every store. Admin."""

    refund_needs_manager: bool


class PutCompanyRule(Message, tag="put_company_rule", frozen=True, kw_only=True):
    """A rule for all stores, from its day on; the one of that brand, media and day goes. Admin."""

    rule: BrandRule
