"""伝票訂正 as it is drafted: which tenders stay, what is added, and what is still missing."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from contracts.sales import Method, SaleView, TenderState, TenderView

ADDED_MAX: Final = 10
"""More lines than this are no correction."""

_DIGITS_MAX: Final = 7


class Query(Protocol):
    """An address, whose names may come more than once."""

    def getall(self, key: str, default: Sequence[str], /) -> Sequence[str]:
        """Return every value of a name."""
        ...


class Added(Struct, frozen=True, kw_only=True):
    """A tender that the correction adds; `asked` is how the address says it."""

    method: str
    amount: int
    kind: str = ""

    @property
    def asked(self) -> str:
        """Return what stands for it in the address."""
        return f"{self.method}.{self.amount}" + (f".{self.kind}" if self.kind else "")

    @property
    def line(self) -> dict[str, str | int]:
        """Return it as a line of the request."""
        line: dict[str, str | int] = {"method": self.method, "amount": self.amount}
        return line | ({"kind": self.kind} if self.kind else {"received": self.amount})


class Choice(Struct, frozen=True, kw_only=True):
    """A tender of the sale, whether it stays, and whether that can be chosen."""

    tender: TenderView
    stays: bool
    free: bool


class Draft(Struct, frozen=True, kw_only=True):
    """The new list of tenders; it is whole when nothing is `missing`."""

    choices: tuple[Choice, ...]
    added: tuple[Added, ...]
    missing: int

    @property
    def lines(self) -> list[Mapping[str, str | int]]:
        """Return the list as it stands in the request."""
        stay = [{"number": one.tender.number} for one in self.choices if one.stays]
        return [*stay, *(one.line for one in self.added)]

    @property
    def changed(self) -> bool:
        """Tell whether the list is another than the sale's own."""
        return bool(self.added) or any(one.stays is not one.tender.counted for one in self.choices)

    def address(
        self, *, flip: int | None = None, without: int | None = None
    ) -> list[tuple[str, str]]:
        """Return the address's parts, with a tender chosen otherwise or an addition left out."""
        flipped = {one.tender.number for one in self.choices if one.stays is not one.tender.counted}
        flipped ^= set() if flip is None else {flip}
        kept = [one.asked for index, one in enumerate(self.added) if index != without]
        return [
            *(("flip", str(number)) for number in sorted(flipped)),
            *(("add", asked) for asked in kept),
        ]


def draft_of(sale: SaleView, query: Query) -> Draft:
    """Return the draft that an address holds; what it cannot mean is left out."""
    flipped = set(query.getall("flip", ()))
    choices = tuple(
        _choice(tender, flipped)
        for tender in sale.tenders
        if tender.counted or tender.state is TenderState.APPROVED
    )
    added = tuple(
        one for text in query.getall("add", ())[:ADDED_MAX] if (one := _added(text)) is not None
    )
    stays = sum(one.tender.amount for one in choices if one.stays)
    missing = sale.total - stays - sum(one.amount for one in added)
    return Draft(choices=choices, added=added, missing=missing)


def _choice(tender: TenderView, flipped: set[str]) -> Choice:
    """The terminal's money stays until the terminal gave it back: its record is the proof."""
    held = tender.method is Method.TERMINAL and tender.counted
    stays = tender.counted is not (not held and str(tender.number) in flipped)
    return Choice(tender=tender, stays=stays, free=not held)


def _added(text: str) -> Added | None:
    method, _, rest = text.partition(".")
    amount, _, kind = rest.partition(".")
    readable = amount.isascii() and amount.isdigit() and len(amount) <= _DIGITS_MAX
    if not readable or int(amount) == 0 or method not in {Method.CASH, Method.OTHER}:
        return None
    if (method == Method.OTHER) is not bool(kind):
        return None
    return Added(method=method, amount=int(amount), kind=kind[:40])
