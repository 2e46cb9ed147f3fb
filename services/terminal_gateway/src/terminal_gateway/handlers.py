"""What a store's gateway answers: one method a command, and which desk it belongs to."""

import asyncio
import logging
from typing import Final

from msgspec.structs import replace

from contracts.envelope import Answer
from contracts.identifiers import OperationId
from contracts.operations import (
    REPLAY_MAX,
    Aborting,
    AbortNotSupported,
    AbortOperation,
    AlreadyRead,
    CheckTerminal,
    ContentDiffers,
    Fenced,
    Greet,
    Greeting,
    InquireOperation,
    JournalPage,
    NotOpen,
    OperationConcluded,
    OperationOpen,
    ReadJournal,
    ReadTerminal,
    ReplayFacts,
    ReplayPromised,
    StartOperation,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from contracts.slips import ReadMerchantNumber
from contracts.stores import TERMINAL_MODEL
from terminal_gateway import decide, sealing
from terminal_gateway.aborting import abort
from terminal_gateway.copying import freshen
from terminal_gateway.decide_number import NumberReply
from terminal_gateway.desk import Desk
from terminal_gateway.errors import CentreAwayError, JournalBrokenError, LinkDownError
from terminal_gateway.floor import Floor
from terminal_gateway.office import Office
from terminal_gateway.ports import Epochs
from terminal_gateway.reading import read_page

CHECK_S: Final = 0.6
"""A terminal answers in milliseconds; the register's modal says so within a second."""

SILENCE_S: Final = 5.0
"""A gateway that was replaced holds its tongue for longer than anybody waits: the answer of its
successor must be the one that is heard."""

Command = (
    StartOperation
    | AbortOperation
    | InquireOperation
    | CheckTerminal
    | ReadTerminal
    | ReadJournal
    | ReadMerchantNumber
    | ReplayFacts
    | Greet
)

Reply = (
    decide.StartReply
    | Aborting
    | AlreadyRead
    | AbortNotSupported
    | Fenced
    | OperationOpen
    | OperationConcluded
    | TerminalStatus
    | JournalPage
    | NumberReply
    | Greeting
    | ReplayPromised
    | Answer
)

_log = logging.getLogger(__name__)


class Handlers:
    """One store's gateway, as the centre sees it."""

    def __init__(self, office: Office, floor: Floor) -> None:
        self._office = office
        self._floor = floor
        self.epochs: Epochs | None = None
        """Who is the store's gateway; set once the centre was joined."""
        self._claimed: dict[OperationId, Desk] = {}
        """Ids being taken or sworn off right now, so that two terminals never take the same."""

    async def on_command(self, command: Command, trace: dict[str, str]) -> Reply:
        """Answer any command. What breaks the journal ends the process: the next one mends it."""
        try:
            return await self._answer(command, trace)
        except JournalBrokenError as error:
            self._office.broken(error)
            raise

    async def _answer(  # noqa: C901, PLR0911 - one line a command is the clearest table
        self, command: Command, trace: dict[str, str]
    ) -> Reply:
        if self._office.presence.fenced or self._is_for_a_successor(command):
            return await self._hold_our_tongue()
        match command:
            case StartOperation():
                return await self.on_start(command, trace)
            case AbortOperation():
                return await self.on_abort(command)
            case InquireOperation():
                return await self.on_inquire(command)
            case CheckTerminal():
                return await self.on_check(command)
            case ReadTerminal():
                desk = self._floor.desk(command.terminal)
                return UnknownTerminal() if desk is None else status_of(desk)
            case ReadJournal():
                return await self.on_read_journal(command)
            case ReadMerchantNumber():
                desk = self._floor.desk(command.terminal)
                if desk is None:
                    return UnknownTerminal()
                return await sealing.answer(desk, command.operation_id)
            case ReplayFacts():
                return await self.on_replay(command)
            case Greet():
                presence = self._office.presence
                number = presence.number or presence.beat()
                return Greeting(epoch=presence.epoch, heartbeat=number)

    async def on_start(self, command: StartOperation, trace: dict[str, str]) -> decide.StartReply:
        """Start an operation, once."""
        desk = self._floor.desk(command.terminal)
        if desk is None:
            return self._start_nowhere(command)
        rival = self._claimed.setdefault(command.operation_id, desk)
        if rival is not desk:
            return ContentDiffers(field="terminal")
        try:
            return await desk.start(command, trace)
        finally:
            self._claimed.pop(command.operation_id, None)

    async def on_abort(
        self, command: AbortOperation
    ) -> Aborting | AlreadyRead | AbortNotSupported | NotOpen | Unreachable | UnknownTerminal:
        """Ask the terminal to stop."""
        desk = self._floor.desk(command.terminal)
        return UnknownTerminal() if desk is None else await abort(desk, command)

    async def on_inquire(
        self, command: InquireOperation
    ) -> OperationOpen | OperationConcluded | UnknownTerminal | Fenced:
        """Tell what became of an operation."""
        known = self._office.journal.find(command.operation_id)
        if known is None and not await self._is_surely_ours():
            return await self._hold_our_tongue()
        at = known.intent.terminal if known is not None else command.terminal
        desk = self._floor.desk(at)
        if desk is None:
            return UnknownTerminal() if known is None else decide.describe(known, None)
        if command.fresh:
            await freshen(desk)
        rival = self._claimed.setdefault(command.operation_id, desk)
        try:
            return await rival.inquire(command)
        finally:
            self._claimed.pop(command.operation_id, None)

    async def on_check(self, command: CheckTerminal) -> TerminalStatus | UnknownTerminal:
        """決済端末接続確認: ask the terminal itself, now."""
        desk = self._floor.desk(command.terminal)
        if desk is None:
            return UnknownTerminal()
        link = desk.link
        if link is None:
            return status_of(desk)
        asked_at = self._office.clock.monotonic()
        try:
            async with asyncio.timeout(CHECK_S):
                sight = await link.sight()
        except (LinkDownError, TimeoutError):
            return replace(status_of(desk), link="disconnected")
        took_ms = (self._office.clock.monotonic() - asked_at) * 1000
        await desk.heard(sight)
        return replace(status_of(desk), round_trip_ms=round(took_ms, 3))

    async def on_read_journal(
        self, command: ReadJournal
    ) -> JournalPage | UnknownTerminal | Unreachable:
        """Read the terminal's history, newest first."""
        desk = self._floor.desk(command.terminal)
        if desk is None:
            return UnknownTerminal()
        return await read_page(desk, command)

    async def on_replay(self, command: ReplayFacts) -> ReplayPromised:
        """Send facts again that the centre missed."""
        last = min(command.to_sequence, command.from_sequence + REPLAY_MAX - 1)
        facts = await self._office.journal.facts_between(
            epoch=command.epoch, first=command.from_sequence, last=last
        )
        self._office.forwarder.replay(facts)
        return ReplayPromised(first_kept=self._office.journal.first_kept(command.epoch))

    def _is_for_a_successor(self, command: Command) -> bool:
        """Whether the centre knows a newer gateway than us, of which we have not heard yet."""
        return (
            isinstance(command, StartOperation)
            and command.stamp.epoch > self._office.presence.epoch
            and self._office.journal.find(command.operation_id) is None
        )

    async def _is_surely_ours(self) -> bool:
        """Ask the centre whether we are still the store's gateway.

        A box come back from the dead hears commands before it hears that it was replaced. What it
        never heard of may be with its successor: sworn off here, it would be charged twice.
        """
        if self.epochs is None:
            return False
        try:
            current = await self.epochs.read()
        except CentreAwayError:
            return False
        return current is None or current[0].epoch <= self._office.presence.epoch

    async def _hold_our_tongue(self) -> Fenced:
        await asyncio.sleep(SILENCE_S)
        return Fenced(epoch=self._office.presence.epoch)

    def _start_nowhere(self, command: StartOperation) -> decide.StartReply:
        presence = self._office.presence
        refusal = decide.admit(
            command,
            decide.Circumstances(
                epoch=presence.epoch,
                fenced=presence.fenced,
                heartbeat_age_s=presence.age_s(command.stamp.heartbeat),
                known=self._office.journal.find(command.operation_id),
                entry=None,
                linked=False,
                recovered=False,
                open_operation=None,
                sight=None,
                room=True,
                refused=presence.refused(command.operation_id),
            ),
        )
        presence.refuse(command.operation_id, refusal or UnknownTerminal())
        return refusal or UnknownTerminal()


def status_of(desk: Desk) -> TerminalStatus:
    """Return what is known of a terminal, without asking it."""
    entry, link, sight = desk.entry, desk.link, desk.sight
    busy_with = desk.busy_with
    return TerminalStatus(
        terminal=entry.terminal,
        serial=entry.serial,
        model=link.greeted.model if link is not None else TERMINAL_MODEL,
        paired_register=entry.paired_register,
        link=desk.link_word,
        screen=sight.screen.name if sight is not None else "",
        terminal_business_date=sight.terminal_business_date if sight is not None else None,
        last_seen_at=sight.seen_at if sight is not None else None,
        operation_id=busy_with.id if busy_with is not None else None,
        abilities=link.greeted.abilities if link is not None else entry.abilities,
    )
