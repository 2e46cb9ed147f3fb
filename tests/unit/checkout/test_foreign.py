"""A result that fits no intent is a case of the sale that it may belong to, however late."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from checkout import decide_foreign
from checkout.facts import NotOurs
from contracts.money import Yen
from contracts.operations import Evidence, ForeignResultSeen, OperationKind, Outcome
from contracts.sales import SaleView, TenderState

NOW: Final = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""Another time than that of any payment here."""


def foreign(
    house: Any,
    ended_at: datetime | None = None,
    echoed: str | None = None,
    voids: str | None = None,
) -> ForeignResultSeen:
    """A payment by hand on T1, or what gave one back; told now."""
    return ForeignResultSeen(
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT if voids is None else OperationKind.VOID,
        outcome=Outcome.APPROVED,
        amount=Yen(999),
        echoed_operation_id=echoed,
        evidence=Evidence(source="result", at=house.clock.now()),
        voids=voids,
        ended_at=ended_at,
    )


def kinds(house: Any, view: SaleView) -> list[str]:
    return [case.kind for case in house.sale(view).cases]


async def rung_up(house: Any, count: int = 3) -> list[SaleView]:
    """Ring up sales, an hour after one another; an hour has passed since the last."""
    sales: list[SaleView] = []
    for _ in range(count):
        sales.append(await house.open())
        house.clock.advance(3600)
    await house.beat(number=2)
    return sales


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_during_a_payment_it_is_a_case_of_that_sale_and_the_payment_is_in_doubt(
    house: Any, *, elsewhere: bool
) -> None:
    sale = await house.open()
    await house.pay(sale)
    if elsewhere:
        house.restart()  # another process has sent it just now
    await house.tell(foreign(house))
    assert [(case.kind, case.tender) for case in house.sale(sale).cases] == [("foreign_result", 1)]
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT


async def test_on_an_idle_terminal_it_goes_to_the_registers_last_sale(house: Any) -> None:
    *others, last = await rung_up(house)
    await house.tell(foreign(house))
    assert kinds(house, last) == ["foreign_result"]
    assert not any(kinds(house, other) for other in others)


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_told_late_it_goes_to_the_sale_that_was_on_the_register_when_it_ended(
    house: Any, which: int
) -> None:
    sales = await rung_up(house)
    opened_at = house.sale(sales[which]).opened_at
    for ended_at in (opened_at, opened_at + timedelta(minutes=59)):
        await house.tell(foreign(house, ended_at))
    assert [len(kinds(house, sale)) for sale in sales] == [int(n == which) for n in range(3)]


async def test_before_the_registers_first_sale_it_is_that_ones_and_not_lost(house: Any) -> None:
    sales = await rung_up(house)
    await house.tell(foreign(house, house.sale(sales[0]).opened_at - timedelta(days=400)))
    assert [kinds(house, sale) for sale in sales] == [["foreign_result"], [], []]


async def test_told_late_during_another_payment_it_is_no_answer_to_that(house: Any) -> None:
    *_, before, now = await rung_up(house)
    ended_at = house.sale(before).opened_at + timedelta(minutes=5)
    await house.pay(now)
    await house.tell(foreign(house, ended_at))
    assert (kinds(house, before), kinds(house, now)) == (["foreign_result"], [])
    assert house.sale(now).tenders[0].state is TenderState.REQUESTED


async def test_clocks_that_differ_by_seconds_do_not_hide_a_foreign_answer(house: Any) -> None:
    *_, before = await rung_up(house)
    now = await house.open()
    await house.pay(now)
    await house.tell(foreign(house, house.clock.now() - timedelta(seconds=50)))
    assert kinds(house, before) == []
    assert kinds(house, now) == ["foreign_result"]
    assert house.sale(now).tenders[0].state is TenderState.IN_DOUBT


async def test_one_that_names_an_operation_goes_to_its_sale_whenever_it_ended(
    house: Any, build: Any
) -> None:
    sale = await house.open()
    operation = (await house.pay(sale)).operations[0].id
    await house.tell(build.concluded(operation_id=operation))
    *_, last = await rung_up(house)
    await house.tell(foreign(house, house.clock.now(), echoed=operation))
    assert (kinds(house, sale), kinds(house, last)) == (["foreign_result"], [])


async def test_a_void_by_hand_goes_to_the_payment_that_it_names(house: Any, build: Any) -> None:
    sale = await house.open()
    operation = (await house.pay(sale)).operations[0].id
    await house.tell(build.concluded(operation_id=operation))
    *_, last = await rung_up(house)
    await house.tell(foreign(house, house.clock.now(), voids="00119"))
    assert (kinds(house, sale), kinds(house, last)) == (["foreign_result"], [])


async def test_money_given_back_under_an_operation_of_nobodys_is_a_case_of_its_payment(
    house: Any, build: Any
) -> None:
    sale = await house.open()
    operation = (await house.pay(sale)).operations[0].id
    await house.tell(build.concluded(operation_id=operation))
    *_, last = await rung_up(house)
    told = build.concluded(
        operation_id=build.other_operation, kind=OperationKind.VOID, amount=999, voids="00119"
    )
    await house.tell(told)
    assert (kinds(house, sale), kinds(house, last)) == (["foreign_result"], [])


