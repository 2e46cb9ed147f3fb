"""What `front` needs from the rest of Renkei. `bus` gives it over NATS."""

from typing import Protocol

from msgspec import Struct

from contracts.envelope import Answer
from contracts.operations import (
    CheckTerminal,
    JournalPage,
    ReadJournal,
    ReadTerminal,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from contracts.printing import CheckPrinter, PrinterStatus, UnknownPrinter
from contracts.stores import StoreConfiguration
from front.model import FrontError, HealthView


class ServiceUnavailable(FrontError):  # noqa: N818 - named as the answer that it becomes
    """A central service does not answer. `sent`: it may still have done what was asked."""

    def __init__(self, service: str, *, sent: bool) -> None:
        super().__init__(service)
        self.service = service
        self.sent = sent


class StoreUnreachable(FrontError):  # noqa: N818 - named as the answer that it becomes
    """A store's box does not answer, so neither do its terminals."""

    def __init__(self, company: str, store: str) -> None:
        super().__init__(f"{company}.{store}")
        self.company = company
        self.store = store


TerminalAnswer = TerminalStatus | Unreachable | UnknownTerminal
JournalAnswer = JournalPage | Unreachable | UnknownTerminal
PrinterAnswer = PrinterStatus | UnknownPrinter


class Central(Protocol):
    """The central services: a question or command each, one answer."""

    async def ask(self, service: str, verb: str, message: Struct) -> Answer:
        """Return the answer, or raise `ServiceUnavailable` at once when nobody is there."""
        ...


class Edges(Protocol):
    """The stores' boxes, for what concerns no sale. All raise `StoreUnreachable` within 1 s."""

    async def read_terminal(self, company: str, store: str, ask: ReadTerminal) -> TerminalAnswer:
        """Return what the gateway knows of a terminal, without asking it."""
        ...

    async def check_terminal(self, company: str, store: str, ask: CheckTerminal) -> TerminalAnswer:
        """Return what one round trip to the terminal showed."""
        ...

    async def read_journal(self, company: str, store: str, ask: ReadJournal) -> JournalAnswer:
        """Return one page of the terminal's journal."""
        ...

    async def check_printer(self, company: str, store: str, ask: CheckPrinter) -> PrinterAnswer:
        """Return how a receipt printer is, asked of it now unless it is printing."""
        ...


class Stores(Protocol):
    """The stores' configurations, as `store_config` publishes them."""

    def find(self, company: str, store: str) -> StoreConfiguration | None:
        """Return one store's configuration, or None when there is no such store."""
        ...

    def of_company(self, company: str) -> tuple[StoreConfiguration, ...]:
        """Return the configurations of all stores of a company, by code."""
        ...

    def caught_up(self) -> bool:
        """Tell whether all configurations were seen, so that a missing one means none."""
        ...


class Census(Protocol):
    """Who is there."""

    async def count(self) -> HealthView:
        """Return each service with those of its processes that answer now."""
        ...
