"""A receipt printer: its buffer, its real-time commands, what it says about itself. No I/O in it.

Bytes in, what happened out. It works what it has as soon as it can, so that the paper depends on
the bytes alone and not on how they came; while it is stopped (no paper, cover open) it keeps them,
and goes on where it was. Real-time commands are worked on arrival, also then, also inside of other
commands, as the reference warns. What a job left unfinished stays for the next one to finish.
"""

from typing import Final

from msgspec import Struct

from ct6100_simulator.escpos import DLE, OPENERS, Buffer, Command, Oversize, read
from ct6100_simulator.print_commands import RULES
from ct6100_simulator.printer_words import (
    Condition,
    asb_reported,
    automatic_status,
    drawer_status,
    identity,
    paper_status,
    real_time_status,
)
from ct6100_simulator.strip import Row
from ct6100_simulator.typesetting import NOT_SUPPORTED, OUT_OF_RANGE, CutHere, Typesetter

RECEIVE_MAX: Final = 64 * 1024
"""Bytes that wait while it is stopped; then it takes no more, and TCP makes the sender wait."""

COMMAND_MAX: Final = 4 * 1024 * 1024
"""A picture of the paper's width and 58 m length; what claims more is skipped to its end."""

PROCESS_ID: Final = b"\x37\x22"
CLEARED: Final = b"\x37\x25\x00"

_CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_REAL_TIME: Final = frozenset(
    {
        *(bytes((DLE, 4, n)) for n in (1, 2, 3, 4)),
        *(bytes((DLE, 5, n)) for n in (0, 1, 2)),
        *(bytes((DLE, 0x14, 1, m, t)) for m in (0, 1) for t in range(1, 9)),
        _CLEAR,
    }
)
_BEGUN: Final = frozenset(whole[:size] for whole in _REAL_TIME for size in range(1, len(whole)))


class Reply(Struct, frozen=True):
    """Bytes to the host."""

    data: bytes


class Kicked(Struct, frozen=True):
    """A pulse to the drawer on pin 2 (0) or 5 (1)."""

    pin: int


class Ignored(Struct, frozen=True):
    """Something came that the printer did not work, and why."""

    what: str
    why: str


class Cleared(Struct, frozen=True):
    """The host had the buffers cleared: so many bytes were never printed."""

    size: int


Happened = Reply | Kicked | Ignored | Cleared | CutHere | Row


