"""The processes of one store and its centre, put together as their wirings do it."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from checkout.buckets import Documents
from checkout.facts import Edge
from checkout.handlers import Checkout
from checkout.ledger import Ledger
from checkout.ports import (
    AbortReply,
    CheckoutError,
    CheckReply,
    Commit,
    HistoryReply,
    InquireReply,
    OutOfReach,
    SaleStore,
    StartReply,
    Unanswered,
)
from checkout.presence import Presence as Heard
from checkout.reading import Reading
from checkout.resolver import Resolver
from checkout.wiring import TICK_MAX_S, TICK_MIN_S
from contracts.envelope import Fact
from contracts.operations import (
    COMMAND_TIMEOUT_S,
    AbortOperation,
    CheckTerminal,
    Greet,
    Greeting,
    Heartbeat,
    InquireOperation,
    ReadJournal,
    ReplayFacts,
    ReplayPromised,
    ScreenShown,
    StartOperation,
    TerminalFact,
)
from contracts.stores import StoreConfiguration
from outbox.relay import Relay
from simulated.bus import NoAnswer, NoResponder, Server, ask, tell
from simulated.epochs import EpochBucket, EpochClient
from simulated.facts import FactStream, Stream
from simulated.line import Line
from simulated.listener import Listener
from simulated.outbox import Pool, Publisher, SaleStream, Table, offer, relay_forever
from simulated.record import Record
from simulated.story import Story
from simulated.virtual import Process, SeededIds, VirtualClock, VirtualLoop
from simulated.wire import Wire
from terminal_gateway.beats import beat_forever
from terminal_gateway.claim import claim
from terminal_gateway.ct6100_link import Ct6100Dialer
from terminal_gateway.errors import CentreAwayError, JournalBrokenError, NoRoomError
from terminal_gateway.floor import Floor
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.handlers import Command, Handlers
from terminal_gateway.memory import MemoryDisk, MemoryJournal
from terminal_gateway.memory_numbers import MemoryNumbers
from terminal_gateway.office import Office
from terminal_gateway.presence import Presence
from terminal_gateway.seals import Seals
from terminal_gateway.wiring import AGAIN_S

COMPANY: Final = "DEMO"
STORE: Final = "S001"

IDLE_S: Final = 1.0
"""While nothing is open nobody waits for a question; production looks all the same, for less."""

SYNC_S: Final = (0.0005, 0.02)
"""A store's box: its disk is ten to fifty times slower than a developer's."""


class Surroundings:
    """What every process of a seed shares."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, story: Story) -> None:
        self.loop = loop
        self.rng = rng
        self.story = story
        self.clock = VirtualClock(loop)
        self.wan = Line("wan", loop, rng, story)
        self.lan = Line("lan", loop, rng, story)
        self.wire = Wire(loop, rng, story)
        self.epochs = EpochBucket()
        self.checkout: Server[CheckoutProcess] = Server(loop)
        self.gateway: Server[GatewayProcess] = Server(loop)
        self.stream = Stream(
            self.checkout, recognises_repeats=rng.random() < 0.5, rng=rng, line=self.wan
        )
        self.table = Table()
        self.listener = Listener(self.lan, self.checkout, COMPANY)
        self.sales = SaleStream(self.lan, self.listener.on_event)
        self.crashes: list[BaseException] = []
        self.given_back: Callable[[str], bool] = lambda _: False
        """Whether somebody can have the slip that says so of a payment's operation."""
        self.on_start: Callable[[StartOperation], None] = lambda _: None
        """A command that starts something has left checkout."""
        self.gateway_ended: Callable[[Process], None] = _nothing

    def run(self, process: Process, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run a part of a process; one that crashes is our bug, unless the process was killed."""

        return process.spawn(coro, name)


class CheckoutProcess:
    """One life of checkout."""

    def __init__(
        self,
        around: Surroundings,
        store: SaleStore,
        document: StoreConfiguration,
        ids: SeededIds,
        committed: Callable[[Commit], None],
    ) -> None:
        self.process = Process("checkout", around.crashes)
        self._around = around
        self._document = document
        self.presence = Heard()
        self.documents = Documents()
        self._relay = Relay(
            cast("Any", Pool(around.table, self.process)),
            Publisher(around.sales, self.process),
            "checkout",
            clock=around.clock,
            table="sale_event",
        )

        def kept(commit: Commit) -> None:
            offer(self._relay, around.table, commit.events)
            committed(commit)

        record = Record(store, self.process, rng=around.rng, committed=kept)
        self._resolver = Resolver()
        ledger = Ledger(record, self._resolver, around.clock, ids)
        client = GatewayClient(around, self.process)
        self.edge = Edge(ledger, client, self.documents, self.presence)
        self.calls = Checkout(ledger, client, self.documents, self.presence)
        self.reading = Reading(record, self.documents)

    async def start(self) -> None:
        """As `checkout.wiring` does it."""
        around, process = self._around, self.process
        await self.documents.on_document("", self._document, 1)
        around.epochs.watch(process, around.lan, self._on_epoch)
        await self.edge.restart()
        around.run(process, relay_forever(self._relay), "relay")
        around.run(process, self._keep_asking(), "resolver")
        around.checkout.serve(process, self, around.lan)

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Take a fact in."""
        await self.edge.on_fact(fact)

    def _on_epoch(self, epoch: int) -> None:
        self.presence.epoch_taken(COMPANY, STORE, epoch)

    async def _keep_asking(self) -> None:
        clock = self._around.clock
        while True:
            try:
                await self.edge.tick()
            except CheckoutError as error:
                self._around.story.tell("checkout", "could not ask: {}", repr(error))
            pause = self.edge.next_due() - clock.monotonic()
            longest_s = TICK_MAX_S if len(self._resolver) else IDLE_S
            await asyncio.sleep(min(max(pause, TICK_MIN_S), longest_s))


class GatewayClient:
    """`checkout.ports.Gateway` over the simulated WAN."""

    def __init__(self, around: Surroundings, process: Process) -> None:
        self._around = around
        self._process = process

    async def start(self, company: str, store: str, command: StartOperation) -> StartReply:
        """Ask for an operation."""
        self._around.on_start(command)
        return await self._ask(company, store, command)

    async def abort(self, company: str, store: str, command: AbortOperation) -> AbortReply:
        """Ask the terminal to stop."""
        return await self._ask(company, store, command)

    async def inquire(self, company: str, store: str, command: InquireOperation) -> InquireReply:
        """Ask what became of an operation."""
        return await self._ask(company, store, command)

    async def check(self, company: str, store: str, command: CheckTerminal) -> CheckReply:
        """Ask the terminal itself how it stands."""
        return await self._ask(company, store, command)

    async def history(self, company: str, store: str, command: ReadJournal) -> HistoryReply:
        """Read the terminal's journal."""
        return await self._ask(company, store, command)

    async def greet(self, company: str, store: str) -> Greeting:
        """Ask whether the gateway is there."""
        return await self._ask(company, store, Greet())

    async def replay(self, company: str, store: str, command: ReplayFacts) -> ReplayPromised:
        """Ask for facts that were missed."""
        return await self._ask(company, store, command)

    async def _ask(self, company: str, store: str, command: Command) -> Any:
        assert (company, store) == (COMPANY, STORE), "there is one store"
        around, story = self._around, self._around.story
        name = type(command).__name__
        story.tell("checkout", "sends {} {}", name, getattr(command, "operation_id", ""))

        async def work(gateway: GatewayProcess) -> Any:
            reply = await gateway.answer(command)
            story.tell(gateway.process.name, "answers {}", reply)
            return reply

        try:
            reply = await ask(
                self._process,
                around.gateway,
                work,
                timeout_s=COMMAND_TIMEOUT_S,
                line=around.wan,
            )
        except NoResponder as error:
            story.tell("checkout", "nobody is there for {}", name)
            raise OutOfReach(name) from error
        except NoAnswer as error:
            story.tell("checkout", "no answer to {}", name)
            raise Unanswered(name) from error
        story.count(f"reply {type(reply).__name__}")
        return reply


class Wax:
    """A seal that anybody can see through, so that what was sealed can be checked."""

    key_id = "0123456789abcdef"

    def seal(self, text: str) -> bytes:
        """Return it as it is."""
        return text.encode()


class GatewayProcess:
    """One life of the store's gateway."""

    def __init__(
        self,
        name: str,
        around: Surroundings,
        *,
        disk: MemoryDisk,
        numbers: MemoryNumbers,
        line: Line,
        clock: VirtualClock,
        ids: SeededIds,
        document: StoreConfiguration,
    ) -> None:
        self.process = Process(name, around.crashes)
        self._around = around
        self._line = line
        self._document = document
        self._writing = asyncio.Lock()
        self.journal = MemoryJournal(
            disk, company=COMPANY, store=STORE, clock=clock, sync=self._sync
        )
        presence = Presence(clock)
        presence.epoch = disk.epoch
        self.office = Office(
            company=COMPANY,
            store=STORE,
            journal=self.journal,
            live=Live(around, self.process, line),
            forwarder=Forwarder(self.journal),
            presence=presence,
            clock=clock,
            ids=ids,
            broken=self._broken,
            seals=Seals(numbers, Wax(), clock),
        )
        dialer = Ct6100Dialer(STORE, clock)
        self.floor = Floor(
            self.office,
            dialer,
            lambda coro, name: around.run(self.process, self._until_full(coro), name),
        )
        self.handlers = Handlers(self.office, self.floor)

    async def start(self) -> None:
        """As `terminal_gateway.wiring` does it: ready before the centre is in reach."""
        around, process = self._around, self.process
        await self.floor.open()
        around.run(process, self.office.forwarder.run(), "deliver facts")
        around.run(process, self._until_full(self._join()), "join the centre")

    async def answer(self, command: Command) -> Any:
        """Answer a command."""
        return await self.handlers.on_command(command, {})

    async def _until_full(self, work: Coroutine[Any, Any, None]) -> None:
        """A disk without any room ends the process, and the supervisor starts another."""
        try:
            await work
        except NoRoomError:
            self._around.story.count("gateway ended for want of room")
            self._around.gateway_ended(self.process)

    async def _join(self) -> None:
        around, office, process = self._around, self.office, self.process
        await self.floor.apply(self._document)
        office.forwarder.connect(FactStream(around.stream, process, self._line))
        epochs = EpochClient(around.epochs, process, self._line)
        while True:
            try:
                epoch = await claim(epochs, office.journal, office.clock)
                break
            except CentreAwayError:
                await asyncio.sleep(AGAIN_S)
        office.presence.take(epoch)
        self.handlers.epochs = epochs
        around.epochs.watch(process, self._line, self._on_epoch)
        around.gateway.serve(process, self, self._line)
        around.run(process, beat_forever(office, self.floor), "heartbeats")
        around.story.tell(process.name, "is known at the centre, epoch {}", epoch)

    def _on_epoch(self, epoch: int) -> None:
        if self.office.presence.see(epoch):
            self._around.story.count("gateway fenced")
            self._around.story.tell(self.process.name, "is replaced by epoch {}", epoch)

    async def _sync(self) -> None:
        self.process.check()
        async with self._writing:
            await asyncio.sleep(self._around.rng.uniform(*SYNC_S))
            self.process.check()

    def _broken(self, error: JournalBrokenError) -> None:
        self._around.crashes.append(error)


class Live:
    """`terminal_gateway.ports.Live` over the simulated WAN."""

    def __init__(self, around: Surroundings, process: Process, line: Line) -> None:
        self._around = around
        self._process = process
        self._line = line

    async def show(self, shown: ScreenShown) -> None:
        """Tell a terminal's glass."""
        self._tell(lambda checkout: checkout.edge.on_screen(COMPANY, STORE, shown))

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Say that we are alive."""
        self._tell(lambda checkout: checkout.edge.on_heartbeat(COMPANY, STORE, heartbeat))

    def _tell(self, hear: Callable[[CheckoutProcess], Coroutine[Any, Any, None]]) -> None:
        tell(self._line, self._process, self._around.checkout, hear)


def _nothing(_: Process) -> None:
    """Until somebody listens."""
