"""The rules of one store's gateway: what an operation becomes, what is refused, what is told.

Pure: clock and ids are arguments. `docs/states/operation.md` is drawn from `TRANSITIONS`.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from contracts.identifiers import OperationId
from contracts.money import Yen
from contracts.operations import (
    COMMAND_STALE_S,
    Accepted,
    AlreadyRead,
    Busy,
    ContentDiffers,
    Evidence,
    Fenced,
    NotOpen,
    NotPaired,
    OperationConcluded,
    OperationKind,
    OperationOpen,
    Outcome,
    Phase,
    Recovering,
    Screen,
    StaleCommand,
    StartOperation,
    StorageFull,
    UnknownTerminal,
    Unreachable,
)
from contracts.stores import TerminalEntry
from terminal_gateway.model import (
    OPEN,
    Happening,
    Intent,
    Operation,
    Sight,
    State,
    Tells,
)

NO_AMOUNT: Final = Yen(0)
"""Of a tombstone or an adopted operation: nobody told us what was asked."""

SURE_AGE: Final = timedelta(hours=1)
"""An id made this long after a journal was lost cannot have been in it: clocks differ by less."""


class Next(NamedTuple):
    """Where a transition leads and what it puts into the outbox."""

    state: State
    tells: Tells = Tells.NOTHING


_S, _H, _T = State, Happening, Tells

TRANSITIONS: Final[dict[tuple[State, Happening], Next]] = {
    # the straight way
    (_S.INTENDED, _H.SENT_OUT): Next(_S.SENT),
    (_S.INTENDED, _H.AWAITS_CUSTOMER): Next(_S.SHOWN),  # the terminal knew the id already
    (_S.INTENDED, _H.WAS_READ): Next(_S.READ),
    (_S.INTENDED, _H.ENDED): Next(_S.CONCLUDED, _T.CONCLUDED),
    (_S.SENT, _H.AWAITS_CUSTOMER): Next(_S.SHOWN),
    (_S.SENT, _H.WAS_READ): Next(_S.READ),
    (_S.SENT, _H.ENDED): Next(_S.CONCLUDED, _T.CONCLUDED),
    (_S.SHOWN, _H.AWAITS_CUSTOMER): Next(_S.SHOWN),
    (_S.SHOWN, _H.WAS_READ): Next(_S.READ),
    (_S.SHOWN, _H.ENDED): Next(_S.CONCLUDED, _T.CONCLUDED),
    (_S.READ, _H.AWAITS_CUSTOMER): Next(_S.READ),  # an older screen
    (_S.READ, _H.WAS_READ): Next(_S.READ),
    (_S.READ, _H.ENDED): Next(_S.CONCLUDED, _T.CONCLUDED),
    # sight lost, and found again
    (_S.INTENDED, _H.LOST_SIGHT): Next(_S.UNRESOLVED, _T.DOUBTED),
    (_S.SENT, _H.LOST_SIGHT): Next(_S.UNRESOLVED, _T.DOUBTED),
    (_S.SHOWN, _H.LOST_SIGHT): Next(_S.UNRESOLVED, _T.DOUBTED),
    (_S.READ, _H.LOST_SIGHT): Next(_S.UNRESOLVED, _T.DOUBTED),
    (_S.UNRESOLVED, _H.LOST_SIGHT): Next(_S.UNRESOLVED),
    (_S.UNRESOLVED, _H.AWAITS_CUSTOMER): Next(_S.SHOWN),
    (_S.UNRESOLVED, _H.WAS_READ): Next(_S.READ),
    (_S.UNRESOLVED, _H.ENDED): Next(_S.CONCLUDED, _T.CONCLUDED),
    # the terminal's word stands; it came again, or another came
    (_S.CONCLUDED, _H.AWAITS_CUSTOMER): Next(_S.CONCLUDED),
    (_S.CONCLUDED, _H.WAS_READ): Next(_S.CONCLUDED),
    (_S.CONCLUDED, _H.LOST_SIGHT): Next(_S.CONCLUDED),
    (_S.CONCLUDED, _H.ENDED): Next(_S.CONCLUDED),
    (_S.CONCLUDED, _H.ENDED_OTHERWISE): Next(_S.CONCLUDED, _T.CONCLUDED),
    # never to be started here; should the terminal know better, it is told
    (_S.SWORN_OFF, _H.AWAITS_CUSTOMER): Next(_S.SWORN_OFF),
    (_S.SWORN_OFF, _H.WAS_READ): Next(_S.SWORN_OFF),
    (_S.SWORN_OFF, _H.LOST_SIGHT): Next(_S.SWORN_OFF),
    (_S.SWORN_OFF, _H.ENDED): Next(_S.SWORN_OFF),
    (_S.SWORN_OFF, _H.ENDED_OTHERWISE): Next(_S.CONCLUDED, _T.CONCLUDED),
}
"""A missing entry is an impossible move (our bug). What ends an operation is `ENDED` alone."""

IMPOSSIBLE: Final[frozenset[tuple[State, Happening]]] = frozenset(
    {
        # its start is handed to the link once in its life, from `intended` only
        *((state, _H.SENT_OUT) for state in _S if state is not _S.INTENDED),
        # nothing to differ from yet
        *((state, _H.ENDED_OTHERWISE) for state in OPEN),
    }
)
"""Told apart from what was forgotten: both sets together are all there is (a test sees to it)."""


def step(state: State, happening: Happening) -> Next:
    """Return where it leads; an impossible move is our own bug."""
    move = TRANSITIONS.get((state, happening))
    assert move is not None, f"{happening} in {state}"  # noqa: S101 - our own bug
    return move


# --- commands ---


class Circumstances(NamedTuple):
    """What a start is judged by, gathered by the handler.

    `open_operation` keeps the terminal busy (a parked one does not); `heartbeat_age_s` None: the
    number is not one of ours.
    """

    epoch: int
    fenced: bool
    heartbeat_age_s: float | None
    known: Operation | None
    entry: TerminalEntry | None
    linked: bool
    recovered: bool
    open_operation: OperationId | None
    sight: Sight | None
    room: bool
    refused: "StartReply | None" = None
    """What the same command was told before."""


StartReply = (
    Accepted
    | Busy
    | NotPaired
    | Unreachable
    | StaleCommand
    | Fenced
    | StorageFull
    | Recovering
    | ContentDiffers
    | NotOpen
    | UnknownTerminal
)


def admit(  # noqa: C901, PLR0911 - one line a refusal, in the order that is specified
    command: StartOperation, now: Circumstances
) -> StartReply | None:
    """Return the answer to a start, or None when it may go ahead; refusals in their order.

    An id that is known is answered first: "nothing was started" would be a lie about it, whatever
    the stamp of the repeat says. One that was refused stays so: the centre took that for proof.
    """
    if now.known is not None:
        return answer_again(command, now.known)
    if now.refused is not None:
        return now.refused
    if now.fenced or command.stamp.epoch != now.epoch:
        return Fenced(epoch=now.epoch)
    if now.heartbeat_age_s is None or now.heartbeat_age_s > COMMAND_STALE_S:
        return StaleCommand()
    if now.entry is None:
        return UnknownTerminal()
    if now.entry.paired_register != command.register:
        return NotPaired(holder=now.entry.paired_register)
    if not now.linked or now.sight is None:
        return Unreachable()
    if now.open_operation is not None and now.recovered:
        return Busy(operation_id=now.open_operation, screen=now.sight.screen.name)
    if not now.recovered:
        return Recovering()
    if not now.sight.takes_start:
        return Busy(operation_id=None, screen=now.sight.screen.name)
    if not now.room:
        return StorageFull()
    return None


def answer_again(command: StartOperation, known: Operation) -> StartReply:
    """Return the answer to an id that was seen before."""
    if known.state is State.SWORN_OFF or known.intent.adopted:
        return NotOpen(known=True)
    field = differing_field(command, known.intent)
    if field is not None:
        return ContentDiffers(field=field)
    return Accepted(operation_id=command.operation_id)


COMPARED: Final = (
    "terminal",
    "register",
    "sale_id",
    "tender",
    "kind",
    "amount",
    "original_slip_number",
    "original_order_number",
)
"""What makes a start the same start."""


def differing_field(command: StartOperation, intent: Intent) -> str | None:
    """Return the first field in which a repeated command differs from what was asked before."""
    for field in COMPARED:
        if getattr(command, field) != getattr(intent, field):
            return field
    return None


def intend(
    command: StartOperation,
    *,
    entry: TerminalEntry,
    sight: Sight,
    at: datetime,
    trace: dict[str, str],
) -> Operation:
    """Return the operation that a start asks for, before anything was sent."""
    return Operation(
        intent=Intent(
            operation_id=command.operation_id,
            terminal=command.terminal,
            serial=entry.serial,
            register=command.register,
            sale_id=command.sale_id,
            tender=command.tender,
            kind=command.kind,
            amount=command.amount,
            at=at,
            epoch=command.stamp.epoch,
            original_slip_number=command.original_slip_number,
            original_order_number=command.original_order_number,
            mark=sight.journal_last or 0,
            ahead_s=sight.ahead_s,
            business_date=sight.terminal_business_date,
            trace=trace,
        )
    )


def refuse_abort(
    operation: Operation | None, *, can_abort: bool, linked: bool
) -> NotOpen | AlreadyRead | Unreachable | None:
    """Return why an abort makes no sense, or None when the terminal is to be asked.

    The link's ability is judged by the caller (`can_abort`), after the state: what is over is over.
    """
    if operation is None or operation.state not in OPEN:
        return NotOpen(known=operation is not None)
    if operation.state is State.READ:
        return AlreadyRead()
    if can_abort and not linked:
        return Unreachable()
    return None


def describe(
    operation: Operation, screen: Screen | None, link: str = ""
) -> OperationOpen | OperationConcluded:
    """Return the answer to an inquiry about an operation that is on our disk."""
    if operation.conclusion is not None:
        return operation.conclusion
    return OperationOpen(
        operation_id=operation.id,
        phase=operation.phase,
        in_doubt=operation.state is State.UNRESOLVED,
        asked=operation.asked,
        screen=screen,
        link=link,
        parked=operation.parked,
        last_asked_at=operation.asked_at,
    )


def time_of_id(operation_id: OperationId) -> datetime | None:
    """Return when a UUIDv7 was made, by its maker's clock; None for other versions."""
    value = UUID(operation_id)
    if value.version != 7:  # noqa: PLR2004 - the version that begins with a time (RFC 9562)
        return None
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return epoch + timedelta(milliseconds=value.int >> 80)


