"""What the streams say: kept once, and what has come in sets paper going."""

import asyncio
import logging
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.envelope import Fact
from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome, TerminalFact
from contracts.printing import PrintPaper, PrintQueued
from contracts.sales import (
    Method,
    OperationView,
    SaleEvent,
    SaleState,
    TenderState,
    TenderView,
)
from contracts.slips import NoMerchantNumber
from receipts.arrivals import Doorbell
from receipts.hearing import Hearing, Layouts
from receipts.model import NumberState
from receipts.numbers import Numbers
from servicekit.lifecycle import Lifecycle
from servicekit.tasks import Tasks
from testkit.clock import START
from testkit.papers import CARD_SALE, EMONEY_SALE, sold

OPERATION = "00000000-0000-7000-8000-0000000000aa"


def queued(command: PrintPaper) -> PrintQueued:
    return PrintQueued(job_id=command.job_id)


class Ear:
    """`Hearing` over a shop."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop
        self.tasks = Tasks(Lifecycle())
        self.started: list[asyncio.Task[Any]] = []
        bell = Doorbell()
        self.hearing = Hearing(
            record=shop.record,
            printing=shop.printing,
            numbers=Numbers(shop.record, shop.box, bell, shop.clock),
            configuration=shop.stores,
            arrivals=bell,
            tasks=self.tasks,
            clock=shop.clock,
            ids=shop.ids,
            layouts=Layouts(slip=3, receipt=5),
        )
        shop.box.words |= {
            "print_paper": [queued],
            "read_number": [NoMerchantNumber()],
        }

    def configure(self, **settings: Any) -> None:
        store = self.shop.stores.store
        self.shop.stores.store = replace(store, settings=replace(store.settings, **settings))

    async def fact(self, **more: Any) -> None:
        body = OperationConcluded(
            operation_id=OPERATION,
            terminal="T1",
            serial="CT6100-S001-T1",
            kind=OperationKind.PAYMENT,
            outcome=Outcome.APPROVED,
            amount=Yen(165),
            evidence=Evidence(source="result", at=START),
            media="card",
            brand="AMEX",
            slip=CARD_SALE,
        )
        fact = Fact[TerminalFact](
            id=self.shop.ids.uuid(),
            company="DEMO",
            store="S001",
            epoch=1,
            sequence=1,
            at=START,
            body=replace(body, **more),
        )
        await self.hearing.on_fact(fact)

    async def event(self, state: SaleState = SaleState.PAID, **more: Any) -> None:
        paid = OperationView(
            id=OPERATION, kind=OperationKind.PAYMENT, state="approved", slip_number="1", at=START
        )
        tender = TenderView(
            number=1,
            method=Method.TERMINAL,
            amount=Yen(165),
            state=TenderState.APPROVED,
            counted=True,
            operations=(paid,),
            media="card",
        )
        view = replace(sold(), state=state, tenders=(tender,), register="R1", sequence=2)
        told = SaleEvent(
            id=self.shop.ids.uuid(),
            company="DEMO",
            store="S001",
            register="R1",
            sale_id=view.id,
            sequence=2,
            name="tender_approved",
            tender=1,
            at=START,
            by=None,
            sale=view,
        )
        await self.hearing.on_sale(replace(told, **more))

    async def quiet(self) -> None:
        """Let what was set going come to its end."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait_for(asyncio.gather(*others), 5)

    @property
    def papers(self) -> list[bytes]:
        return [one.paper for one in self.shop.box.heard if hasattr(one, "paper")]


@pytest.fixture
def ear(shop: Any) -> Ear:
    return Ear(shop)


async def test_what_stands_on_an_approved_slip_is_kept_with_todays_layout(ear: Ear) -> None:
    await ear.fact()
    kept = await ear.shop.record.slip("DEMO", OPERATION)
    assert kept is not None
    assert (kept.slip, kept.layout, kept.media, kept.brand) == (CARD_SALE, 3, "card", "AMEX")
    assert (kept.store, kept.terminal, kept.serial) == ("S001", "T1", "CT6100-S001-T1")
    assert (kept.kind, kept.seen_at) == (OperationKind.PAYMENT, START)
    await ear.quiet()