class ReceiptPrinter:
    """Switched on, with paper, its cover closed. Each method returns what happened, in order.

    `patient`: after each row that came out it waits for `go_on`, as a slow one does.
    """

    def __init__(self, width: int) -> None:
        self.condition = Condition()
        self.patient = False
        self._setter = Typesetter(width)
        self._buffer = bytearray()
        self._skip = 0
        self._begun = b""
        self._asb = 0
        self._told = b""
        self._resting = False
        self._out: list[Happened] = []

    @property
    def waiting(self) -> int:
        """How many bytes were received and not worked yet."""
        return len(self._buffer)

    @property
    def resting(self) -> bool:
        """Whether a row came out that `go_on` is waited for after."""
        return self._resting

    @property
    def full(self) -> bool:
        """Whether it takes no more for now: it is stopped and its buffer is full."""
        return len(self._buffer) >= RECEIVE_MAX and (self._resting or not self.condition.online)

    def receive(self, data: bytes) -> list[Happened]:
        """Take bytes from the host."""
        start = 0
        for end, command in self._real_time_in(data):
            self._keep(data[start:end])
            start = end
            self._work()
            self._at_once(command)
        self._keep(data[start:])
        self._work()
        return self._taken()

    def go_on(self) -> list[Happened]:
        """Work on after a row."""
        self._resting = False
        self._work()
        return self._taken()

    def becomes(self, condition: Condition) -> list[Happened]:
        """Paper is out or in, the cover is opened or closed."""
        self.condition = condition
        self._tell_status()
        self._work()
        return self._taken()

    # --- on arrival ---

    def _real_time_in(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return real-time commands with where they end, whatever they stand in."""
        found: list[tuple[int, bytes]] = []
        at = 0
        while at < len(data):
            if not self._begun:
                at = data.find(DLE, at)
                if at < 0:
                    break
            grown = self._begun + data[at : at + 1]
            at += 1
            if grown in _REAL_TIME:
                found.append((at, grown))
                self._begun = b""
            elif grown in _BEGUN:
                self._begun = grown
            else:
                self._begun = bytes((DLE,)) if grown[-1] == DLE else b""
        return found

    def _at_once(self, command: bytes) -> None:
        if command == _CLEAR:
            self._out.append(Cleared(len(self._buffer)))
            self._buffer.clear()
            self._skip = 0
            self._setter.clear()
            self._out.append(Reply(CLEARED))
        elif command[1] == 4:  # noqa: PLR2004 - DLE EOT n
            self._out.append(Reply(real_time_status(command[2], self.condition)))
        elif command[1] == 5:  # noqa: PLR2004 - DLE ENQ n: there is no error to recover from
            self._out.append(Ignored(f"DLE ENQ {command[2]}", "there is no error to recover from"))
        else:
            self._out.append(Kicked(command[3]))

    def _keep(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._buffer += data[skipped:]

    # --- in turn ---

    def _work(self) -> None:
        at = 0
        while at < len(self._buffer) and self.condition.online and not self._resting:
            size = self._step(self._buffer, at)
            if not size:
                break
            at += size
            self._collect()
        del self._buffer[:at]

    def _step(self, buffer: Buffer, at: int) -> int:
        """Work what stands at `at` and return its size; 0: the rest of it is awaited."""
        if buffer[at] not in OPENERS:
            size, wrong = self._setter.text(buffer, at)
            if wrong:
                self._out.append(Ignored("text", wrong))
            return size
        command = read(buffer, at, COMMAND_MAX)
        match command:
            case None:
                return 0
            case Oversize():
                here = min(command.size, len(buffer) - at)
                self._skip = command.size - here
                name = Command(command.code, b"", command.size).name
                self._out.append(Ignored(name, f"{command.size} bytes are more than fit"))
                return here
            case Command():
                self._do(command)
                return command.size

    def _do(self, command: Command) -> None:
        if command.code[0] == DLE:
            if not command.known or not self._was_worked(command):
                self._out.append(Ignored(command.name, "unknown command"))
            return
        if not command.known:
            self._out.append(Ignored(command.name, "unknown command"))
            return
        own, rule = _OWN.get(command.code), RULES.get(command.code)
        if own is not None:
            wrong = own(self, command.data)
        else:
            wrong = NOT_SUPPORTED if rule is None else rule(self._setter, command.data)
        if wrong:
            self._out.append(Ignored(command.name, wrong))

    @staticmethod
    def _was_worked(command: Command) -> bool:
        """Tell whether it was a real-time command, which was worked when it arrived."""
        return command.code + command.data in _REAL_TIME

    def _collect(self) -> None:
        for out in self._setter.take():
            self._out.append(out)
            self._resting = self._resting or (self.patient and not isinstance(out, CutHere))

    # --- what it says and does beside printing ---

    def process_id(self, data: bytes) -> str:
        """`GS ( H` function 48: say this id when everything before it is on paper."""
        if data[:2] != b"\6\0" or data[2:4] != b"00" or not data[4:].isascii():
            return OUT_OF_RANGE
        if not all(0x20 <= each <= 0x7E for each in data[4:]):  # noqa: PLR2004 - the reference's range
            return OUT_OF_RANGE
        self._out.append(Reply(PROCESS_ID + data[4:] + b"\0"))
        return ""

    def transmit_status(self, data: bytes) -> str:
        """`GS r`."""
        n = data[0] % 48
        if n == 1:
            self._out.append(Reply(paper_status(self.condition)))
        elif n == 2:  # noqa: PLR2004 - the drawer
            self._out.append(Reply(drawer_status(self.condition)))
        else:
            return OUT_OF_RANGE
        return ""

    def transmit_identity(self, data: bytes) -> str:
        """`GS I`."""
        told = identity(data[0])
        if told is None:
            return OUT_OF_RANGE
        self._out.append(Reply(told))
        return ""

    def report_by_itself(self, data: bytes) -> str:
        """`GS a`: say the status now and at each change of what is asked for."""
        self._asb = data[0]
        self._told = b""
        self._tell_status()
        return ""

    def pulse(self, data: bytes) -> str:
        """`ESC p`."""
        if data[0] not in {0, 1, 48, 49}:
            return OUT_OF_RANGE
        self._out.append(Kicked(data[0] % 48))
        return ""

    def _tell_status(self) -> None:
        reported = asb_reported(self.condition, self._asb)
        if self._asb and reported != self._told:
            self._told = reported
            self._out.append(Reply(automatic_status(self.condition)))

    def _taken(self) -> list[Happened]:
        out, self._out = self._out, []
        return out


_OWN: Final = {
    b"\x1bp": ReceiptPrinter.pulse,
    b"\x1d(H": ReceiptPrinter.process_id,
    b"\x1dr": ReceiptPrinter.transmit_status,
    b"\x1dI": ReceiptPrinter.transmit_identity,
    b"\x1da": ReceiptPrinter.report_by_itself,
}