@pytest.mark.parametrize("printed", [True, False], ids=["a card's slip", "a code without one"])
async def test_a_payment_told_given_back_under_an_operation_of_nobodys_is_given_back(
    house: Any, build: Any, *, printed: bool
) -> None:
    sale = await house.open()
    operation = (await house.pay(sale)).operations[0].id
    slip = build.slip() if printed else None
    known = Evidence(source="journal", at=house.clock.now(), slip_number="00119", number=2)
    await house.tell(build.concluded(operation_id=operation, slip=slip, evidence=known))
    *_, last = await rung_up(house)
    told = build.concluded(
        operation_id=build.other_operation, slip=slip, evidence=known, voided_by="00120"
    )
    await house.tell(told)
    tender = house.sale(sale).tenders[0]
    assert (tender.state, tender.counted, tender.voided_by) == ("refunded", False, "00120")
    assert (kinds(house, sale), kinds(house, last)) == ([], [])


async def test_what_gave_back_a_payment_of_nobodys_is_a_case_without_giving_it_back_again(
    house: Any, build: Any
) -> None:
    sale = await house.open()
    told = build.concluded(operation_id=build.other_operation, voided_by="00120")
    await house.tell(told)
    (case,) = house.sale(sale).cases
    assert (case.kind, case.ways, case.evidence["slip_number"]) == (
        "foreign_result",
        ("accept",),
        "00120",
    )


@pytest.fixture
async def on_record(house: Any, build: Any) -> SaleView:
    """A sale whose payment is entry 2 of T1's journal, told an hour ago."""
    sale = await house.open()
    operation = (await house.pay(sale)).operations[0].id
    await house.tell(build.concluded(operation_id=operation, evidence=entry(house)))
    house.clock.advance(3600)
    await house.beat(number=2)
    return sale


def entry(house: Any, **told: Any) -> Evidence:
    named: dict[str, Any] = {
        "slip_number": "00119",
        "terminal_business_date": "2026-11-22",
        "number": 2,
        "terminal_at": house.clock.now(),
    }
    return Evidence(source="result", at=house.clock.now(), **(named | told))


def told_again(house: Any, build: Any, sale: SaleView, how: str, **told: Any) -> Any:
    """Tell the sale's payment again, under an id of nobody's or under none."""
    word = house.sale(sale).tenders[0].payment.evidence
    said = build.concluded(
        operation_id=build.other_operation, evidence=replace(word, at=house.clock.now(), **told)
    )
    if how == "concluded":
        return said
    echoed = build.other_operation if how == "strange id" else None
    return replace(decide_foreign.unasked(said), echoed_operation_id=echoed)


HOW = pytest.mark.parametrize("how", ["concluded", "strange id", "no id"])


@HOW
async def test_a_payment_on_record_that_is_told_again_asks_nobody_to_give_it_back(
    house: Any, build: Any, on_record: SaleView, how: str
) -> None:
    """Also while another payment is under way, which has nothing to do with it."""
    now = await house.open()
    await house.pay(now)
    for _ in range(2):
        await house.tell(told_again(house, build, on_record, how))
    (case,) = house.sale(on_record).cases
    assert (case.kind, case.state, case.way) == ("foreign_result", "settled", "replace_tender")
    assert kinds(house, now) == []
    assert house.sale(now).tenders[0].state is TenderState.REQUESTED


@HOW
@pytest.mark.parametrize(
    "other",
    [{"terminal_business_date": "2026-11-21"}, {"number": 100_002}, {"terminal_at": NOW}],
    ids=["day", "number", "time"],
)
async def test_another_charge_with_the_slip_number_of_one_on_record_is_an_open_case(
    house: Any, build: Any, on_record: SaleView, how: str, other: dict[str, Any]
) -> None:
    """Slip numbers wrap, and a terminal that was reset begins anew."""
    last = await house.open()
    await house.tell(told_again(house, build, on_record, how, **other))
    (case,) = house.sale(last).cases
    assert (case.kind, case.state, case.ways[0]) == ("foreign_result", "open", "refund_on_terminal")
    assert kinds(house, on_record) == []


async def test_a_payment_on_record_told_again_with_another_amount_is_an_open_case(
    house: Any, build: Any, on_record: SaleView
) -> None:
    last = await house.open()
    await house.tell(replace(told_again(house, build, on_record, "no id"), amount=Yen(166)))
    assert [case.state for case in house.sale(last).cases] == ["open"]


async def test_nothing_that_happened_under_an_operation_of_nobodys_is_set_aside(
    house: Any, build: Any
) -> None:
    await house.open()
    with pytest.raises(NotOurs):
        await house.tell(build.concluded(Outcome.DECLINED, operation_id=build.other_operation))


async def test_with_no_sale_at_all_it_is_set_aside(house: Any) -> None:
    with pytest.raises(NotOurs):
        await house.tell(foreign(house))
