"""One terminal's place in the gateway: its operations, what it says, what is asked of it.

Whatever changes an operation happens under the desk's lock, in the order: decide, commit, tell.
"""

import asyncio
import logging
from typing import Final

from msgspec.structs import replace

from contracts.identifiers import OperationId
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    Accepted,
    AlreadyRead,
    NotOpen,
    OperationConcluded,
    OperationOpen,
    Phase,
    ScreenShown,
    StartOperation,
    StorageFull,
    Unreachable,
)
from contracts.stores import TerminalEntry
from terminal_gateway import decide, decide_word, resolver
from terminal_gateway.errors import LinkDownError, NoRoomError
from terminal_gateway.model import (
    IN_SIGHT,
    OPEN,
    Change,
    Happening,
    NumberedEntry,
    Operation,
    Sight,
    State,
)
from terminal_gateway.office import Office
from terminal_gateway.ports import TerminalLink

ABORT_ANSWER_S: Final = 0.4
"""A terminal says at once whether it takes an abort; the centre waits `COMMAND_TIMEOUT_S`."""

WORDLESS_S: Final = 15.0
"""An operation in sight of which nothing was heard for so long is asked about."""

UNANSWERED_S: Final = 2.0
"""A start that was neither taken nor refused for so long is asked about."""

BLIND_S: Final = 1.0
"""A link that tells no progress is asked for the glass this often while an operation is open."""

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
        self.poke = asyncio.Event()
        self.lock = asyncio.Lock()
        self.abort_answers: dict[OperationId, asyncio.Future[str]] = {}
        self._word_at: dict[OperationId, float] = {}

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

    @property
    def idle(self) -> bool:
        """Whether the link may be closed: nothing open, and the terminal seen home."""
        return self.busy_with is None and (self.sight is None or self.sight.home)

    def find(self, operation_id: OperationId) -> Operation | None:
        """Return an operation of this store, open or not."""
        return self.open.get(operation_id) or self.office.journal.find(operation_id)

    # --- commands ---

    async def start(self, command: StartOperation, trace: dict[str, str]) -> decide.StartReply:
        """Refuse by name, or put the intent on disk; the start goes out right after the answer."""
        async with self.lock:
            refusal = decide.admit(command, self._circumstances(command))
            if refusal is not None:
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
                return StorageFull()
            self.open[operation.id] = operation
            # The answer leaves in this turn of the loop, the start in the next.
            asyncio.get_running_loop().call_soon(self._send_start, operation.id)
            return Accepted(operation_id=operation.id)

    async def abort(
        self, command: AbortOperation
    ) -> Aborting | AlreadyRead | AbortNotSupported | NotOpen | Unreachable:
        """Hand the wish to the terminal; what becomes of it is its word alone."""
        async with self.lock:
            link = self.link
            can_abort = self._can_abort()
            refusal = decide.refuse_abort(
                self.find(command.operation_id), can_abort=can_abort, linked=link is not None
            )
            if refusal is not None:
                return refusal
            if not can_abort or link is None:
                return AbortNotSupported()
            answer = self.abort_answers.get(command.operation_id)
            if answer is None:
                answer = asyncio.get_running_loop().create_future()
                self.abort_answers[command.operation_id] = answer
            try:
                link.abort(command.operation_id)
            except LinkDownError:
                return Unreachable()
        return await self._abort_answer(command.operation_id, answer)

    async def inquire(self, operation_id: OperationId) -> OperationOpen | OperationConcluded:
        """Say what became of it; one that was never heard of is sworn off, or looked for."""
        async with self.lock:
            operation = self.find(operation_id)
            if operation is None:
                operation = await self._first_heard_of(operation_id)
            shown = self.sight
        on_glass = shown is not None and shown.operation_id == operation_id
        return decide.describe(operation, shown.screen if shown is not None and on_glass else None)

    # --- the link ---

    async def on_link_up(self, link: TerminalLink) -> None:
        """A terminal with the right serial answered."""
        async with self.lock:
            self.link = link
            self.refused_serial = None
            self.sight = link.greeted.sight
            for operation in self.open.values():
                self.keep_open(replace(operation, parked=""))
        await self.show(link.greeted.sight)
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
            lost = decide_word.lose_sight(
                operation,
                reason=reason,
                at=self.office.clock.now(),
                fact_id=self.office.ids.uuid(),
            )
            self.open[operation.id] = lost.operation
            if not lost.facts:
                continue
            try:
                await self.office.keep(Change(operations=(lost.operation,), facts=lost.facts))
            except NoRoomError:
                _log.error("no room to say that %s is in doubt", operation.id)

    async def conclude(self, operation_id: OperationId, said: OperationConcluded) -> None:
        """Put the terminal's word on disk and into the outbox. Raises `NoRoomError`."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                await self.settle(operation, said)

    async def count_question(self, operation_id: OperationId) -> None:
        """Remember that the terminal was asked about an operation once more."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                self.open[operation_id] = replace(operation, asked=operation.asked + 1)

    async def found_running(self, operation_id: OperationId, phase: Phase) -> None:
        """The terminal said that it works on this operation."""
        async with self.lock:
            operation = self.open.get(operation_id)
            if operation is not None:
                self.keep_open(decide_word.sight_of(operation, phase))

    async def park(self, operation_id: OperationId, reason: str) -> None:
        """Leave an operation in doubt for good: this link has no more to say about it."""
        async with self.lock:
            if operation_id in self.open:
                await self.lose_sight("cannot_tell")
                self.keep_open(replace(self.open[operation_id], parked=reason))

    async def remember(self, entries: list[NumberedEntry]) -> int:
        """Keep what the terminal's journal says of operations that are not in ours; how many."""
        async with self.lock:
            now = self.office.clock.now()
            known = tuple(
                decide_word.read_back(entry, at=now, adopted=self.adopted(operation_id))
                for entry in entries
                if (operation_id := entry.line.operation_id) is not None
                and self.find(operation_id) is None
            )
            if known:
                await self.office.keep(Change(operations=known))
            return len(known)

    def wants_word(self, operation: Operation) -> bool:
        """Whether an operation is to be asked about now."""
        if operation.state is State.UNRESOLVED:
            return not operation.parked
        if operation.state not in IN_SIGHT or self.link is None:
            return False
        silent_s = self.office.clock.monotonic() - self._word_at.get(operation.id, 0.0)
        if not self.link.greeted.abilities.progress:
            return silent_s >= BLIND_S
        gone = self.sight is not None and not self.sight.at_work
        unanswered = operation.state is State.SENT
        return silent_s >= (UNANSWERED_S if gone or unanswered else WORDLESS_S)

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

    # --- inside ---

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
        )

    def _can_abort(self) -> bool:
        declared = self.entry.abilities.abort
        return declared and (self.link is None or self.link.greeted.abilities.abort)

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

    async def _abort_answer(
        self, operation_id: OperationId, answer: asyncio.Future[str]
    ) -> Aborting | AlreadyRead | AbortNotSupported | NotOpen:
        await asyncio.wait({answer}, timeout=ABORT_ANSWER_S)
        self.abort_answers.pop(operation_id, None)
        match answer.result() if answer.done() else "":
            case "already_read":
                return AlreadyRead()
            case "not_supported":
                return AbortNotSupported()
            case "concluded" | "not_this":
                return NotOpen(known=True)
            case _:
                return Aborting()

    async def _first_heard_of(self, operation_id: OperationId) -> Operation:
        office = self.office
        lost_at, now = office.journal.standing().lost_at, office.clock.now()
        lost = decide.may_have_been_lost(operation_id, lost_at, now)
        make = decide.adopt if lost else decide.swear_off
        operation = make(operation_id, entry=self.entry, epoch=office.presence.epoch, at=now)
        await office.keep(Change(operations=(operation,)))
        if operation.state in OPEN:
            self.keep_open(operation)
            self.poke.set()
        return operation

    def keep_open(self, operation: Operation) -> None:
        """Take a word of the terminal on an operation that stays open; under the lock."""
        self.open[operation.id] = operation
        self._word_at[operation.id] = self.office.clock.monotonic()

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

    async def settle(self, operation: Operation, said: OperationConcluded) -> None:
        """Put the terminal's word on disk and into the outbox; under the lock.

        A repeat changes nothing. Raises `NoRoomError`.
        """
        settled = decide_word.settle(operation, said, fact_id=self.office.ids.uuid())
        if not settled.facts:
            return
        await self.office.keep(Change(operations=(settled.operation,), facts=settled.facts))
        self.open.pop(operation.id, None)
        self._word_at.pop(operation.id, None)
