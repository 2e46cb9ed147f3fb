"""What is heard right now of terminals and doubts: links, screens, questions. None is stored.

Pure bookkeeping: times are the caller's monotonic seconds. Bounded: a terminal that was heard
longest ago leaves when there is no room.
"""

from datetime import datetime
from typing import Final, Literal, TypeVar

from msgspec import Struct

from contracts.identifiers import OperationId
from contracts.operations import PRESENCE_LAPSES_S, Heartbeat, Screen, ScreenShown, TerminalSeen
from contracts.sales import DoubtAsked
from contracts.seats import SeatView

K = TypeVar("K")
V = TypeVar("V")

Link = Literal["connected", "disconnected", "unknown"]

TERMINALS_MAX: Final = 50_000
"""1,000 stores with 50 terminals each: some 50 MB when every one shows a screen."""

OPERATIONS_MAX: Final = 10_000
"""Operations whose screen is remembered; one a terminal at a time, and few terminals are busy."""

DOUBTS_MAX: Final = 10_000
"""Operations in doubt of which it is remembered how often they were asked about."""

BOXES_MAX: Final = 10_000
"""One a store."""

REGISTERS_MAX: Final = 50_000
"""Registers of which it is remembered since when a page has them."""

Place = tuple[str, str, str]
"""Company, store, and a terminal or register."""


class Sight(Struct, frozen=True, kw_only=True):
    """One terminal as last heard; `unknown` when its store has been silent for too long."""

    link: Link = "unknown"
    screen: str | None = None
    operation_id: OperationId | None = None
    seen_at: datetime | None = None


class Box(Struct, frozen=True, kw_only=True):
    """A store's box as last heard. `skew_ms`: how far its clock is ahead of ours, way included."""

    seen_at: datetime
    epoch: int
    version: str
    configuration: int
    skew_ms: int
    in_doubt: dict[str, int]


class Live:
    """The in-memory view of all terminals."""

    def __init__(self) -> None:
        self._sights: dict[Place, Sight] = {}
        self._screens: dict[Place, ScreenShown] = {}
        self._of_operations: dict[OperationId, ScreenShown] = {}
        self._doubts: dict[OperationId, DoubtAsked] = {}
        self._seats: dict[Place, datetime] = {}
        self._beats: dict[tuple[str, str], tuple[float, int]] = {}
        self._boxes: dict[tuple[str, str], Box] = {}

    def on_heartbeat(
        self, company: str, store: str, beat: Heartbeat, heard_s: float
    ) -> list[TerminalSeen]:
        """Take a heartbeat in; return the terminals whose link or screen changed by it."""
        known = self._beats.get((company, store))
        if known is not None and beat.epoch < known[1]:
            return []
        fresh = known is None or beat.epoch > known[1]
        self._beats[company, store] = (heard_s, beat.epoch)
        changed: list[TerminalSeen] = []
        for seen in beat.terminals:
            place = (company, store, seen.terminal)
            if fresh:
                self._screens.pop(place, None)
            before = self._sights.get(place)
            link: Link = "connected" if seen.link == "connected" else "disconnected"
            now = Sight(
                link=link, screen=seen.screen, operation_id=seen.operation_id, seen_at=beat.at
            )
            if before is None or (before.link, before.screen) != (now.link, now.screen):
                changed.append(seen)
            _keep(self._sights, place, now, TERMINALS_MAX)
        return changed

    def on_box(self, company: str, store: str, beat: Heartbeat, heard_at: datetime) -> None:
        """Take in what a heartbeat says of the box itself; one that was replaced says nothing."""
        known = self._boxes.get((company, store))
        if known is not None and beat.epoch < known.epoch:
            return
        skew_ms = round((beat.at - heard_at).total_seconds() * 1000)
        box = Box(
            seen_at=heard_at,
            epoch=beat.epoch,
            version=beat.version,
            configuration=beat.configuration,
            skew_ms=skew_ms,
            in_doubt={seen.terminal: seen.in_doubt for seen in beat.terminals if seen.in_doubt},
        )
        _keep(self._boxes, (company, store), box, BOXES_MAX)

    def box(self, company: str, store: str) -> Box | None:
        """Return a store's box as last heard, None where it was never heard."""
        return self._boxes.get((company, store))

    def on_screen(self, company: str, store: str, shown: ScreenShown) -> bool:
        """Take a screen in; return False for one that is older than what is known."""
        place = (company, store, shown.terminal)
        before = self._screens.get(place)
        # A terminal that was put in the place of another one counts from the beginning.
        if before is not None and shown.sequence <= before.sequence and shown.at <= before.at:
            return False
        _keep(self._screens, place, shown, TERMINALS_MAX)
        sight = Sight(
            link="connected",
            screen=shown.screen.name,
            operation_id=shown.operation_id,
            seen_at=shown.at,
        )
        _keep(self._sights, place, sight, TERMINALS_MAX)
        if shown.operation_id is not None:
            _keep(self._of_operations, shown.operation_id, shown, OPERATIONS_MAX)
        return True

    def on_doubt(self, asked: DoubtAsked) -> bool:
        """Take in that a doubt was asked about; return False for what is older than is known."""
        before = self._doubts.get(asked.operation_id)
        if before is not None and asked.at < before.at:
            return False
        _keep(self._doubts, asked.operation_id, asked, DOUBTS_MAX)
        return True

    def on_seat(self, company: str, seat: SeatView) -> bool:
        """Take in that a page has a register; return False where another took it since."""
        place = (company, seat.store, seat.register)
        before = self._seats.get(place)
        if before is not None and seat.since < before:
            return False
        _keep(self._seats, place, seat.since, REGISTERS_MAX)
        return True

    def lapse(self, now_s: float) -> list[Place]:
        """Forget the stores that fell silent; return their terminals, to be told as unknown."""
        silent = {
            store: epoch
            for store, (heard_s, epoch) in self._beats.items()
            if now_s - heard_s > PRESENCE_LAPSES_S
        }
        if not silent:
            return []
        lapsed: list[Place] = []
        for place, sight in self._sights.items():
            if place[:2] in silent and sight.link != "unknown":
                lapsed.append(place)
        for place in lapsed:
            self._sights[place] = Sight(seen_at=self._sights[place].seen_at)
            self._screens.pop(place, None)
        return lapsed

    def present(self, company: str, store: str, now_s: float) -> bool:
        """Tell whether the store's gateway was heard lately."""
        known = self._beats.get((company, store))
        return known is not None and now_s - known[0] <= PRESENCE_LAPSES_S

    def sight(self, company: str, store: str, terminal: str) -> Sight:
        """Return a terminal as last heard."""
        return self._sights.get((company, store, terminal), Sight())

    def shown(self, company: str, store: str, terminal: str) -> ScreenShown | None:
        """Return the glass of a terminal as last heard, while its store is present."""
        return self._screens.get((company, store, terminal))

    def shown_for(self, operation_id: OperationId) -> ScreenShown | None:
        """Return what an operation showed last, while it was seen."""
        return self._of_operations.get(operation_id)

    def doubt_of(self, operation_id: OperationId) -> DoubtAsked | None:
        """Return how often a doubt was asked about, as last heard."""
        return self._doubts.get(operation_id)

    def screen_of(self, operation_id: OperationId) -> Screen | None:
        """Return the screen that an operation showed last, while it was seen."""
        shown = self._of_operations.get(operation_id)
        return None if shown is None else shown.screen


def _keep(book: dict[K, V], key: K, value: V, entries_max: int) -> None:
    book.pop(key, None)
    while len(book) >= entries_max:
        del book[next(iter(book))]
    book[key] = value
