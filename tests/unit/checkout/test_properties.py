"""Whatever cashiers and terminals do in whatever order: money is counted once, nothing is lost."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from checkout import decide_case, decide_outcome, decide_resolve, decide_sale, decide_tender
from checkout.decide_tender import TerminalAtHand
from checkout.holds import holds_of
from checkout.model import Decision, Moment, Refused, Sale
from contracts.cases import SettleCase
from contracts.envelope import Actor, Authority, Role
from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome
from contracts.problems import PROBLEMS
from contracts.sales import (
    AddTender,
    Line,
    Method,
    OpenSale,
    ResolveTender,
    SaleState,
    TenderState,
)
from contracts.slips import Slip

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
MANAGER = Authority(operator="manager", role=Role.MANAGER)
TOTAL = 100
AMOUNTS = st.sampled_from([-5, 0, 1, 40, 60, 60, 100, 100, 101, 10_000_000])
NUMBERS = st.integers(1, 7)
SOURCES = st.sampled_from(["result", "journal", "status", "abort", "tombstone"])


def identifier(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


class OneSale(RuleBasedStateMachine):
    """One sale of ¥100 under any sequence of commands and of the terminal's words."""

    def __init__(self) -> None:
        super().__init__()
        line = Line(name="お茶", quantity=1, unit_price=Yen(TOTAL), tax_rate=8)
        self.drawn = 0
        self.told: list[OperationConcluded] = []
        self.asked: dict[str, int] = {}
        decided = decide_sale.open_sale(
            OpenSale(store="S001", register="R1", lines=(line,)),
            sale_id=identifier(0),
            number="S001-20261122-0001",
            day="2026-11-22",
            moment=self.moment(),
        )
        assert isinstance(decided, Decision)
        self.sale: Sale = decided.sale

    def moment(self, authority: Authority | None = None) -> Moment:
        self.drawn += 1
        return Moment(at=NOW, case_id=identifier(self.drawn), actor=CASHIER, authority=authority)

    def take(self, decided: Decision | Refused) -> None:
        if isinstance(decided, Refused):
            assert decided.code in PROBLEMS
            return
        numbers = [event.sale.sequence for event in decided.happened]
        first = self.sale.sequence + 1
        assert numbers == list(range(first, first + len(numbers)))
        assert decided.sale == (decided.happened[-1].sale if numbers else self.sale)
        self.sale = decided.sale

    @rule(
        amount=AMOUNTS,
        method=st.sampled_from(list(Method)),
        stands_for=st.none() | NUMBERS,
        override=st.booleans(),
    )
    def add(self, amount: int, method: Method, stands_for: int | None, *, override: bool) -> None:
        self.drawn += 1
        holds = holds_of(self.sale).values()
        at_hand = TerminalAtHand(
            terminal="T1",
            busy_with=next((hold.operation_id for hold in holds if hold.holds_terminal), None),
            operation_id=identifier(self.drawn),
        )
        other = method is Method.OTHER
        confirmed = MANAGER if override else None
        asked = AddTender(
            sale=self.sale.id,
            method=method,
            amount=amount,
            kind="gift" if other else None,
            stands_for=stands_for if other else None,
        )
        decided = decide_tender.add_tender(
            self.sale, asked, at_hand=at_hand, moment=self.moment(confirmed)
        )
        if isinstance(decided, Decision) and decided.start is not None:
            self.asked[decided.start.operation_id] = decided.start.amount
        self.take(decided)

    @rule(number=NUMBERS)
    def remove(self, number: int) -> None:
        self.take(decide_tender.remove_tender(self.sale, number, self.moment()))

    @rule(number=NUMBERS)
    def release(self, number: int) -> None:
        self.take(decide_tender.release_tender(self.sale, number, self.moment()))

    @rule(number=NUMBERS)
    def disconnect(self, number: int) -> None:
        self.take(decide_tender.disconnect_tender(self.sale, number, self.moment()))

    @rule(
        number=NUMBERS,
        outcome=st.sampled_from(["approved", "not_performed"]),
        slip=st.sampled_from([None, "00119", "00120"]),
    )
    def resolve(self, number: int, outcome: Any, slip: str | None) -> None:
        asked = ResolveTender(
            sale=self.sale.id, tender=number, outcome=outcome, reason="x", slip_number=slip
        )
        self.take(decide_resolve.resolve_tender(self.sale, asked, self.moment(MANAGER)))

    @precondition(lambda self: bool(self.sale.cases))
    @rule(
        data=st.data(),
        way=st.sampled_from(["accept", "replace_tender", "refund_on_terminal"]),
        number=NUMBERS,
    )
    def settle(self, data: st.DataObject, way: str, number: int) -> None:
        case = data.draw(st.sampled_from(self.sale.cases))
        asked = SettleCase(case=case.id, way=way, reason="x", tender=number)
        self.take(decide_case.settle_case(self.sale, asked, self.moment(MANAGER)))

    @rule()
    def close(self) -> None:
        self.take(decide_sale.close_sale(self.sale, self.moment()))

    @rule()
    def abandon(self) -> None:
        self.take(decide_sale.abandon_sale(self.sale, self.moment()))

    @precondition(lambda self: bool(self.asked))
    @rule(data=st.data())
    def show_or_doubt(self, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(sorted(self.asked)))
        if data.draw(st.booleans()):
            self.take(decide_outcome.progress(self.sale, operation, self.moment()))
        else:
            self.take(decide_outcome.doubt(self.sale, operation, "silence", self.moment()))

    @precondition(lambda self: bool(self.asked))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(sorted(self.asked)))
        self.take(decide_tender.withdraw_tender(self.sale, operation, self.moment()))

    @precondition(lambda self: bool(self.asked))
    @rule(
        data=st.data(),
        outcome=st.sampled_from([*Outcome, Outcome.APPROVED, Outcome.APPROVED]),
        source=SOURCES,
        slip=st.sampled_from(["00119", "00119", "00120"]),
        wrong=st.sampled_from(["", "", "", "amount", "echo"]),
        voided=st.sampled_from([None, None, None, "00200"]),
    )
    def tell(
        self,
        data: st.DataObject,
        outcome: Outcome,
        *,
        source: str,
        wrong: str,
        slip: str,
        voided: str | None,
    ) -> None:
        operation = data.draw(st.sampled_from(sorted(self.asked)))
        amount = Yen(self.asked[operation] * (10 if wrong == "amount" else 1))
        approved = outcome is Outcome.APPROVED
        told = OperationConcluded(
            operation_id=operation,
            terminal="T1",
            serial="CT6100-S001-T1",
            kind=OperationKind.PAYMENT,
            outcome=outcome,
            amount=amount,
            evidence=Evidence(source=source, at=NOW),
            echoed_operation_id=identifier(999_999) if wrong == "echo" else operation,
            terminal_business_date="2026-11-22",
            slip=_slip(slip, amount) if approved else None,
            voided_by=voided if approved else None,
        )
        self.told.append(told)
        self.take(decide_outcome.conclude(self.sale, told, self.moment()))
        again = decide_outcome.conclude(self.sale, told, self.moment())
        assert again == Decision(sale=self.sale), "a repeat changes nothing"

    @invariant()
    def the_state_follows_the_money(self) -> None:
        sale = self.sale
        if sale.state in (SaleState.OPEN, SaleState.PAID):
            assert sale.paid + sale.pending <= TOTAL
            assert (sale.state is SaleState.PAID) == (sale.paid == TOTAL)
        if sale.state is SaleState.CLOSED:
            missing = any(case.kind == "refunded_after_close" for case in sale.cases)
            assert sale.paid == TOTAL or missing
        if sale.state is SaleState.ABANDONED:
            assert sale.paid == 0
        assert sale.change >= 0

    @invariant()
    def tenders_keep_to_their_limits(self) -> None:
        numbers = [tender.number for tender in self.sale.tenders]
        assert len(set(numbers)) == len(numbers)
        assert max(numbers, default=0) <= self.sale.tenders_opened
        held = [hold for hold in holds_of(self.sale).values() if hold.holds_terminal]
        assert len(held) <= 1
        for tender in self.sale.tenders:
            if tender.counted:
                assert tender.state is TenderState.APPROVED

    @invariant()
    def every_approval_is_in_the_sale_or_a_case(self) -> None:
        """Or it was given back: by its operation and slip, as the terminal tells charges apart."""
        given_back = {_charge(told) for told in self.told if told.voided_by is not None}
        for told in self.told:
            if told.outcome is not Outcome.APPROVED or told.slip is None:
                continue
            tender = self.sale.tender_of(told.operation_id)
            attached = (
                tender is not None
                and tender.counted
                and tender.slip_number in (None, told.slip.slip_number)
            )
            told_of = any(
                case.evidence["operation"] == told.operation_id for case in self.sale.cases
            )
            assert attached or told_of or _charge(told) in given_back, told

    @invariant()
    def what_was_given_back_pays_nothing(self) -> None:
        for told in self.told:
            tender = self.sale.tender_of(told.operation_id)
            its_own = told.echoed_operation_id == told.operation_id
            if told.voided_by is None or told.slip is None or tender is None or not its_own:
                continue
            if told.amount == tender.amount and tender.slip_number == told.slip.slip_number:
                assert not tender.counted, told

    @invariant()
    def what_is_counted_is_on_one_tender(self) -> None:
        """Money that no open case asks back, and that pays nothing, was accepted by somebody."""
        for tender in self.sale.tenders:
            uncounted = tender.state is TenderState.APPROVED and not tender.counted
            about = [case for case in self.sale.cases if case.tender == tender.number]
            assert not uncounted or about, tender

    @invariant()
    def a_case_is_opened_once(self) -> None:
        seen = [(case.kind, case.tender, str(case.evidence)) for case in self.sale.cases]
        assert len(set(seen)) == len(seen)


def _charge(told: OperationConcluded) -> tuple[str, str | None]:
    return told.operation_id, None if told.slip is None else told.slip.slip_number


def _slip(number: str, amount: Yen) -> Slip:
    return Slip(
        slip_number=number,
        title="カード売上票",
        merchant_name="",
        merchant_phone="",
        used_at="",
        transaction="売上",
        amount=amount,
        total=amount,
    )


TestOneSale = OneSale.TestCase
TestOneSale.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
