import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from contracts.operations import Delivered, OperationDoubted
from terminal_gateway import forwarder
from terminal_gateway.errors import NotPublishedError
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.memory import MemoryDisk, MemoryJournal
from terminal_gateway.model import Change, FactDraft, StoredFact
from testkit.clock import START, CountingIds, FakeClock


class Stream:
    """Keeps what came; refuses as often as told."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.again: list[int] = []
        self.refusals = 0

    async def publish(self, facts: Sequence[StoredFact]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise NotPublishedError("full")
        self.kept.extend(fact.position for fact in facts)

    async def publish_again(self, facts: Sequence[StoredFact]) -> None:
        self.again.extend(fact.position for fact in facts)


class Bench:
    """A journal, a stream and what delivers from one to the other."""

    def __init__(self) -> None:
        self.disk = MemoryDisk("j")
        self.journal = MemoryJournal(self.disk, company="C", store="S", clock=FakeClock())
        self.stream = Stream()
        self.forwarder = Forwarder(self.journal)
        self._ids = CountingIds()

    async def keep(self, count: int = 1) -> tuple[StoredFact, ...]:
        drafts = tuple(self._draft() for _ in range(count))
        return await self.journal.save(Change(facts=drafts))

    async def settle(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    def _draft(self) -> FactDraft:
        body = OperationDoubted(operation_id=self._ids.uuid(), terminal="T1", reason="restart")
        return FactDraft(
            id=self._ids.uuid(), terminal="T1", name="operation_doubted", at=START, body=body
        )


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(forwarder, "PAUSES_S", (0.0,))
    made = Bench()
    running = asyncio.create_task(made.forwarder.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_waited_on_the_disk_goes_first_and_what_comes_later_after_it(
    bench: Bench,
) -> None:
    await bench.keep(3)
    bench.forwarder.connect(bench.stream)
    bench.forwarder.offer(await bench.keep(2))
    await bench.settle()
    bench.forwarder.offer(await bench.keep(1))
    await bench.settle()
    assert bench.stream.kept == [1, 2, 3, 4, 5, 6]
    assert not bench.forwarder.waiting


async def test_nothing_overtakes_what_the_stream_refused(bench: Bench) -> None:
    bench.forwarder.connect(bench.stream)
    await bench.settle()
    bench.stream.refusals = 5
    for _ in range(4):
        bench.forwarder.offer(await bench.keep())
    await bench.settle()
    assert bench.stream.kept == [1, 2, 3, 4]


async def test_offers_that_come_out_of_order_are_read_from_the_disk(bench: Bench) -> None:
    bench.forwarder.connect(bench.stream)
    await bench.settle()
    first, second = await bench.keep(), await bench.keep()
    bench.forwarder.offer(second)
    bench.forwarder.offer(first)
    await bench.settle()
    assert bench.stream.kept == [1, 2]


async def test_more_than_memory_holds_is_delivered_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder, "WAITING_MAX", 10)
    await bench.keep(5)
    for _ in range(7):
        bench.forwarder.offer(await bench.keep(5))
    bench.forwarder.connect(bench.stream)
    await bench.settle()
    assert bench.stream.kept == list(range(1, 41))


async def test_what_is_published_is_marked_and_not_sent_by_the_next_process(
    bench: Bench,
) -> None:
    bench.forwarder.connect(bench.stream)
    bench.forwarder.offer(await bench.keep(2))
    await bench.settle()
    await bench.journal.close()
    bench.journal = MemoryJournal(bench.disk, company="C", store="S", clock=FakeClock())
    assert await bench.journal.unpublished(after=0, limit=9) == ()


async def test_a_replay_goes_out_as_new_messages(bench: Bench) -> None:
    bench.forwarder.connect(bench.stream)
    facts = await bench.keep(3)
    bench.forwarder.offer(facts)
    await bench.settle()
    bench.forwarder.replay(facts[1:])
    await bench.settle()
    assert (bench.stream.kept, bench.stream.again) == ([1, 2, 3], [2, 3])


async def test_the_last_fact_that_the_stream_took_is_known_for_the_heartbeats(
    bench: Bench,
) -> None:
    assert bench.forwarder.delivered is None
    bench.stream.refusals = 1
    facts = await bench.keep(3)
    bench.forwarder.connect(bench.stream)
    await bench.settle()
    last = facts[-1]
    assert bench.forwarder.delivered == Delivered(epoch=last.epoch, sequence=last.sequence)
