"""Every message on the wire: who says it to whom, where, and what comes back.

`docs/messages.md` and `schemas/` are generated from this table (`contracts.generate`); a message
that is not in it does not exist. The verb of a subject is the message's tag.
"""

from enum import Enum
from typing import Any, Final, NamedTuple

from contracts import (
    audit,
    boxes,
    brand_rules,
    cases,
    census,
    operations,
    people,
    places,
    printing,
    receipts,
    refunds,
    sales,
    seats,
    slips,
    stores,
    subjects,
    support,
)
from contracts.envelope import Answer, Call, Fact, Message
from contracts.streams import GATEWAY_EPOCHS, SALES, STORE_CONFIG, TERMINALS

CHECKOUT: Final = "checkout"
STORES: Final = "store_config"
GATEWAY: Final = "terminal_gateway"
RECEIPTS: Final = "receipts"
FRONT: Final = "front"
EVERY: Final = "every service"


class Way(Enum):
    """How a message travels, which says what its loss means."""

    QUESTION = "question"
    """Core request to a central service; unanswered means ask again."""
    COMMAND = "command"
    """Core request to one store's box; never buffered, refused when stale."""
    FACT = "fact"
    """JetStream, from the edge: at least once, in order per terminal."""
    EVENT = "event"
    """JetStream, from the centre: at least once, in order per sale."""
    LIVE = "live"
    """Core publish: lost when nobody listens, and nothing depends on it."""
    DOCUMENT = "document"
    """The value of a key in a bucket; the last one holds."""


class Entry(NamedTuple):
    """One message: `envelope` is what its body travels in, `replies` what may come back."""

    message: type[Message]
    way: Way
    subject: str
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    envelope: Any = None
    replies: tuple[type[Message], ...] = ()

    @property
    def name(self) -> str:
        """The message's tag, or its class name where it has none."""
        tag = self.message.__struct_config__.tag
        return tag if isinstance(tag, str) else self.message.__name__


def _question(service: str, message: type[Message], reply: type[Message] | None) -> Entry:
    verb = str(message.__struct_config__.tag)
    return Entry(
        message=message,
        way=Way.QUESTION,
        subject=subjects.service(service, verb),
        sender=(FRONT,),
        receiver=(service,),
        envelope=None if message in _WITHOUT_ACTOR else Call,
        replies=(Answer,) if reply is None else (Answer, reply),
    )


def _command(
    message: type[Message],
    *replies: type[Message],
    sender: tuple[str, ...],
    about: str = "terminal",
) -> Entry:
    verb = str(message.__struct_config__.tag)
    if about == "terminal":
        subject = subjects.terminal_command("<company>", "<store>", "<terminal>", verb)
    elif about == "printer":
        subject = subjects.printer_command("<company>", "<store>", "<printer>", verb)
    else:
        subject = subjects.gateway_command("<company>", "<store>", verb)
    return Entry(message, Way.COMMAND, subject, sender, (GATEWAY,), None, replies)


_WITHOUT_ACTOR: Final = frozenset(
    {stores.LogIn, stores.ResolveSession, stores.LogOut, boxes.EnrollBox}
)
"""Asked by somebody who is not known yet."""

_SALE: Final = sales.SaleView
_TENDER: Final = sales.TenderView

