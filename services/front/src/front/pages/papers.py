"""Slips and receipts on a screen: their preview, how they print, and the way to print them."""

from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from contracts.envelope import Role
from contracts.receipts import Copy, PrintJobs, PrintJobView, ReadPrintJobs, SlipOf
from contracts.sales import SaleView
from contracts.stores import printer_of
from front.http.keys import DESK
from front.model import Caller
from front.pages.paper import (
    Paper,
    SlipOffered,
    has_receipt,
    paper_of,
    reason_word,
    slip_jobs,
    slips_offered,
)
from front.pages.place import Place
from front.pages.stage import Shown, Stage
from front.ports import ServiceUnavailable
from front.routes import RECEIPTS, SELLERS

LOOKERS: Final = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR})
"""Who looks at a merchant's copy, and at any after the register prints it no more."""


class Standing(Struct, frozen=True, kw_only=True):
    """How a piece of paper stands, as the catalogues name it: `paper.<state>`, `why.<reason>`."""

    state: Paper
    reason: str = ""

    @property
    def needs_hand(self) -> bool:
        """Tell whether somebody has to do something."""
        return self.state in {Paper.NOT_PRINTED, Paper.LOOK}


class SlipShown(Struct, frozen=True, kw_only=True):
    """What a screen offers of a slip."""

    offered: SlipOffered
    standing: Standing
    prints: bool
    """The register prints it; else the terminal's own 再印字 does."""
    copies: tuple[Copy, ...]
    """Those that the person may look at."""

    def preview(self, sale: str, copy: str, columns: int) -> str:
        """Return the address of a copy's picture, as wide as the register's printer."""
        base = f"/api/v1/sales/{sale}/{self.offered.path}/{copy}.svg"
        return f"{base}?operation={self.offered.of}&columns={columns}"


class PapersShown(Struct, frozen=True, kw_only=True):
    """What a screen says of a sale's paper."""

    slips: tuple[SlipShown, ...] = ()
    receipt: Standing | None = None
    """None: there is no receipt yet."""
    automatic: bool = False
    printer: str | None = None
    columns: int = 48

    def slip(self, tender: int, of: str = SlipOf.PAYMENT) -> SlipShown | None:
        """Return one slip, if there is one."""
        return next(
            (
                one
                for one in self.slips
                if (one.offered.tender.number, one.offered.of) == (tender, of)
            ),
            None,
        )

    @property
    def unprinted(self) -> tuple[SlipShown, ...]:
        """Return the slips that were to come out and did not."""
        return tuple(one for one in self.slips if one.standing.needs_hand)


NO_PAPERS: Final = PapersShown()


async def papers_of(
    request: web.Request, caller: Caller, place: Place, sale: SaleView | None
) -> PapersShown:
    """Return what there is to say of a sale's paper; that it cannot be known is said, too."""
    if sale is None:
        return NO_PAPERS
    jobs = await _jobs(request, caller, sale)
    printer = printer_of(place.configuration, sale.register)
    reprint = place.configuration.settings.slip_reprint == "register"
    may_print = caller.session.role in SELLERS
    return PapersShown(
        slips=tuple(
            SlipShown(
                offered=one,
                standing=_standing(
                    None if jobs is None else slip_jobs(jobs, one.tender.number, one.of)
                ),
                prints=may_print and (one.in_time or reprint),
                copies=_copies(caller, one),
            )
            for one in slips_offered(sale)
        ),
        receipt=_receipt(sale, jobs),
        automatic=place.configuration.settings.customer_slip == "auto",
        printer=None if printer is None else printer.printer,
        columns=48 if printer is None else printer.columns,
    )


async def _jobs(
    request: web.Request, caller: Caller, sale: SaleView
) -> tuple[PrintJobView, ...] | None:
    """Return the sale's print jobs; none yet where it was not heard of, None where nobody says."""
    try:
        answer = await request.app[DESK].ask(caller, RECEIPTS, ReadPrintJobs(sale=sale.id))
    except ServiceUnavailable:
        return None
    if answer.outcome == "unknown_sale":
        return ()
    if answer.outcome != "ok":
        return None
    return msgspec.json.decode(answer.body, type=PrintJobs).jobs


def _standing(jobs: Iterable[PrintJobView] | None) -> Standing:
    if jobs is None:
        return Standing(state=Paper.UNKNOWN)
    state, reason = paper_of(jobs)
    return Standing(state=state, reason=reason_word(reason) if reason else "")


def _receipt(sale: SaleView, jobs: Iterable[PrintJobView] | None) -> Standing | None:
    if not has_receipt(sale):
        return None
    return _standing(None if jobs is None else [job for job in jobs if job.what == "receipt"])


def _copies(caller: Caller, slip: SlipOffered) -> tuple[Copy, ...]:
    if caller.session.role in LOOKERS:
        return tuple(Copy)
    return (Copy.CUSTOMER,) if slip.in_time else ()


def slip_shown(papers: PapersShown, shown: Shown) -> SlipShown | None:
    """Return the slip of the tender in front, as 支払完了 or 払戻完了 show it."""
    if shown.tender is None:
        return None
    of = SlipOf.REFUND if shown.stage is Stage.REFUNDED else SlipOf.PAYMENT
    return papers.slip(shown.tender.number, of)


class PaperPicked(Struct, frozen=True, kw_only=True):
    """The paper that 詳細 shows beside the sale."""

    source: str
    copy: str = ""
    """Empty: the receipt."""
    slip: SlipShown | None = None


def picked_paper(papers: PapersShown, sale: SaleView, asked: str) -> PaperPicked | None:
    """Return what the address asks for: `receipt`, or `<tender>.<payment|refund>.<copy>`.

    What there is not, or is not for the person to look at, is left out.
    """
    if asked == "receipt" and papers.receipt is not None:
        source = f"/api/v1/sales/{sale.id}/receipt.svg?columns={papers.columns}"
        return PaperPicked(source=source)
    for slip in papers.slips:
        for copy in slip.copies:
            if asked == f"{slip.offered.tender.number}.{slip.offered.of}.{copy}":
                source = slip.preview(sale.id, copy, papers.columns)
                return PaperPicked(source=source, copy=copy, slip=slip)
    return None