def may_have_been_lost(operation_id: OperationId, lost_at: datetime | None, now: datetime) -> bool:
    """Whether an id that is not in this journal could have stood in one that was lost.

    An id from our future says that our clock is wrong (a box without a battery starts in 1970),
    and then that the journal's time is not to be trusted either.
    """
    if lost_at is None:
        return False
    made_at = time_of_id(operation_id)
    return made_at is None or made_at < lost_at + SURE_AGE or made_at > now + SURE_AGE


def swear_off(
    operation_id: OperationId,
    *,
    entry: TerminalEntry,
    epoch: int,
    at: datetime,
    kind: OperationKind = OperationKind.PAYMENT,
) -> Operation:
    """Return the tombstone of an id that was inquired after before it was ever heard of."""
    return Operation(
        intent=_bare_intent(operation_id, entry=entry, epoch=epoch, at=at, kind=kind),
        state=State.SWORN_OFF,
        phase=Phase.DONE,
        conclusion=OperationConcluded(
            operation_id=operation_id,
            terminal=entry.terminal,
            serial=entry.serial,
            kind=kind,
            outcome=Outcome.NOT_PERFORMED,
            amount=None,
            evidence=Evidence(source="tombstone", at=at),
        ),
    )


def adopt(
    operation_id: OperationId,
    *,
    entry: TerminalEntry,
    epoch: int,
    at: datetime,
    kind: OperationKind = OperationKind.PAYMENT,
) -> Operation:
    """Return an open operation whose row was lost with an earlier journal: it is looked for."""
    return Operation(
        intent=_bare_intent(
            operation_id,
            entry=entry,
            epoch=epoch,
            at=time_of_id(operation_id) or at,
            kind=kind,
            adopted=True,
        ),
        state=State.UNRESOLVED,
    )


def _bare_intent(
    operation_id: OperationId,
    *,
    entry: TerminalEntry,
    epoch: int,
    at: datetime,
    kind: OperationKind,
    adopted: bool = False,
) -> Intent:
    return Intent(
        operation_id=operation_id,
        terminal=entry.terminal,
        serial=entry.serial,
        register="",
        sale_id="",
        tender=0,
        kind=kind,
        amount=NO_AMOUNT,
        at=at,
        epoch=epoch,
        adopted=adopted,
    )
