"""What the audit log is told of a change: the overrides in it, each with who answers for it. Pure.

They are read off the sale as it was and as it is, so that no rule can forget to tell of one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from checkout.authority import confirmed_by
from checkout.model import Decision, Happened, Moment, Refused, Sale
from contracts.audit import AuditFacts
from contracts.identifiers import CompanyCode, OperatorCode, RegisterCode, SaleId, StoreCode
from contracts.sales import TenderState


class Override(Struct, frozen=True, kw_only=True):
    """One line of the audit log, as it is committed with the sale. `sequence` is its event's."""

    at: datetime
    company: CompanyCode
    store: StoreCode
    register: RegisterCode
    sale: SaleId
    sale_number: str
    sequence: int
    operator: OperatorCode | None
    role: str
    authorised_by: OperatorCode | None
    action: str
    reason: str
    before: AuditFacts
    after: AuditFacts


class Named(NamedTuple):
    """What was overridden, who answers for it, and why, in that person's words."""

    action: str
    authorised_by: OperatorCode | None
    reason: str = ""


def overrides_of(before: Sale, decided: Decision | Refused, moment: Moment) -> tuple[Override, ...]:
    """Return the overrides among what happened, in order."""
    if isinstance(decided, Refused):
        return ()
    found: list[Override] = []
    was = before
    for one in decided.happened:
        found += [_override(was, one, named, moment) for named in _named(was, one, moment)]
        was = one.sale
    return tuple(found)


def _named(was: Sale, one: Happened, moment: Moment) -> tuple[Named, ...]:
    return tuple(named for rule in _RULES if (named := rule(was, one, moment)) is not None)


def _sent(was: Sale, one: Happened, _moment: Moment) -> Named | None:
    """Another payment was sent while one was in doubt."""
    tender = None if one.tender is None else one.sale.tender(one.tender)
    if tender is None or was.tender(tender.number) is not None or tender.authorised_by is None:
        return None
    return Named("sent_beside_a_doubt", tender.authorised_by)


def _resolved(was: Sale, one: Happened, _moment: Moment) -> Named | None:
    """A manager's word was taken for the terminal's."""
    tender = None if one.tender is None else one.sale.tender(one.tender)
    if tender is None or tender.resolution is None:
        return None
    old = was.tender(tender.number)
    told = tender.resolution
    if old is not None and old.resolution is not None and old.resolution.at == told.at:
        return None
    return Named("tender_resolved", told.authorised_by, told.reason)


def _settled(was: Sale, one: Happened, _moment: Moment) -> Named | None:
    """A difference was settled by somebody, and not by the evidence."""
    for case in one.sale.cases:
        old = was.case(case.id)
        if not case.open and old is not None and old.open and case.settled_by is not None:
            return Named("case_settled", case.authorised_by, case.reason or "")
    return None


def _refunded(was: Sale, one: Happened, moment: Moment) -> Named | None:
    """Money back was confirmed beside who asked for it."""
    tender = None if one.tender is None else one.sale.tender(one.tender)
    old = None if tender is None else was.tender(tender.number)
    manager = confirmed_by(moment, was.store)
    if tender is None or old is None or manager is None or old.state is tender.state:
        return None
    if tender.state not in _GIVES_BACK:
        return None
    return Named("refund_authorised", manager)


def _voided(was: Sale, one: Happened, _moment: Moment) -> Named | None:
    """伝票取消 that somebody confirmed, now or when it was wanted."""
    told = one.sale.voided
    if was.voided is not None or told is None or told.authorised_by is None:
        return None
    return Named("sale_voided", told.authorised_by, told.reason)


def _corrected(was: Sale, one: Happened, _moment: Moment) -> Named | None:
    """伝票訂正: it always has a manager who answers for it."""
    if len(one.sale.corrections) == len(was.corrections):
        return None
    told = one.sale.corrections[-1]
    return Named("sale_corrected", told.authorised_by, told.reason)


_GIVES_BACK: Final = frozenset({TenderState.REFUNDING, TenderState.REFUNDED})

_RULES: Final[tuple[Callable[[Sale, Happened, Moment], Named | None], ...]] = (
    _sent,
    _resolved,
    _settled,
    _refunded,
    _voided,
    _corrected,
)


def _override(was: Sale, one: Happened, named: Named, moment: Moment) -> Override:
    sale, actor = one.sale, moment.actor
    before, after = difference(was, sale)
    mine = actor is not None and actor.operator == one.by
    return Override(
        at=moment.at,
        company=sale.company,
        store=sale.store,
        register=sale.register,
        sale=sale.id,
        sale_number=sale.number,
        sequence=sale.sequence,
        operator=one.by,
        role=str(actor.role) if actor is not None and mine else "",
        authorised_by=named.authorised_by,
        action=named.action,
        reason=named.reason,
        before=before,
        after=after,
    )


def difference(before: Sale, after: Sale) -> tuple[AuditFacts, AuditFacts]:
    """Return what differs, by name, as it was and as it is."""
    was, now = facts(before), facts(after)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return (
        {name: was[name] for name in names if name in was},
        {name: now[name] for name in names if name in now},
    )


def facts(sale: Sale) -> AuditFacts:
    """Return what somebody who checks an override wants to see of a sale."""
    known: AuditFacts = {"sale.state": str(sale.state), "sale.paid": sale.paid}
    for tender in sale.tenders:
        known |= {
            f"tender.{tender.number}.method": str(tender.method),
            f"tender.{tender.number}.amount": tender.amount,
            f"tender.{tender.number}.state": str(tender.state),
            f"tender.{tender.number}.counted": tender.counted,
        }
        if tender.slip_number is not None:
            known[f"tender.{tender.number}.slip_number"] = tender.slip_number
    for number, case in enumerate(sale.cases, 1):
        known[f"case.{number}.kind"] = case.kind
        known[f"case.{number}.state"] = case.state
        if case.way is not None:
            known[f"case.{number}.way"] = case.way
    return known