QUESTIONS: Final = (
    *(
        _question(CHECKOUT, message, reply)
        for message, reply in (
            (sales.OpenSale, _SALE),
            (sales.ReadSale, _SALE),
            (sales.FindSales, sales.SalesPage),
            (sales.ReadRegister, sales.RegisterView),
            (sales.ReadSaleEvents, sales.SaleEvents),
            (sales.CloseSale, _SALE),
            (sales.AbandonSale, _SALE),
            (sales.AddTender, _TENDER),
            (sales.AcknowledgeTender, _TENDER),
            (sales.CancelTender, _TENDER),
            (sales.DisconnectTender, _TENDER),
            (sales.ReleaseTender, _TENDER),
            (sales.ResolveTender, _TENDER),
            (refunds.RefundTender, _TENDER),
            (refunds.VoidSale, _SALE),
            (refunds.CorrectSale, _SALE),
            (sales.ResumeSale, _SALE),
            (seats.TakeRegister, seats.SeatView),
            (cases.FindCases, cases.CasesPage),
            (cases.SettleCase, cases.CaseView),
            (audit.FindOverrides, audit.AuditFound),
        )
    ),
    *(
        _question(STORES, message, reply)
        for message, reply in (
            (stores.LogIn, stores.LoggedIn),
            (stores.ResolveSession, stores.Session),
            (stores.LogOut, None),
            (stores.ConfirmOperator, stores.Confirmed),
            (stores.ListStores, stores.StoreList),
            (stores.ReadStore, stores.StoreView),
            (stores.ChangeStore, stores.StoreView),
            (stores.ListRegisters, stores.RegisterList),
            (stores.ListTerminals, stores.TerminalList),
            (stores.PairTerminal, stores.RegisterEntryView),
            (stores.UnpairTerminal, stores.RegisterEntryView),
            (stores.ListPrinters, stores.PrinterList),
            (stores.PutPrinter, stores.PrinterEntry),
            (stores.RemovePrinter, None),
            (stores.AssignPrinter, stores.RegisterEntryView),
            (brand_rules.ListBrandRules, brand_rules.BrandRuleList),
            (brand_rules.PutBrandRule, stores.BrandRule),
            (brand_rules.RemoveBrandRule, None),
            (brand_rules.ReadCompany, brand_rules.CompanyView),
            (brand_rules.ChangeCompany, brand_rules.CompanyView),
            (brand_rules.PutCompanyRule, stores.BrandRule),
            (people.ListPeople, people.PersonList),
            (people.PutPerson, people.PersonView),
            (boxes.CreateBox, boxes.BoxCreated),
            (boxes.ListBoxes, boxes.BoxList),
            (boxes.RevokeBox, boxes.BoxView),
            (boxes.EnrollBox, boxes.Enrolled),
            (places.ImportPlaces, places.ImportReport),
            (places.ExportPlaces, places.PlacesCsv),
            (support.ReadSupport, support.SupportView),
            (support.ChangeSupport, support.SupportView),
            (support.AddNotice, support.SupportView),
            (support.RemoveNotice, support.SupportView),
            (audit.FindAudit, audit.AuditFound),
        )
    ),
    *(
        _question(RECEIPTS, message, reply)
        for message, reply in (
            (receipts.DrawSlip, receipts.Drawn),
            (receipts.DrawReceipt, receipts.Drawn),
            (receipts.PrintSlips, receipts.PrintJobs),
            (receipts.PrintReceipt, receipts.PrintJobs),
            (receipts.ReadPrintJobs, receipts.PrintJobs),
        )
    ),
    Entry(
        message=boxes.RenewBox,
        way=Way.QUESTION,
        subject=subjects.box_question(STORES, "<company>", "<store>", "renew_box"),
        sender=(GATEWAY,),
        receiver=(STORES,),
        replies=(Answer, boxes.Renewed),
    ),
    Entry(
        message=census.ReadHealth,
        way=Way.QUESTION,
        subject=subjects.CENSUS,
        sender=(FRONT,),
        receiver=(EVERY,),
        replies=(census.InstanceHealth,),
    ),
)

COMMANDS: Final = (
    _command(
        operations.StartOperation,
        operations.Accepted,
        operations.Busy,
        operations.NotPaired,
        operations.Unreachable,
        operations.StaleCommand,
        operations.Fenced,
        operations.StorageFull,
        operations.Recovering,
        operations.ContentDiffers,
        operations.UnknownTerminal,
        sender=(CHECKOUT,),
    ),
    _command(
        operations.AbortOperation,
        operations.Aborting,
        operations.AlreadyRead,
        operations.AbortNotSupported,
        operations.NotOpen,
        operations.UnknownTerminal,
        sender=(CHECKOUT,),
    ),
    _command(
        operations.InquireOperation,
        operations.OperationOpen,
        operations.OperationConcluded,
        operations.UnknownTerminal,
        sender=(CHECKOUT,),
    ),
    _command(
        operations.CheckTerminal,
        operations.TerminalStatus,
        operations.UnknownTerminal,
        sender=(FRONT, CHECKOUT),
    ),
    _command(
        operations.ReadTerminal,
        operations.TerminalStatus,
        operations.UnknownTerminal,
        sender=(FRONT, STORES),
    ),
    _command(
        operations.ReadJournal,
        operations.JournalPage,
        operations.Unreachable,
        operations.UnknownTerminal,
        sender=(FRONT, CHECKOUT),
    ),
    _command(
        operations.ReplayFacts, operations.ReplayPromised, sender=(CHECKOUT,), about="gateway"
    ),
    _command(operations.Greet, operations.Greeting, sender=(CHECKOUT,), about="gateway"),
    _command(
        slips.ReadMerchantNumber,
        slips.SealedMerchantNumber,
        slips.MerchantNumberPending,
        slips.NoMerchantNumber,
        operations.UnknownTerminal,
        sender=(RECEIPTS,),
    ),
    _command(
        printing.PrintPaper,
        printing.PrintQueued,
        printing.PrintEnded,
        printing.PrintQueueFull,
        printing.PrintDiffers,
        printing.UnknownPrinter,
        sender=(RECEIPTS,),
        about="printer",
    ),
    _command(
        printing.InquirePrint,
        printing.PrintQueued,
        printing.PrintEnded,
        printing.UnknownPrinter,
        sender=(RECEIPTS,),
        about="printer",
    ),
    _command(
        printing.CheckPrinter,
        printing.PrinterStatus,
        printing.UnknownPrinter,
        sender=(FRONT,),
        about="printer",
    ),
)

