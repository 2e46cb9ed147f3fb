"""The stores' boxes over NATS: requests on `cmd.<company>.<store>.…`, never buffered."""

from typing import Any

from msgspec import Struct

from contracts import subjects
from contracts.identifiers import CompanyCode, StoreCode
from contracts.operations import COMMAND_TIMEOUT_S
from contracts.printing import InquirePrint, PrintPaper
from contracts.slips import ReadMerchantNumber
from messaging.bus import Bus, NoAnswer, NotDelivered
from receipts.ports import (
    Boxes,
    InquiryReply,
    NumberReply,
    OutOfReach,
    PrintReply,
    Unanswered,
)


class BoxClient(Boxes):
    """`Boxes` over the bus; what an error proves is told by its kind."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def print_paper(
        self, company: CompanyCode, store: StoreCode, command: PrintPaper
    ) -> PrintReply:
        """Hand paper to a printer's queue; the same id again prints nothing."""
        subject = subjects.printer_command(company, store, command.printer, "print_paper")
        return await self._ask(subject, command, PrintReply)

    async def inquire(
        self, company: CompanyCode, store: StoreCode, command: InquirePrint
    ) -> InquiryReply:
        """Ask what became of a job; one never heard of is sworn off."""
        subject = subjects.printer_command(company, store, command.printer, "inquire_print")
        return await self._ask(subject, command, InquiryReply)

    async def read_number(
        self, company: CompanyCode, store: StoreCode, command: ReadMerchantNumber
    ) -> NumberReply:
        """Ask for a merchant's number; it comes sealed, or not yet, or never."""
        subject = subjects.terminal_command(
            company, store, command.terminal, "read_merchant_number"
        )
        return await self._ask(subject, command, NumberReply)

    async def _ask(self, subject: str, command: Struct, reply: Any) -> Any:
        try:
            return await self._bus.request(subject, command, reply, timeout_s=COMMAND_TIMEOUT_S)
        except NotDelivered as error:
            raise OutOfReach(subject) from error
        except NoAnswer as error:
            raise Unanswered(subject) from error
