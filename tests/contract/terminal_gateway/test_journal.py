"""What every journal promises."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts.envelope import Fact
from contracts.money import Yen
from contracts.operations import (
    Evidence,
    OperationConcluded,
    OperationDoubted,
    OperationKind,
    Outcome,
    TerminalFact,
)
from contracts.slips import Slip
from terminal_gateway.model import Change, FactDraft, Intent, Operation, State
from terminal_gateway.ports import Journal
from testkit.clock import START, CountingIds, FakeClock

Reopen = Callable[[], Awaitable[Journal]]
ids = CountingIds(family=1)


def operation(**fields: Any) -> Operation:
    intent = Intent(
        operation_id=ids.uuid(),
        terminal="T1",
        serial="CT6100-S001-T1",
        register="R1",
        sale_id="00000000-0000-7000-8000-00000000000a",
        tender=1,
        kind=OperationKind.PAYMENT,
        amount=Yen(165),
        at=START,
        epoch=1,
        mark=7,
        trace={"traceparent": "00-1"},
    )
    return Operation(intent=intent, **fields)


def concluded(one: Operation) -> Operation:
    said = OperationConcluded(
        operation_id=one.id,
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=Yen(165),
        evidence=Evidence(source="result", at=START),
        slip=Slip(
            slip_number="00119",
            title="売上票",
            merchant_name="渋谷店",
            merchant_phone="",
            used_at="2026/11/20 10:00:00",
            transaction="売上",
            amount=Yen(165),
            total=Yen(165),
        ),
    )
    return replace(one, state=State.CONCLUDED, conclusion=said, told=True)


def draft(one: Operation) -> FactDraft:
    return FactDraft(
        id=ids.uuid(),
        terminal="T1",
        name="operation_doubted",
        at=START,
        body=OperationDoubted(operation_id=one.id, terminal="T1", reason="restart"),
        trace=one.intent.trace,
    )


async def test_an_operation_comes_back_as_it_was_saved(reopen: Reopen) -> None:
    journal = await reopen()
    one = operation()
    await journal.save(Change(operations=(one,)))
    assert journal.find(one.id) == one
    done = concluded(one)
    await journal.save(Change(operations=(done,)))
    assert (await reopen()).find(one.id) == done


async def test_open_operations_are_known_at_start_oldest_first(reopen: Reopen) -> None:
    journal = await reopen()
    first, second, third = operation(), operation(), operation(state=State.UNRESOLVED)
    for one in (first, second, third, concluded(second)):
        await journal.save(Change(operations=(one,)))
    assert (await reopen()).standing().open_operations == (first, third)


async def test_facts_are_counted_without_a_gap_within_an_epoch(reopen: Reopen) -> None:
    journal = await reopen()
    await journal.take_epoch(3, lost_at=None)
    one = operation()
    first = await journal.save(Change(facts=(draft(one), draft(one))))
    journal = await reopen()
    second = await journal.save(Change(facts=(draft(one),)))
    await journal.take_epoch(4, lost_at=None)
    third = await journal.save(Change(facts=(draft(one),)))
    stored = [*first, *second, *third]
    assert [(fact.epoch, fact.sequence) for fact in stored] == [(3, 1), (3, 2), (3, 3), (4, 1)]
    assert [fact.position for fact in stored] == [1, 2, 3, 4]


async def test_a_fact_says_on_the_wire_where_it_stands(journal: Journal) -> None:
    await journal.take_epoch(3, lost_at=None)
    one = operation()
    sent = draft(one)
    (stored,) = await journal.save(Change(facts=(sent,)))
    fact = msgspec.json.decode(stored.payload, type=Fact[TerminalFact])
    assert fact == Fact(
        id=sent.id, company="DEMO", store="S001", epoch=3, sequence=1, at=START, body=sent.body
    )
    assert stored.trace == {"traceparent": "00-1"}


async def test_what_is_not_published_waits_in_order(reopen: Reopen) -> None:
    journal = await reopen()
    one = operation()
    facts = [(await journal.save(Change(facts=(draft(one),))))[0] for _ in range(5)]
    assert await journal.unpublished(after=0, limit=2) == tuple(facts[:2])
    assert await journal.unpublished(after=2, limit=9) == tuple(facts[2:])
    journal.mark_published(facts[2].position)
    journal = await reopen()
    assert await journal.unpublished(after=0, limit=9) == tuple(facts[3:])
    assert journal.standing().unpublished == 2


async def test_published_facts_are_kept_for_replay(journal: Journal) -> None:
    await journal.take_epoch(1, lost_at=None)
    one = operation()
    facts = [(await journal.save(Change(facts=(draft(one),))))[0] for _ in range(4)]
    journal.mark_published(4)
    assert await journal.facts_between(epoch=1, first=2, last=3) == tuple(facts[1:3])
    assert await journal.facts_between(epoch=2, first=1, last=9) == ()
    assert (journal.first_kept(1), journal.first_kept(2)) == (1, 0)


async def test_a_repeat_of_a_foreign_result_is_recognised(reopen: Reopen) -> None:
    journal = await reopen()
    assert not journal.has_seen("a")
    await journal.save(Change(seen=("a",)))
    await journal.save(Change(seen=("a",)))
    assert (await reopen()).has_seen("a")


async def test_epoch_and_configuration_and_a_loss_survive(reopen: Reopen) -> None:
    journal = await reopen()
    assert journal.standing().epoch == 0
    await journal.take_epoch(7, lost_at=START)
    await journal.take_epoch(8, lost_at=None)
    await journal.keep_configuration(b"{}")
    standing = (await reopen()).standing()
    assert (standing.epoch, standing.lost_at, standing.configuration) == (8, START, b"{}")
    assert standing.journal_id == journal.standing().journal_id


async def test_what_is_old_is_forgotten_but_nothing_open_or_unpublished(
    journal: Journal, clock: FakeClock
) -> None:
    open_one, done = operation(), concluded(operation())
    await journal.save(Change(operations=(open_one, done), facts=(draft(done), draft(done))))
    journal.mark_published(1)
    await journal.save(Change(facts=(draft(done),)))
    clock.advance(timedelta(days=500).total_seconds())
    later = clock.now()
    assert await journal.prune(facts_before=later, operations_before=START) <= 1
    assert journal.find(done.id) is not None
    await journal.prune(facts_before=later, operations_before=later)
    assert journal.find(open_one.id) == open_one
    assert journal.find(done.id) is None
    assert len(await journal.unpublished(after=0, limit=9)) == 2


async def test_many_at_once_are_all_kept_in_the_order_of_their_calls(journal: Journal) -> None:
    await journal.take_epoch(1, lost_at=None)
    many = [operation() for _ in range(200)]
    saves = [journal.save(Change(operations=(one,), facts=(draft(one),))) for one in many]
    stored = await asyncio.gather(*saves)
    assert [facts[0].sequence for facts in stored] == list(range(1, 201))
    assert all(journal.find(one.id) == one for one in many)


async def test_it_says_that_it_can_be_written(journal: Journal) -> None:
    assert journal.has_room()
    assert await journal.writable()
