"""差異: what the two sides of a sale disagree on, and how somebody or something settles it."""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from contracts.envelope import Message
from contracts.identifiers import (
    CaseId,
    OperatorCode,
    RegisterCode,
    SaleId,
    StoreCode,
    TenderNumber,
)
from contracts.money import Yen

CASES_SHOWN_MAX: Final = 20
"""More open cases on one till than this, and the list in 差異 is the place to look."""

Reason = Annotated[str, Meta(min_length=1, max_length=500)]
"""Why a person decided so, in their own words; kept with the sale."""


# --- asked of checkout: Call[...] on svc.checkout.<verb> ---


class FindCases(Message, tag="find_cases", frozen=True, kw_only=True):
    """差異 of the actor's stores, newest first. `after` is the `next` of the page before."""

    store: StoreCode | None = None
    register: RegisterCode | None = None
    state: Literal["open", "settled"] | None = None
    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class SettleCase(Message, tag="settle_case", frozen=True, kw_only=True):
    """Settle a case in one of its ways: `accept`, or `replace_tender` with the `tender` to go.

    `accept` needs a manager (`Call.authority`, or the actor). The ways that give money back are
    settled by the evidence for it, never by word of mouth: 409 `not_in_journal` until then.
    """

    case: CaseId
    way: str
    reason: Reason
    tender: TenderNumber | None = None


# --- views ---


class CaseView(Message, frozen=True, kw_only=True):
    """Something the two sides disagree on (差異)."""

    id: CaseId
    kind: str
    store: StoreCode
    register: RegisterCode
    sale: SaleId
    tender: TenderNumber | None
    amount: Yen | None
    evidence: dict[str, str | int | None]
    opened_at: datetime
    ways: tuple[str, ...]
    state: str
    """`open` or `settled`."""
    sale_number: str = ""
    settled_at: datetime | UnsetType = UNSET
    settled_by: OperatorCode | UnsetType = UNSET
    """Nobody where the evidence settled it."""
    authorised_by: OperatorCode | UnsetType = UNSET
    way: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class CasesPage(Message, frozen=True, kw_only=True):
    """One page of 差異."""

    cases: tuple[CaseView, ...]
    next: str | None
