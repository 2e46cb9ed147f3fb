"""The ports over a real NATS: what counts as away, and whether it was sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec import Raw, Struct

from contracts import subjects
from contracts.envelope import Answer
from contracts.operations import (
    CheckTerminal,
    JournalPage,
    ReadJournal,
    ReadTerminal,
    Unreachable,
)
from contracts.stores import ResolveSession
from front import bus as adapter
from front.bus import BusCensus, BusCentral, BusEdges
from front.ports import ServiceUnavailable, StoreUnreachable
from messaging.bus import Bus, Delivery
from servicekit.clock import SystemClock
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from testkit.running import Nats

ASK = ResolveSession(token="t")


@pytest.fixture
async def nats(nats_server: Nats) -> AsyncIterator[Bus]:
    """A connection of our own."""
    telemetry = Telemetry(Resource("checkout", "1.2", "one"))
    bus = await Bus.connect(
        nats_server.url, name="test", telemetry=telemetry, lifecycle=Lifecycle()
    )
    yield bus
    await bus.drain()


async def test_where_nobody_listens_nothing_was_sent(nats: Bus) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        await BusCentral(nats).ask("store_config", "resolve_session", ASK)
    assert (caught.value.service, caught.value.sent) == ("store_config", False)


async def test_where_nobody_answers_it_may_have_happened(
    nats: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "ANSWER_TIMEOUT_S", 0.05)

    async def hang(_ask: ResolveSession, _delivery: Delivery) -> Answer:
        await asyncio.sleep(0.2)
        return Answer(outcome="ok")

    subject = subjects.service("store_config", "resolve_session")
    await nats.serve(subject, ResolveSession, hang, queue=None, concurrency=1)
    with pytest.raises(ServiceUnavailable) as caught:
        await BusCentral(nats).ask("store_config", "resolve_session", ASK)
    assert caught.value.sent


class Other(Struct):
    """Not what was asked for."""

    shape: int = 1


async def test_an_answer_that_cannot_be_read_is_none(nats: Bus) -> None:
    async def confuse(_ask: Raw, _delivery: Delivery) -> Other:
        return Other()

    await nats.serve("svc.store_config.*", Raw, confuse, queue=None, concurrency=1)
    await nats.serve("cmd.>", Raw, confuse, queue=None, concurrency=1)
    with pytest.raises(ServiceUnavailable):
        await BusCentral(nats).ask("store_config", "resolve_session", ASK)
    with pytest.raises(StoreUnreachable):
        await BusEdges(nats).check_terminal("C", "S", CheckTerminal(terminal="T1"))


async def test_a_store_answers_for_itself_or_is_out_of_reach(nats: Bus) -> None:
    edges = BusEdges(nats)
    now = SystemClock().now()

    async def journal(_ask: ReadJournal, _delivery: Delivery) -> JournalPage:
        return JournalPage(entries=(), next=None, source="terminal", read_at=now)

    async def check(_ask: CheckTerminal, _delivery: Delivery) -> Unreachable:
        return Unreachable()

    reading = subjects.terminal_command("C", "S", "T1", "read_journal")
    await nats.serve(reading, ReadJournal, journal, queue=None, concurrency=1)
    checking = subjects.terminal_command("C", "S", "T1", "check_terminal")
    await nats.serve(checking, CheckTerminal, check, queue=None, concurrency=1)
    page = await edges.read_journal("C", "S", ReadJournal(terminal="T1"))
    assert isinstance(page, JournalPage)
    checked = await edges.check_terminal("C", "S", CheckTerminal(terminal="T1"))
    assert isinstance(checked, Unreachable)
    with pytest.raises(StoreUnreachable) as caught:
        await edges.read_terminal("C", "S", ReadTerminal(terminal="T1"))
    assert (caught.value.company, caught.value.store) == ("C", "S")


async def test_every_process_is_counted_once_a_moment(nats: Bus) -> None:
    census = BusCensus(nats, SystemClock())
    counted, again = await asyncio.gather(census.count(), census.count())
    assert counted is again
    found = {one.service: one.instances for one in counted.services}
    assert [(one.instance, one.version, one.ready) for one in found["checkout"]] == [
        ("one", "1.2", False)
    ]
    assert not counted.ready