@pytest.mark.parametrize(
    "more",
    [{"outcome": Outcome.DECLINED}, {"outcome": Outcome.NOT_PERFORMED}, {"slip": None}],
)
async def test_without_an_approval_or_a_slip_nothing_is_kept(ear: Ear, more: Any) -> None:
    await ear.fact(**more)
    assert not ear.shop.record.slips


async def test_a_card_has_no_merchants_number_and_nobody_asks(ear: Ear) -> None:
    await ear.fact()
    await ear.quiet()
    assert not ear.shop.record.numbers
    assert not ear.shop.box.heard


async def test_an_e_moneys_number_is_wanted_with_its_slip_and_asked_for_at_once(ear: Ear) -> None:
    await ear.fact(media="emoney", brand="iD", slip=EMONEY_SALE)
    assert ear.shop.record.numbers[OPERATION].state is NumberState.WANTED
    await ear.quiet()
    assert ear.shop.record.numbers[OPERATION].state is NumberState.NONE
    assert [one.operation_id for one in ear.shop.box.heard] == [OPERATION]


async def test_the_same_fact_again_sets_nothing_going(ear: Ear) -> None:
    await ear.fact(media="emoney", brand="iD", slip=EMONEY_SALE)
    await ear.quiet()
    await ear.fact(media="emoney", brand="iD", slip=EMONEY_SALE)
    await ear.quiet()
    assert len(ear.shop.box.heard) == 1


async def test_another_slip_for_the_same_operation_is_kept_aside_and_said(
    ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    await ear.fact()
    with caplog.at_level(logging.ERROR):
        await ear.fact(slip=replace(CARD_SALE, total=Yen(166)))
    kept = await ear.shop.record.slip("DEMO", OPERATION)
    assert kept is not None
    assert kept.slip == CARD_SALE
    assert len(await ear.shop.record.contrary(OPERATION)) == 1
    assert OPERATION in caplog.text
    await ear.quiet()


async def test_by_itself_both_copies_go_out_whichever_comes_first(ear: Ear) -> None:
    ear.configure(customer_slip="auto")
    await ear.event()
    await ear.quiet()
    assert not ear.papers, "its slip is not there yet"
    assert [one.job.state for one in ear.shop.news.told] == ["queued", "queued"]
    await ear.fact()
    await ear.quiet()
    assert [paper.split()[1] for paper in ear.papers] == [b"customer", b"merchant"]


async def test_by_itself_both_copies_go_out_once_whatever_is_told_again(ear: Ear) -> None:
    ear.configure(customer_slip="auto")
    await ear.fact()
    for _ in range(3):
        await ear.event()
        await ear.quiet()
    assert len(ear.papers) == 2
    assert len(ear.shop.news.told) == 2


async def test_an_e_moneys_merchants_copy_goes_out_once_its_number_is_settled(ear: Ear) -> None:
    ear.configure(customer_slip="auto")
    await ear.event()
    await ear.fact(media="emoney", brand="iD", slip=EMONEY_SALE)
    await ear.quiet()
    assert [paper.split()[1] for paper in ear.papers] == [b"customer", b"merchant"]


async def test_by_hand_nothing_prints_by_itself(ear: Ear) -> None:
    await ear.fact()
    await ear.event()
    await ear.quiet()
    assert not ear.papers


@pytest.mark.parametrize("state", list(SaleState))
async def test_who_sold_is_kept_once_it_is_sold(ear: Ear, state: SaleState) -> None:
    await ear.event(state)
    sale = await ear.shop.record.sale("DEMO", sold().id)
    assert sale is not None
    sold_already = state in {SaleState.PAID, SaleState.CLOSED, SaleState.VOIDED}
    assert (sale.seller is not None) is sold_already
    assert (sale.layout, sale.heard_at, sale.view.state) == (5, START, state)


async def test_a_store_that_is_not_known_yet_keeps_no_seller_and_prints_nothing(ear: Ear) -> None:
    ear.configure(customer_slip="auto")
    ear.shop.stores.store = None
    await ear.event()
    sale = await ear.shop.record.sale("DEMO", sold().id)
    assert sale is not None
    assert sale.seller is None
    assert not ear.shop.record.jobs
