"""A store without its WAN: it finishes what its terminals are doing, and tells it later.

In order, once, and after a cold start from its own disk too. The stream itself is read, not what a
listener happened to hear.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec.structs import replace

from contracts.envelope import Fact
from contracts.operations import Accepted, OperationConcluded, OperationDoubted, TerminalFact
from contracts.streams import TERMINALS
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import PATIENCE_S, Centre, GatewayProcess, configuration
from testkit.running import Nats
from testkit.terminal_server import TerminalServer
from testkit.terminals import MERCHANT

BOTH = ("T1", "T2")


@pytest.fixture
async def second() -> AsyncIterator[TerminalServer]:
    """T2, switched on."""
    server = TerminalServer(replace(MERCHANT, serial="CT6100-S001-T2"))
    await server.power_on()
    yield server
    await server.power_off()


async def stored(centre: Centre) -> list[Fact[TerminalFact]]:
    """Return what the stream holds, in its order."""
    stream = centre.bus.jetstream
    last = (await stream.stream_info(TERMINALS.name)).state.last_seq
    messages = [await stream.get_msg(TERMINALS.name, number) for number in range(1, last + 1)]
    return [msgspec.json.decode(each.data or b"", type=Fact[TerminalFact]) for each in messages]


async def until_stored(centre: Centre, operations: list[str]) -> list[Fact[TerminalFact]]:
    """Wait until the stream has the end of each of these."""
    async with asyncio.timeout(2 * PATIENCE_S):
        while True:
            if await centre.bus.ping():
                facts = await stored(centre)
                if set(operations) <= set(ended(facts)):
                    return facts
            await asyncio.sleep(0.1)


def ended(facts: list[Fact[TerminalFact]]) -> list[str]:
    return [fact.body.operation_id for fact in facts if isinstance(fact.body, OperationConcluded)]


def assert_in_order_and_once(facts: list[Fact[TerminalFact]]) -> None:
    places = [(fact.epoch, fact.sequence) for fact in facts]
    assert places == sorted(set(places)), "in order, none twice"
    for epoch in {epoch for epoch, _ in places}:
        sequences = [sequence for at, sequence in places if at == epoch]
        assert sequences == list(range(1, len(sequences) + 1)), "without a gap"
    assert len({fact.id for fact in facts}) == len(facts)


async def begin(centre: Centre, terminals: dict[str, TerminalServer]) -> list[str]:
    """Start a payment on each terminal."""
    operations: list[str] = []
    for (code, terminal), register in zip(terminals.items(), ("R1", "R2"), strict=True):
        operation_id = centre.ids.uuid()
        answer = await centre.start(operation_id, terminal=code, register=register)
        assert answer == Accepted(operation_id=operation_id)
        await terminal.until_screen("choose_media")
        operations.append(operation_id)
    return operations


async def until_kept(*terminals: TerminalServer) -> None:
    """Wait until the gateway has said of all results that they are on its disk."""
    for terminal in terminals:
        await terminal.until(
            lambda terminal=terminal: (
                len(terminal.approved()) == 1
                and terminal.disk is not None
                and not terminal.disk.memory.not_stored
            ),
            "the result on the box's disk",
        )


async def test_what_ended_without_the_wan_is_told_in_order_and_once(
    nats_server: Nats,
    centre: Centre,
    gateway: Gateway,
    terminal: TerminalServer,
    second: TerminalServer,
) -> None:
    await centre.configure(configuration(terminal.port, second.port, version=2))
    await centre.until_linked("T2")
    operations = await begin(centre, {"T1": terminal, "T2": second})
    nats_server.kill()
    await second.pay()
    await until_kept(second)
    await terminal.pay()
    await until_kept(terminal)
    nats_server.start()
    facts = await until_stored(centre, operations)
    assert ended(facts) == [operations[1], operations[0]]
    assert_in_order_and_once(facts)


async def test_a_cold_start_without_the_wan_ends_what_was_open_and_tells_it_later(
    nats_server: Nats,
    centre: Centre,
    process: GatewayProcess,
    terminal: TerminalServer,
    second: TerminalServer,
) -> None:
    await centre.configure(configuration(terminal.port, second.port, version=2))
    await process.start()
    await centre.until_linked("T2")
    operations = await begin(centre, {"T1": terminal, "T2": second})
    nats_server.kill()
    await process.kill()
    await terminal.pay()
    await process.start()
    await second.pay()
    await until_kept(terminal, second)
    await process.kill()
    await process.start()
    nats_server.start()
    facts = await until_stored(centre, operations)
    assert sorted(ended(facts)) == sorted(operations), "each once"
    assert_in_order_and_once(facts)
    doubts = [fact.body.operation_id for fact in facts if isinstance(fact.body, OperationDoubted)]
    assert set(doubts) <= set(operations)


async def test_an_outage_in_the_middle_of_delivering_doubles_nothing(
    nats_server: Nats, centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    """The stream may have stored what it never acknowledged."""
    operations: list[str] = []
    for outage in (nats_server.pause, nats_server.kill, nats_server.pause):
        operation_id = centre.ids.uuid()
        assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
        await terminal.until_screen("choose_media")
        outage()
        charged = len(terminal.approved())
        await terminal.pay()
        await terminal.until(lambda n=charged: len(terminal.approved()) == n + 1, "the charge")
        if outage == nats_server.kill:
            nats_server.start()
        else:
            nats_server.resume()
        operations.append(operation_id)
        await until_stored(centre, operations)
        centre.beat = None
    facts = await until_stored(centre, operations)
    assert ended(facts) == operations
    assert_in_order_and_once(facts)
