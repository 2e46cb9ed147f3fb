"""What is said to an ESC/POS printer about one job, without I/O.

From EPSON's ESC/POS command reference: real-time status (DLE EOT 1 to 4) before a job and while it
comes out; after its bytes a request that the printer answers when it has worked all before it
(GS ( H function 48, or GS r 1); DLE DC4 function 8 clears what a broken-off job left in its
buffers. Of what comes back each byte says by its fixed bits what it is.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

ANSWER_S: Final = 1.0
"""A real-time status comes within milliseconds, whatever the printer is at."""

POLL_FIRST_S: Final = 0.3
"""A slip is out by then, and nothing was asked meanwhile."""

POLL_S: Final = 0.3
"""Between two rounds while paper comes out: how soon an open cover is told."""

STALL_S: Final = 5.0
"""A printer that takes no byte for so long is stuck: it feeds a line in a tenth of a second."""

DONE_S: Final = 60.0
"""After the last byte went: what a printer's buffers hold is out by then."""

CLEAR_S: Final = 0.5
"""For the answer that buffers are cleared; a printer without that command gives none."""

CHUNK: Final = 4_096
"""Bytes handed on at once: what is on its way when a job breaks off is little."""

PROCESS_ID_PROFILES: Final = frozenset(
    {
        "TM-L90",
        "TM-P80",
        "TM-P80-42col",
        "TM-T20II",
        "TM-T20II-42col",
        "TM-T88IV",
        "TM-T88IV-SA",
        "TM-T88V",
    }
)
"""Of python-escpos' list, those for which the reference has GS ( H; the others are asked GS r."""

_CLEAR: Final = bytes((0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8))
_RECOVER: Final = bytes((0x10, 0x05, 2))
_PAPER_STATUS: Final = bytes((0x1D, 0x72, 1))

_BLOCK: Final = 0x37
_BLOCK_MAX: Final = 16
_PROCESS_ID: Final = b"\x22"
_CLEARED: Final = b"\x25"
_TOKEN_SIZE: Final = 4

_KIND: Final = 0x93
_REAL: Final = 0x12
_AUTOMATIC: Final = 0x10
_AUTOMATIC_MORE: Final = 3
"""The reference's table of fixed bits: bits 0, 1, 4 and 7 say what a status byte answers."""

_ASKED_FIRST: Final = 1
_ASKED_LAST: Final = 4


class Real(NamedTuple):
    """An answer to DLE EOT."""

    byte: int


class Paper(NamedTuple):
    """An answer to GS r 1."""

    ended: bool


class Done(NamedTuple):
    """An answer to GS ( H: all that came before it is worked."""

    token: bytes


class Cleared(NamedTuple):
    """An answer to DLE DC4: the buffers are empty."""


Told = Real | Paper | Done | Cleared


class Reader:
    """Tells a printer's bytes apart by their fixed bits; what it cannot place is dropped."""

    def __init__(self) -> None:
        self._block: bytearray | None = None
        self._automatic = 0

    def read(self, data: bytes) -> Iterator[Told]:
        """Return what these bytes say."""
        for byte in data:
            told = self._in_block(byte) if self._block is not None else self._alone(byte)
            if told is not None:
                yield told

    def _in_block(self, byte: int) -> Told | None:
        block = self._block
        assert block is not None, "asked within a block only"  # noqa: S101 - our own bug
        if byte and len(block) < _BLOCK_MAX:
            block.append(byte)
            return None
        self._block = None
        if block.startswith(_CLEARED):
            return Cleared()
        if block.startswith(_PROCESS_ID):
            return Done(bytes(block[1:]))
        return None

    def _alone(self, byte: int) -> Told | None:
        if self._automatic and not byte & 0x90:
            self._automatic -= 1  # the rest of an automatic status, which somebody switched on
        elif byte == _BLOCK:
            self._block = bytearray()
        elif byte & _KIND == _REAL:
            return Real(byte)
        elif byte & _KIND == _AUTOMATIC:
            self._automatic = _AUTOMATIC_MORE
        elif not byte & 0x90:
            return Paper(ended=bool(byte & 0x0C))
        return None


class Stage(Enum):
    """How far a run has come."""

    WASHING = auto()
    """What an earlier job may have left in its buffers is cleared first."""
    ASKING = auto()
    READY = auto()
    """The printer is fit to print; `begin` is waited for."""
    SENDING = auto()
    FINISHING = auto()
    """All bytes are gone; the printer is to say that it has worked them."""
    DIAGNOSING = auto()
    """It takes no more bytes: why?"""
    CLEARING = auto()
    ENDED = auto()


