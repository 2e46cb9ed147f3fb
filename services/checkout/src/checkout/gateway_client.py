"""The store's gateway over NATS: requests on `cmd.<company>.<store>.…`, never buffered."""

from typing import Any

from msgspec import Struct

from checkout.ports import (
    AbortReply,
    CheckReply,
    Gateway,
    HistoryReply,
    InquireReply,
    OutOfReach,
    StartReply,
    Unanswered,
)
from contracts import subjects
from contracts.identifiers import CompanyCode, StoreCode
from contracts.operations import (
    COMMAND_TIMEOUT_S,
    AbortOperation,
    CheckTerminal,
    Greet,
    Greeting,
    InquireOperation,
    ReadJournal,
    ReplayFacts,
    ReplayPromised,
    StartOperation,
)
from messaging.bus import Bus, NoAnswer, NotDelivered


class GatewayClient(Gateway):
    """`Gateway` over the bus; what an error proves is told by its kind."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def start(
        self, company: CompanyCode, store: StoreCode, command: StartOperation
    ) -> StartReply:
        """Ask for an operation; `Accepted` once its intent is on the gateway's disk."""
        subject = subjects.terminal_command(company, store, command.terminal, "start_operation")
        return await self._ask(subject, command, StartReply)

    async def abort(
        self, company: CompanyCode, store: StoreCode, command: AbortOperation
    ) -> AbortReply:
        """Ask the terminal to stop; its word comes as a fact."""
        subject = subjects.terminal_command(company, store, command.terminal, "abort_operation")
        return await self._ask(subject, command, AbortReply)

    async def inquire(
        self, company: CompanyCode, store: StoreCode, command: InquireOperation
    ) -> InquireReply:
        """Ask what became of an operation; one never heard of is sworn off."""
        subject = subjects.terminal_command(company, store, command.terminal, "inquire_operation")
        return await self._ask(subject, command, InquireReply)

    async def check(
        self, company: CompanyCode, store: StoreCode, command: CheckTerminal
    ) -> CheckReply:
        """Ask the terminal itself how it stands: its own business day."""
        subject = subjects.terminal_command(company, store, command.terminal, "check_terminal")
        return await self._ask(subject, command, CheckReply)

    async def history(
        self, company: CompanyCode, store: StoreCode, command: ReadJournal
    ) -> HistoryReply:
        """Read the terminal's journal, newest first."""
        subject = subjects.terminal_command(company, store, command.terminal, "read_journal")
        return await self._ask(subject, command, HistoryReply)

    async def greet(self, company: CompanyCode, store: StoreCode) -> Greeting:
        """Ask whether the gateway is there."""
        return await self._ask(subjects.gateway_command(company, store, "greet"), Greet(), Greeting)

    async def replay(
        self, company: CompanyCode, store: StoreCode, command: ReplayFacts
    ) -> ReplayPromised:
        """Ask for facts that were missed; they come again as facts."""
        subject = subjects.gateway_command(company, store, "replay_facts")
        return await self._ask(subject, command, ReplayPromised)

    async def _ask(self, subject: str, command: Struct, reply: Any) -> Any:
        try:
            return await self._bus.request(subject, command, reply, timeout_s=COMMAND_TIMEOUT_S)
        except NotDelivered as error:
            raise OutOfReach(subject) from error
        except NoAnswer as error:
            raise Unanswered(subject) from error
