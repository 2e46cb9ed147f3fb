"""One simulated receipt printer: its plug, its paper, its faults, and who looks at it."""

import asyncio
from collections import deque
from datetime import datetime
from typing import Final

from msgspec import Struct

from ct6100_simulator.errors import FaultParameterError, UnknownFaultError, UnknownPieceError
from ct6100_simulator.model import PrinterPlace, SetPrinterFault
from ct6100_simulator.ports import PaperWatcher
from ct6100_simulator.print_line import FONT_A
from ct6100_simulator.printer_plug import PrinterPlug
from ct6100_simulator.printer_words import Condition
from ct6100_simulator.receipt_printer import (
    Cleared,
    Happened,
    Ignored,
    Kicked,
    ReceiptPrinter,
    Reply,
)
from ct6100_simulator.strip import Row
from ct6100_simulator.typesetting import CutHere
from servicekit.clock import Clock

PIECES_MAX: Final = 50
"""Pieces that lie in the tray; older ones were thrown away by somebody."""

PIECE_HEIGHT_MAX: Final = 16_000
"""Dots, two metres: a strip that hangs longer tears off by its own weight."""

PIECE_ROWS_MAX: Final = 4_000
"""The same, for rows that take no room."""

NOTES_MAX: Final = 200
"""Lines of the log that are kept."""

SLOW_S: Final = 0.2
"""What a worn-out one takes for a line, unless told otherwise."""

FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "off": (),
    "paper_out": ("lines",),
    "cover_open": (),
    "cable": ("bytes",),
    "slow": ("seconds",),
}
"""Name → what it takes beside its name."""

_PARAMETERS: Final = ("bytes", "lines", "seconds")


class Piece(Struct, frozen=True, kw_only=True):
    """Paper that was cut or torn off. `cut`: by the cutter; `kicks` of the drawer while it came."""

    number: int
    at: datetime
    rows: tuple[Row, ...]
    cut: bool
    kicks: int = 0


class Note(Struct, frozen=True, kw_only=True):
    """One line of its log."""

    at: datetime
    what: str
    why: str = ""