FACTS: Final = tuple(
    Entry(
        message=message,
        way=Way.FACT,
        subject=subjects.terminal_fact(
            "<company>", "<store>", "<terminal>", str(message.__struct_config__.tag)
        ),
        sender=(GATEWAY,),
        receiver=(CHECKOUT, RECEIPTS),
        envelope=Fact,
    )
    for message in (
        operations.OperationConcluded,
        operations.OperationDoubted,
        operations.ForeignResultSeen,
    )
)

EVENTS: Final = (
    Entry(
        message=sales.SaleEvent,
        way=Way.EVENT,
        subject=subjects.sale_event("<company>", "<store>", "<sale>", "<name>"),
        sender=(CHECKOUT,),
        receiver=(FRONT, RECEIPTS),
    ),
)

LIVE: Final = (
    Entry(
        message=operations.ScreenShown,
        way=Way.LIVE,
        subject=subjects.screen("<company>", "<store>", "<terminal>"),
        sender=(GATEWAY,),
        receiver=(FRONT, CHECKOUT),
    ),
    Entry(
        message=sales.DoubtAsked,
        way=Way.LIVE,
        subject=subjects.doubt("<company>", "<store>", "<operation>"),
        sender=(CHECKOUT,),
        receiver=(FRONT,),
    ),
    Entry(
        message=seats.RegisterTaken,
        way=Way.LIVE,
        subject=subjects.seat("<company>", "<store>", "<register>"),
        sender=(CHECKOUT,),
        receiver=(FRONT,),
    ),
    Entry(
        message=operations.Heartbeat,
        way=Way.LIVE,
        subject=subjects.heartbeat("<company>", "<store>"),
        sender=(GATEWAY,),
        receiver=(FRONT, CHECKOUT),
    ),
    Entry(
        message=printing.PrintEnded,
        way=Way.LIVE,
        subject=subjects.print_ended("<company>", "<store>", "<printer>"),
        sender=(GATEWAY,),
        receiver=(RECEIPTS,),
    ),
    Entry(
        message=receipts.PaperTold,
        way=Way.LIVE,
        subject=subjects.paper("<company>", "<store>", "<sale>"),
        sender=(RECEIPTS,),
        receiver=(FRONT,),
    ),
)

DOCUMENTS: Final = (
    Entry(
        message=stores.StoreConfiguration,
        way=Way.DOCUMENT,
        subject=f"{STORE_CONFIG.name}: <company>.<store>",
        sender=(STORES,),
        receiver=(GATEWAY, CHECKOUT, RECEIPTS, FRONT),
    ),
    Entry(
        message=stores.GatewayEpoch,
        way=Way.DOCUMENT,
        subject=f"{GATEWAY_EPOCHS.name}: <company>.<store>",
        sender=(GATEWAY,),
        receiver=(GATEWAY, CHECKOUT),
    ),
)

MESSAGES: Final = (*QUESTIONS, *COMMANDS, *FACTS, *EVENTS, *LIVE, *DOCUMENTS)

STREAM_OF: Final = {Way.FACT: TERMINALS.name, Way.EVENT: SALES.name}
"""Where a durable message is kept."""
