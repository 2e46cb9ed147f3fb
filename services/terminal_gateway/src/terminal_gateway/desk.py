"""One terminal's place in the gateway: its operations, what it says, what is asked of it.

Whatever changes an operation happens under the desk's lock, in the order: decide, commit, tell.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from contracts.identifiers import BusinessDate, OperationId
from contracts.operations import (
    Accepted,
    InquireOperation,
    OperationConcluded,
    OperationKind,
    OperationOpen,
    Outcome,
    Phase,
    ScreenShown,
    StartOperation,
    StorageFull,
)
from contracts.stores import TerminalEntry
from terminal_gateway import decide, decide_number, decide_word, resolver
from terminal_gateway.errors import LinkDownError, NoRoomError
from terminal_gateway.model import (
    IN_SIGHT,
    OPEN,
    Book,
    Change,
    Greeted,
    Happening,
    Noted,
    Operation,
    PointedAt,
    Sight,
    State,
)
from terminal_gateway.office import Office
from terminal_gateway.ports import TerminalLink

NEVER: Final = "9999-12-31"
"""Of a terminal that does not tell its business day: no day of it is known to be whole."""

_log = logging.getLogger(__name__)


class Desk:
    """One terminal. `entry` is its line in the configuration, replaced live."""

    def __init__(
        self, entry: TerminalEntry, office: Office, operations: tuple[Operation, ...] = ()
    ) -> None:
        self.entry = entry
        self.office = office
        self.link: TerminalLink | None = None
        self.refused_serial: str | None = None
        self.sight: Sight | None = None
        self.open: dict[OperationId, Operation] = {one.id: one for one in operations}
        self.read_back = False
        self.days_asked: set[tuple[OperationId, str]] = set()
        self.taken_since: dict[OperationId, float] = {}
        self.doubtful: set[int] = set()
        """Numbers of entries that may be otherwise than we were told; the journal is asked."""
        self.again = False
        """What the terminal may have changed in its journal is to be asked about once more."""
        self.copy_poke = asyncio.Event()
        self.copy_awaited: set[asyncio.Future[None]] = set()
        """Who waits for the next whole reading of what is new in the journal."""
        self.numbers_wanted: dict[OperationId, int] = {}
        """Operations whose merchant's number the terminal is to be asked for, by its journal's."""
        self.number_poke = asyncio.Event()
        self.poke = asyncio.Event()
        self.lock = asyncio.Lock()
        self.abort_answers: dict[OperationId, asyncio.Future[str]] = {}
        self.word_at: dict[OperationId, float] = {}

    # --- what is known ---

    @property
    def recovered(self) -> bool:
        """Whether every operation that we lost sight of is found out about, or cannot be."""
        return not any(resolver.wants_finding_out(one) for one in self.open.values())

    @property
    def busy_with(self) -> Operation | None:
        """The operation that keeps the terminal; a parked one does not."""
        for operation in self.open.values():
            if not operation.parked:
                return operation
        return None

    @property
    def link_word(self) -> str:
        """How the link is called outside."""
        if self.link is not None:
            return "connected"
        return "wrong_serial" if self.refused_serial is not None else "disconnected"

    def find(self, operation_id: OperationId) -> Operation | None:
        """Return an operation of this store, open or not."""
        return self.open.get(operation_id) or self.office.journal.find(operation_id)

    # --- commands ---

    async def start(self, command: StartOperation, trace: dict[str, str]) -> decide.StartReply:
        """Refuse by name, or put the intent on disk; the start goes out right after the answer."""
        async with self.lock:
            circumstances = self._circumstances(command)
            refusal = decide.admit(command, circumstances)
            if refusal is not None:
                if circumstances.known is None:
                    self.office.presence.refuse(command.operation_id, refusal)
                return refusal
            assert self.sight is not None, "admitted without a sight"  # noqa: S101 - our own bug
            operation = decide.intend(
                command,
                entry=self.entry,
                sight=self.sight,
                at=self.office.clock.now(),
                trace=trace,
            )
            try:
                await self.office.keep(Change(operations=(operation,)))
            except NoRoomError:
                self.office.presence.refuse(command.operation_id, StorageFull())
                return StorageFull()
            self.open[operation.id] = operation
            # The answer leaves in this turn of the loop, the start in the next.
            asyncio.get_running_loop().call_soon(self._send_start, operation.id)
            return Accepted(operation_id=operation.id)

    async def inquire(self, command: InquireOperation) -> OperationOpen | OperationConcluded:
        """Say what became of it; one that was never heard of is sworn off, or looked for."""
        operation_id = command.operation_id
        pointed_at = PointedAt(slip_number=command.slip_number, order_number=command.order_number)
        async with self.lock:
            operation = self.find(operation_id)
            if operation is None:
                operation = await self._first_heard_of(operation_id, command.kind)
            operation = self._point(operation, pointed_at)
            shown = self.sight
        if operation.conclusion is not None:
            self.ask_again_about(operation.conclusion)
        on_glass = shown is not None and shown.operation_id == operation_id
        screen = shown.screen if shown is not None and on_glass else None
        serial = self.link.greeted.serial if self.link is not None else None
        link = "connected" if serial == operation.intent.serial else "disconnected"
        return decide.describe(operation, screen, link)

    # --- the link ---

    async def on_link_up(self, link: TerminalLink) -> None:
        """A terminal with the right serial answered."""
        async with self.lock:
            self.link = link
            self.refused_serial = None
            self.sight = link.greeted.sight
            self._begin_book(link.greeted)
            self.unpark()
        await self.show(link.greeted.sight)
        self.poke.set()

    def unpark(self) -> None:
        """There may be more to find out now: every open operation is asked about again."""
        for operation in self.open.values():
            self.keep_open(replace(operation, parked=""))
        self.days_asked.clear()
        self.taken_since.clear()
        self.poke.set()

    async def on_link_lost(self, link: TerminalLink, reason: str) -> None:
        """The link is gone: what was in sight is in doubt from now on."""
        async with self.lock:
            if self.link is link:
                self.link = None
            await self.lose_sight(reason)

    async def lose_sight(self, reason: str) -> None:
        """Put every open operation in doubt; under the lock, or before anybody else is there."""
        for operation in tuple(self.open.values()):
            await self._lose_sight_of(operation, reason)

    async def _lose_sight_of(self, operation: Operation, reason: str) -> None:
        lost = decide_word.lose_sight(
            operation,
            reason=reason,
            at=self.office.clock.now(),
            fact_id=self.office.ids.uuid(),
        )
        self.open[operation.id] = lost.operation
        if not lost.facts:
            return
        try:
            await self.office.keep(Change(operations=(lost.operation,), facts=lost.facts))
        except NoRoomError:
            _log.error("no room to say that %s is in doubt", operation.id)

    async def conclude(
        self, operation_id: OperationId, said: OperationConcluded, noted: Noted | None = None
    ) -> None:
        """Put the terminal's word on disk and into the outbox. Raises `NoRoomError`."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                await self.settle(operation, said, noted)

    async def count_question(self, operation_id: OperationId) -> None:
        """Remember that the terminal was asked about an operation once more."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                self.open[operation_id] = replace(
                    operation, asked=operation.asked + 1, asked_at=self.office.clock.now()
                )

    async def found_running(self, operation_id: OperationId, phase: Phase) -> None:
        """The terminal said that it works on this operation."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                self.keep_open(decide_word.sight_of(operation, phase))

    async def park(
        self, operation_id: OperationId, reason: str, day: BusinessDate | None = None
    ) -> None:
        """Leave an operation in doubt for good: this link has no more to say about it.

        `day`: on which the terminal booked when it was seen home without it, if that was seen.
        """
        async with self.lock:
            if operation_id not in self.open:
                return
            await self._lose_sight_of(self.open[operation_id], "cannot_tell")
            operation = self.open[operation_id]
            if day is not None and operation.home_day is None:
                operation = replace(operation, home_day=day)
                try:
                    await self.office.keep(Change(operations=(operation,)))
                except NoRoomError:
                    _log.error("no room to keep when %s was seen home", self.entry.terminal)
            self.keep_open(replace(operation, parked=reason))

    async def heard(self, sight: Sight) -> None:
        """The terminal answered what is on its glass."""
        changed = self.sight is None or self.sight.screen != sight.screen
        self.look(sight)
        if changed:
            await self.show(sight)

    async def show_again(self) -> None:
        """Tell the glass as it is: the centre was not there, or missed it."""
        if self.sight is not None and self.link is not None:
            await self.show(self.sight)

    def ask_again_about(self, said: OperationConcluded) -> None:
        """The terminal may have more to say on what it did not finish (処理未了)."""
        if said.outcome is Outcome.INCOMPLETE:
            self.look_again()

    def look_again(self) -> None:
        """Have the journal read, and what may have changed in it asked about."""
        self.again = True
        self.copy_poke.set()

    def want_numbers(self, noted: Sequence[Noted]) -> None:
        """Have the terminal asked for the merchant's numbers of entries that have one, later."""
        for each in noted if self.office.seals is not None else ():
            if decide_number.is_wanted(each) and each.operation_id is not None:
                self.numbers_wanted[each.operation_id] = each.entry.number
                self.number_poke.set()

    # --- inside ---

    def _begin_book(self, greeted: Greeted) -> None:
        history, sight = self.office.journal.history, greeted.sight
        if history.book(greeted.serial) is None:
            began = (sight.terminal_business_date or NEVER) if sight.journal_last else ""
            history.begin(Book(serial=greeted.serial, began=began))

    def _point(self, operation: Operation, pointed_at: PointedAt) -> Operation:
        if operation.id not in self.open or pointed_at in {PointedAt(), operation.pointed_at}:
            return operation
        self.open[operation.id] = replace(operation, pointed_at=pointed_at, parked="")
        self.poke.set()
        return self.open[operation.id]

    def _circumstances(self, command: StartOperation) -> decide.Circumstances:
        presence = self.office.presence
        busy_with = self.busy_with
        return decide.Circumstances(
            epoch=presence.epoch,
            fenced=presence.fenced,
            heartbeat_age_s=presence.age_s(command.stamp.heartbeat),
            known=self.find(command.operation_id),
            entry=self.entry,
            # A terminal that was replaced in the configuration is no longer asked for anything.
            linked=self.link is not None and self.link.greeted.serial == self.entry.serial,
            recovered=self.recovered,
            open_operation=busy_with.id if busy_with is not None else None,
            sight=self.sight,
            room=self.office.journal.has_room(),
            refused=presence.refused(command.operation_id),
        )

    def _send_start(self, operation_id: OperationId) -> None:
        operation = self.open.get(operation_id)
        if operation is None or operation.state is not State.INTENDED:
            return
        if self.link is None:
            return  # `on_link_lost` put it in doubt, or will: it waits for the lock
        self.keep_open(
            replace(operation, state=decide.step(operation.state, Happening.SENT_OUT).state)
        )
        try:
            self.link.start(operation.intent)
        except LinkDownError:
            _log.info("the link went down before %s could be sent", operation_id)
        self.poke.set()

    async def _first_heard_of(self, operation_id: OperationId, kind: OperationKind) -> Operation:
        office = self.office
        lost_at, now = office.journal.standing().lost_at, office.clock.now()
        lost = decide.may_have_been_lost(operation_id, lost_at, now)
        make = decide.adopt if lost else decide.swear_off
        epoch = office.presence.epoch
        operation = make(operation_id, entry=self.entry, epoch=epoch, at=now, kind=kind)
        await office.keep(Change(operations=(operation,)))
        if operation.state in OPEN:
            self.keep_open(operation)
            self.poke.set()
        return operation

    def keep_open(self, operation: Operation) -> None:
        """Take a word of the terminal on an operation that stays open; under the lock."""
        self.open[operation.id] = operation
        self.word_at[operation.id] = self.office.clock.monotonic()

    def look(self, sight: Sight) -> None:
        """See the glass; an older screen is ignored."""
        if self.sight is None or sight.sequence >= self.sight.sequence:
            self.sight = sight

    def on_glass(self, sight: Sight) -> Operation | None:
        """Return the open operation that the glass shows.

        On a link that cannot echo: the one that this link has started, if there is just one.
        """
        if sight.operation_id is not None:
            return self.open.get(sight.operation_id)
        if sight.phase is None or self.link is None or self.link.greeted.abilities.echo:
            return None
        in_sight = [one for one in self.open.values() if one.state in IN_SIGHT]
        return in_sight[0] if len(in_sight) == 1 else None

    async def show(self, sight: Sight) -> None:
        """Tell the glass live."""
        operation = self.on_glass(sight)
        known = operation.id if operation is not None else sight.operation_id
        await self.office.live.show(
            ScreenShown(
                terminal=self.entry.terminal,
                operation_id=known,
                sequence=sight.sequence,
                phase=sight.phase or Phase.DONE,
                screen=sight.screen,
                at=sight.seen_at,
            )
        )

    def adopted(self, operation_id: OperationId) -> Operation:
        """Return an operation of this terminal whose row was lost with an earlier journal."""
        return decide.adopt(
            operation_id,
            entry=self.entry,
            epoch=self.office.presence.epoch,
            at=self.office.clock.now(),
        )

    async def settle(
        self, operation: Operation, said: OperationConcluded, noted: Noted | None = None
    ) -> None:
        """Put the terminal's word on disk and into the outbox; under the lock.

        `noted`: the entry that says so, for our copy. A repeat changes nothing. Raises
        `NoRoomError`.
        """
        settled = decide_word.settle(operation, said, fact_id=self.office.ids.uuid())
        if not settled.facts:
            return
        entries = () if noted is None else (noted,)
        await self.office.keep(
            Change(operations=(settled.operation,), facts=settled.facts, noted=entries)
        )
        self.open.pop(operation.id, None)
        self.word_at.pop(operation.id, None)
        self.want_numbers(entries)