class Run:
    """One job on one connection, or, without `begin`, only a look at the printer.

    Bytes to write are taken with `outgoing` as long as the connection takes them; `deadline` says
    when to call `on_deadline`. `token` (four printable characters) tells its answer from another's.
    `wash`: an earlier job broke off, and half a command of it would swallow this one.
    """

    def __init__(self, profile: str, token: bytes, now: float, *, wash: bool = False) -> None:
        assert len(token) == _TOKEN_SIZE, "the reference's length"  # noqa: S101 - our own bug
        self._tells_done = profile in PROCESS_ID_PROFILES
        self._token = token
        self._reader = Reader()
        self._out = b""
        self._paper = b""
        self._at = 0
        self._status: dict[int, int] = {}
        self._asked = 0
        self._suspected: str = ""
        self._until = 0.0
        self._give_up_at = 0.0
        self.stage = Stage.ASKING
        self.reason = ""
        """Why it was not printed, once it has ended; "": printed, or nothing was to be."""
        self.washed = False
        """Whether the printer said that nothing is left of a job that broke off."""
        self.begun = False
        """Whether a byte of the job may have reached the printer."""
        if wash:
            self.stage = Stage.WASHING
            self._clear(now)
        else:
            self._ask(_ASKED_FIRST, now)

    @property
    def rests(self) -> bool:
        """Whether it is somebody else's turn: ready, or ended."""
        return self.stage in {Stage.READY, Stage.ENDED}

    @property
    def near_end(self) -> bool:
        """Whether the paper will soon be used up."""
        return bool(self._status.get(4, 0) & 0x0C)

    def begin(self, paper: bytes, now: float) -> None:
        """Send this; the printer is ready."""
        assert self.stage is Stage.READY, f"not {self.stage}"  # noqa: S101 - our own bug
        request = b"\x1d(H\x06\x0000" + self._token if self._tells_done else _PAPER_STATUS
        self._paper = paper + request
        self.stage = Stage.SENDING
        self._until = now + STALL_S

    def outgoing(self, now: float) -> bytes:
        """Take the next bytes to write; empty when there are none."""
        if self._out:
            out, self._out = self._out, b""
            return out
        if self.stage is not Stage.SENDING:
            return b""
        chunk = self._paper[self._at : self._at + CHUNK]
        self._at += len(chunk)
        self.begun = True
        self._until = now + STALL_S
        if self._at >= len(self._paper):
            self.stage = Stage.FINISHING
            self._asked = 0
            self._until = now + POLL_FIRST_S
            self._give_up_at = now + DONE_S
        return chunk

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes as they came, split anywhere."""
        for told in self._reader.read(data):
            match told:
                case Real(byte=byte):
                    self._on_status(byte, now)
                case Done(token=token) if token == self._token:
                    self._on_done()
                case Paper(ended=ended) if not self._tells_done:
                    self._on_paper(now, ended=ended)
                case Cleared() if self.stage is Stage.CLEARING:
                    self.washed = True
                    self.stage = Stage.ENDED
                case Cleared() if self.stage is Stage.WASHING:
                    self._washed(now)
                case _:
                    pass

    def deadline(self) -> float | None:
        """When to call `on_deadline` if nothing else happens; None while it rests."""
        return None if self.rests else self._until

    def on_deadline(self, now: float) -> None:
        """Ask, or give up. Harmless before the deadline."""
        if self.rests or now < self._until:
            return
        match self.stage:
            case Stage.WASHING:
                self._washed(now)
            case Stage.SENDING:
                self.stage = Stage.DIAGNOSING
                self._ask(_ASKED_FIRST, now)
            case Stage.FINISHING if not self._asked and now < self._give_up_at:
                self._ask(_ASKED_FIRST, now)
            case Stage.CLEARING:
                self.stage = Stage.ENDED
            case _:
                self._fail("no_answer", now)

    def connection_lost(self) -> None:
        """The connection is gone."""
        if self.stage is not Stage.ENDED:
            self.reason = self.reason or "cable"
            self.stage = Stage.ENDED

    # --- inside ---

    def _ask(self, n: int, now: float) -> None:
        """Ask one real-time status at a time, as the reference wants it."""
        self._asked = n
        self._out += bytes((0x10, 0x04, n))
        self._until = now + ANSWER_S

    def _on_status(self, byte: int, now: float) -> None:
        if not self._asked:
            return  # its bytes stood in a picture, by chance
        self._status[self._asked] = byte
        if self._asked < _ASKED_LAST:
            self._ask(self._asked + 1, now)
            return
        self._asked = 0
        fault: str = self._fault()
        match self.stage:
            case Stage.ASKING if fault:
                self._fail(fault, now)
            case Stage.ASKING:
                self.stage = Stage.READY
            case Stage.DIAGNOSING:
                self._fail(fault or "no_answer", now)
            case Stage.FINISHING if fault and fault == self._suspected:
                self._fail(fault, now)
            case Stage.FINISHING:
                # Twice: a byte that a picture asked for by chance must not break a job off.
                self._suspected = fault
                self._until = now if fault else now + POLL_S
            case _:
                pass

    def _fault(self) -> str:
        status = self._status
        online, offline, error, paper = status[1], status[2], status[3], status[4]
        if offline & 0x04:
            return "cover_open"
        if offline & 0x20 or paper & 0x60:
            return "paper_out"
        if online & 0x08 or offline & 0x40 or error & 0x6C:
            return "offline"
        return ""

    def _on_done(self) -> None:
        if self.stage in {Stage.FINISHING, Stage.CLEARING}:
            self.reason = ""
            self.stage = Stage.ENDED

    def _on_paper(self, now: float, *, ended: bool) -> None:
        if self.stage is Stage.FINISHING and ended:
            self._fail("paper_out", now)
        else:
            self._on_done()

    def _fail(self, reason: str, now: float) -> None:
        self.reason = reason
        if not self.begun:
            self.stage = Stage.ENDED
            return
        self.stage = Stage.CLEARING
        self._asked = 0
        self._clear(now)

    def _clear(self, now: float) -> None:
        self._out += _CLEAR + _RECOVER
        self._until = now + CLEAR_S

    def _washed(self, now: float) -> None:
        self.stage = Stage.ASKING
        self._ask(_ASKED_FIRST, now)
