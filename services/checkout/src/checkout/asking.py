"""Asking a store's gateway what became of an operation, and taking in what it says."""

from typing import Final

from msgspec import Struct

from checkout import decide_outcome
from checkout.holds import TerminalHold
from checkout.ledger import Decide, Ledger, Outcome
from checkout.model import DOUBT_STATES, Decision
from checkout.ports import (
    Configuration,
    Gateway,
    InquireReply,
    News,
    OutOfReach,
    Unanswered,
)
from checkout.resolver import Doubt, Working, meaning
from contracts.identifiers import (
    CompanyCode,
    OperationId,
    SlipNumber,
    StoreCode,
    TerminalCode,
)
from contracts.operations import (
    CheckTerminal,
    InquireOperation,
    OperationConcluded,
    OperationOpen,
    TerminalStatus,
    UnknownTerminal,
)
from contracts.sales import DoubtAsked
from contracts.stores import BrandRule

NO_ANSWER: Final = "no_answer"
WORKING: Final = "working"
LINK_LOST: Final = "link_lost"
ASKING: Final = "asking"
"""The gateway is linked and still finding out."""
LINKED: Final = "connected"


class Said(Struct, frozen=True, kw_only=True):
    """What one question brought. `reply` is None where nobody answered."""

    reply: InquireReply | None

    @property
    def known(self) -> bool:
        """Whether the gateway knows how the operation ended."""
        return isinstance(self.reply, OperationConcluded)

    @property
    def final(self) -> bool:
        """Whether nothing more can be found out over this link (`OperationOpen.parked`)."""
        return isinstance(self.reply, OperationOpen) and bool(self.reply.parked)

    @property
    def answers(self) -> bool:
        """Whether the terminal itself can still be asked: it is linked, and not given up on."""
        reply = self.reply
        if not isinstance(reply, OperationOpen) or reply.parked:
            return False
        return not reply.in_doubt or reply.link == LINKED


class Asking:
    """Puts one question at a time, and has the sale follow the answer."""

    def __init__(
        self, ledger: Ledger, gateway: Gateway, configuration: Configuration, news: News
    ) -> None:
        self._ledger = ledger
        self._resolver = ledger.resolver
        self._clock = ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._news = news

    async def ask(
        self, hold: TerminalHold, slip_number: SlipNumber | None = None, *, fresh: bool = False
    ) -> Said:
        """Ask the present gateway what became of the operation, and take in what it says.

        `slip_number` is what a person read; it only points at the terminal's entry. `fresh`: what
        is new in the terminal's journal is to be read first.
        """
        command = InquireOperation(
            operation_id=hold.operation_id,
            terminal=hold.terminal,
            slip_number=slip_number,
            kind=hold.kind,
            fresh=fresh,
        )
        try:
            said = Said(reply=await self._gateway.inquire(hold.company, hold.store, command))
        except (OutOfReach, Unanswered):
            said = Said(reply=None)
        self._resolver.count_question(hold.operation_id)
        self._tell(hold, said)
        await self._follow(hold, said)
        return said

    async def check(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> TerminalStatus | UnknownTerminal | None:
        """Ask the terminal itself how it stands. None: it cannot be asked just now."""
        command = CheckTerminal(terminal=terminal)
        try:
            status = await self._gateway.check(company, store, command)
        except (OutOfReach, Unanswered):
            return None
        away = isinstance(status, TerminalStatus) and status.link != LINKED
        return None if away else status

    async def change(self, hold: TerminalHold, decide: Decide) -> Outcome | None:
        """Change the sale that the operation is part of."""
        return await self._ledger.change(hold.company, hold.sale_id, decide)

    def rules(self, hold: TerminalHold) -> tuple[BrandRule, ...]:
        """Return what the store's brands mean by 処理未了."""
        document = self._configuration.of_store(hold.company, hold.store)
        return () if document is None else document.brand_rules

    async def _follow(self, hold: TerminalHold, said: Said) -> None:
        known = said.reply if isinstance(said.reply, OperationConcluded | OperationOpen) else None
        told = meaning(known)
        now = self._clock.monotonic()
        if isinstance(told, Doubt):
            await self.change(hold, doubting(hold.operation_id, told.reason))
        elif isinstance(told, Working):
            self._resolver.sign_of_life(hold.operation_id, now)
            if not self._resolver.in_progress(hold.operation_id):
                await self.change(hold, progressing(hold.operation_id))
        else:
            outcome = await self.change(hold, concluding(told, self.rules(hold)))
            self._resolver.ask_seldom(hold.operation_id, now)
            decided = None if outcome is None else outcome.decided
            if isinstance(decided, Decision) and not decided.sale.tender_of(hold.operation_id):
                self._resolver.forget(hold.operation_id)

    def _tell(self, hold: TerminalHold, said: Said) -> None:
        """Let whoever looks at the doubt know that it was asked about, and what came of it."""
        watched = self._resolver.look(hold.operation_id)
        if watched is None or watched.state not in DOUBT_STATES:
            return
        told = DoubtAsked(
            operation_id=hold.operation_id,
            sale=hold.sale_id,
            asked=watched.questions,
            at=self._clock.now(),
            answer=answer_in_short(said.reply),
        )
        self._news.doubt_asked(hold.company, hold.store, told)


def answer_in_short(reply: InquireReply | None) -> str:
    """Return in one word what a question brought: `DoubtView.answer`."""
    if reply is None:
        return NO_ANSWER
    if isinstance(reply, OperationConcluded):
        return str(reply.outcome)
    if not isinstance(reply, OperationOpen):
        return str(reply.__struct_config__.tag)
    if not reply.in_doubt:
        return WORKING
    if reply.parked:
        return reply.parked.partition(":")[0]
    return ASKING if reply.link == LINKED else LINK_LOST


def concluding(body: OperationConcluded, rules: tuple[BrandRule, ...]) -> Decide:
    """Return the decision upon the terminal's word."""
    return lambda sale, moment: decide_outcome.conclude(sale, body, moment, rules)


def doubting(operation_id: OperationId, reason: str) -> Decide:
    """Return the decision upon silence."""
    return lambda sale, moment: decide_outcome.doubt(sale, operation_id, reason, moment)


def progressing(operation_id: OperationId) -> Decide:
    """Return the decision upon a screen."""
    return lambda sale, moment: decide_outcome.progress(sale, operation_id, moment)