class PlayedPrinter:
    """Listens from `switch_on`. The paper that hangs out of it is `hanging`, newest row last."""

    def __init__(self, place: PrinterPlace, clock: Clock) -> None:
        self.place = place
        self.pieces: deque[Piece] = deque(maxlen=PIECES_MAX)
        self.hanging: list[Row] = []
        self.notes: deque[Note] = deque(maxlen=NOTES_MAX)
        self.faults: dict[str, SetPrinterFault] = {}
        self.watchers: set[PaperWatcher] = set()
        self.ignored = 0
        self.kicks = 0
        self.kicked_at: datetime | None = None
        self.plug = PrinterPlug(self, place.host, place.port)
        self._clock = clock
        self._printer = ReceiptPrinter(self.width)
        self._height = 0
        self._numbers = 0
        self._kicks_of_piece = 0
        self._lines_left: int | None = None
        self._resting: asyncio.TimerHandle | None = None

    @property
    def width(self) -> int:
        """Dots across its paper."""
        return self.place.columns * FONT_A

    @property
    def powered(self) -> bool:
        """Whether it is switched on."""
        return "off" not in self.faults

    @property
    def condition(self) -> Condition:
        """Paper and cover."""
        return self._printer.condition

    @property
    def waiting(self) -> int:
        """Bytes that it has and did not work yet."""
        return self._printer.waiting

    @property
    def full(self) -> bool:
        """Whether it takes no more for now."""
        return self._printer.full

    def piece(self, number: int) -> Piece:
        """Return a piece of its tray. Raises `UnknownPieceError`."""
        for each in self.pieces:
            if each.number == number:
                return each
        raise UnknownPieceError(self.place.name, number)

    # --- what a hand does ---

    async def switch_on(self) -> None:
        """Listen, unless it is switched off."""
        if self.powered:
            await self.plug.open()

    def switch_off(self) -> None:
        """Cut its power: what it had not printed yet is gone, what hangs out of it stays."""
        self.plug.close()
        self._wake()
        self._printer = ReceiptPrinter(self.width)

    async def arm(self, asked: SetPrinterFault) -> None:
        """Let it have a fault. Raises `UnknownFaultError`, `FaultParameterError`."""
        _check(asked)
        self.faults[asked.fault] = asked
        if asked.fault == "paper_out":
            self._lines_left = asked.lines or 0
        await self._apply()

    async def clear_faults(self) -> None:
        """Mend everything: new paper, cover closed, cable in, switched on."""
        self.faults.clear()
        self._lines_left = None
        await self._apply()

    def tear_off(self) -> None:
        """Take what hangs out of it into the tray."""
        self._take_off(cut=False)
        self._changed()

    def throw_away(self) -> None:
        """Empty the tray, and take what hangs."""
        self._take_off(cut=False)
        self.pieces.clear()
        self._changed()

    # --- what its plug tells it ---

    def connected(self) -> None:
        """A host is connected, or is gone again."""
        self._changed()

    def received(self, data: bytes) -> None:
        """Bytes from the host."""
        self._happen(self._printer.receive(data))

    # --- the rest ---

    async def _apply(self) -> None:
        if not self.powered:
            self.switch_off()
        slow, cable = self.faults.get("slow"), self.faults.get("cable")
        self._printer.patient = slow is not None or "paper_out" in self.faults
        self.plug.break_after(None if cable is None else cable.bytes or 0)
        self._wake()
        self._happen(self._printer.becomes(self._condition()))
        self._go_on()
        await self.switch_on()
        self.plug.listen_on()
        self._changed()

    def _condition(self) -> Condition:
        paper = "paper_out" not in self.faults or bool(self._lines_left)
        return Condition(
            paper=paper,
            near_end="paper_out" in self.faults,
            cover_open="cover_open" in self.faults,
        )

    def _happen(self, happened: list[Happened]) -> None:
        for each in happened:
            self._take_note(each)
        if self._printer.resting and self._resting is None:
            slow = self.faults.get("slow")
            pause_s = 0.0 if slow is None else slow.seconds or SLOW_S
            self._resting = asyncio.get_running_loop().call_later(pause_s, self._rested)
        self._changed()

    def _take_note(self, each: Happened) -> None:
        match each:
            case Reply():
                self.plug.send(each.data)
            case CutHere():
                self._take_off(cut=True)
            case Kicked():
                self.kicks += 1
                self._kicks_of_piece += 1
                self.kicked_at = self._clock.now()
                self._note("drawer", f"pin {each.pin * 3 + 2}")
            case Ignored():
                self.ignored += 1
                self._note(each.what, each.why)
            case Cleared():
                self._note("DLE DC4 8", f"{each.size} bytes cleared")
            case _:
                self._come_out(each)

    def _come_out(self, row: Row) -> None:
        self.hanging.append(row)
        self._height += row.height
        if self._height > PIECE_HEIGHT_MAX or len(self.hanging) >= PIECE_ROWS_MAX:
            self._take_off(cut=False)
        if self._lines_left:
            self._lines_left -= 1

    def _take_off(self, *, cut: bool) -> None:
        if self.hanging or self._kicks_of_piece:
            self._numbers += 1
            self.pieces.append(
                Piece(
                    number=self._numbers,
                    at=self._clock.now(),
                    rows=tuple(self.hanging),
                    cut=cut,
                    kicks=self._kicks_of_piece,
                )
            )
        self.hanging.clear()
        self._height = self._kicks_of_piece = 0

    def _note(self, what: str, why: str) -> None:
        self.notes.append(Note(at=self._clock.now(), what=what, why=why))

    def _rested(self) -> None:
        self._resting = None
        self._go_on()
        self.plug.listen_on()

    def _go_on(self) -> None:
        """Work on after a row; where the roll ended with it, stop first."""
        if self._resting is not None or not self._printer.resting:
            return
        if self._condition() != self._printer.condition:
            self._happen(self._printer.becomes(self._condition()))
        self._happen(self._printer.go_on())

    def _wake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _changed(self) -> None:
        for watcher in self.watchers:
            watcher.changed()


def _check(asked: SetPrinterFault) -> None:
    takes = FAULTS.get(asked.fault)
    if takes is None:
        raise UnknownFaultError(asked.fault, tuple(FAULTS))
    for name in _PARAMETERS:
        if getattr(asked, name) is not None and name not in takes:
            raise FaultParameterError(asked.fault, name, "unknown", ", ".join(takes))
