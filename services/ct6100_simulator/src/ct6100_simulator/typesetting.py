"""From commands and text to rows of paper: what a printer does with what it has in its buffer.

Pure. Status, real-time commands and the drawer are the printer's own (`receipt_printer`).
"""

from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ct6100_simulator import escpos_text
from ct6100_simulator.barcodes import symbol
from ct6100_simulator.escpos import Buffer
from ct6100_simulator.pictures import columns_picture, raster_picture, stored_picture
from ct6100_simulator.print_line import FONT_A, FONT_B, PrintLine, Settings
from ct6100_simulator.strip import Bars, Feed, Graphic, Picture, Row

OUT_OF_RANGE: Final = "out of range"
NOT_AT_START: Final = "not at the beginning of a line"
NOT_SUPPORTED: Final = "not supported"

HT, LF, FF, CR, CAN = 0x09, 0x0A, 0x0C, 0x0D, 0x18
_SPACE: Final = 0x20
_DEL: Final = 0x7F
_BAR_TEXT_GAP: Final = 4


class CutHere(Struct, frozen=True):
    """The cutter; a partial cut leaves a point in the middle."""

    partial: bool


Out = Row | CutHere


class Typesetter:
    """One printer's mechanism. What came out since `take` was last called is in order."""

    def __init__(self, width: int) -> None:
        self._line = PrintLine(width)
        self._stored: Picture | None = None
        self._out: list[Out] = []

    def take(self) -> list[Out]:
        """Return what came out, once."""
        out, self._out = self._out, []
        return out

    def clear(self) -> None:
        """Forget the print buffer; the settings stay."""
        self._line.clear()
        self._stored = None

    def text(self, buffer: Buffer, at: int) -> tuple[int, str]:
        """Set what stands at `at` (no opener of a command); return its size and what is wrong.

        A size of 0: a second byte is awaited.
        """
        code, settings = buffer[at], self._line.settings
        if code < _SPACE or code == _DEL:
            return 1, self._control(code)
        double = escpos_text.leads(code) if settings.shift_jis else settings.kanji
        if not double:
            self._put(escpos_text.narrow(code, settings.page, settings.country), narrow=True)
            return 1, ""
        if len(buffer) - at < 2:  # noqa: PLR2004 - both bytes of a kanji
            return 0, ""
        second = buffer[at + 1]
        if second < _SPACE:
            return 1, f"half a kanji, 0x{code:02x}"
        decode = escpos_text.of_shift_jis if settings.shift_jis else escpos_text.of_jis
        character = decode(code, second)
        self._put(character or escpos_text.MISSING, narrow=False)
        return 2, "" if character else f"no kanji 0x{code:02x}{second:02x}"

    def _put(self, character: str, *, narrow: bool) -> None:
        self._out.extend(self._line.place(character, narrow=narrow))

    def _control(self, code: int) -> str:
        if code == LF:
            self._out.append(self._line.flush())
        elif code == HT:
            self._line.tab()
        elif code not in {CR, FF, CAN, 0}:
            return NOT_SUPPORTED
        return ""

    # --- how characters look ---

    def change(self, **settings: object) -> str:
        """Set these from now on."""
        self._line.settings = replace(self._line.settings, **settings)
        return ""

    def initialise(self, _data: bytes = b"") -> str:
        """`ESC @`: as after switching on; what waits in the receive buffer stays."""
        self.clear()
        self._line.settings = Settings()
        return ""

    def style(self, data: bytes) -> str:
        """`ESC !`: of half-width characters."""
        n = data[0]
        return self.change(
            font=n & 1,
            bold=bool(n & 8),
            down=2 if n & 16 else 1,
            across=2 if n & 32 else 1,
            underline=self._thickness(1 if n & 128 else 0),
        )

    def kanji_style(self, data: bytes) -> str:
        """`FS !`."""
        n = data[0]
        return self.change(
            kanji_across=2 if n & 4 else 1,
            kanji_down=2 if n & 8 else 1,
            kanji_underline=self._thickness(1 if n & 128 else 0),
        )

    @staticmethod
    def _thickness(n: int) -> int:
        return n % 48

    def size(self, data: bytes) -> str:
        """`GS !`: of all characters, once to eight times."""
        n = data[0]
        if n & 0b1000_1000:
            return OUT_OF_RANGE
        across, down = (n >> 4) + 1, (n & 7) + 1
        return self.change(across=across, down=down, kanji_across=across, kanji_down=down)

    def quadruple(self, data: bytes) -> str:
        """`FS W`."""
        size = 2 if data[0] & 1 else 1
        return self.change(kanji_across=size, kanji_down=size)

    # --- where things go ---

    def align(self, data: bytes) -> str:
        """`ESC a`."""
        n = data[0] % 48
        if data[0] not in {0, 1, 2, 48, 49, 50}:
            return OUT_OF_RANGE
        return self.change(align=n) if self._line.empty else NOT_AT_START

    def margin(self, data: bytes) -> str:
        """`GS L`."""
        return self.change(margin=_word(data)) if self._line.empty else NOT_AT_START

    def area(self, data: bytes) -> str:
        """`GS W`."""
        return self.change(area=_word(data)) if self._line.empty else NOT_AT_START

    def move(self, data: bytes) -> str:
        """`ESC $`."""
        self._line.move(_word(data))
        return ""

    def move_by(self, data: bytes) -> str:
        r"""`ESC \`, also to the left."""
        self._line.move_by(int.from_bytes(data, "little", signed=True))
        return ""

    def tabs(self, data: bytes) -> str:
        """`ESC D`."""
        stops = tuple(data.rstrip(b"\0"))
        ascending = all(before < after for before, after in pairwise(stops))
        return self.change(tabs=stops) if ascending else OUT_OF_RANGE

    def to_start(self, data: bytes) -> str:
        """`GS T`: print what is set, or forget it."""
        if data[0] in {1, 49} and not self._line.empty:
            self._out.append(self._line.flush())
        self._line.clear()
        return ""

    # --- paper ---

    def feed_lines(self, data: bytes) -> str:
        """`ESC d`: print what is set and feed."""
        lines = data[0]
        if not self._line.empty:
            self._out.append(self._line.flush())
            lines -= 1
        spacing = self._line.settings.line_spacing
        self._out.extend(Feed(height=spacing) for _ in range(lines))
        return ""

    def feed_dots(self, data: bytes) -> str:
        """`ESC J`."""
        if self._line.empty:
            self._out.append(Feed(height=data[0]))
        else:
            self._out.append(self._line.flush(feed=data[0]))
        return ""

    def cut(self, data: bytes) -> str:
        """`GS V`; `n` feeds that much more before."""
        if not self._line.empty:
            return NOT_AT_START
        m = data[0]
        if m not in {0, 1, 48, 49, 65, 66, 97, 98, 103, 104}:
            return OUT_OF_RANGE
        if len(data) > 1 and data[1]:
            self._out.append(Feed(height=data[1]))
        self._out.append(CutHere(partial=m in {1, 49, 66, 98, 104}))
        return ""

    def cut_partly(self, _data: bytes) -> str:
        """`ESC i` and `ESC m`."""
        return self.cut(b"\1")

    # --- pictures and bar codes ---

    def raster(self, data: bytes) -> str:
        """`GS v 0`."""
        if not self._line.empty:
            return NOT_AT_START
        return self._graphic(raster_picture(data))

    def column_picture(self, data: bytes) -> str:
        """`ESC *`: among the characters of the line."""
        picture = columns_picture(data)
        if picture is None:
            return OUT_OF_RANGE
        self._line.draw(picture)
        return ""

    def graphics_counted(self, data: bytes) -> str:
        """`GS ( L`."""
        return self._graphics(data[2:])

    def graphics_counted_long(self, data: bytes) -> str:
        """`GS 8 L`."""
        return self._graphics(data[4:])

    def _graphics(self, data: bytes) -> str:
        """Keep a picture, or print the one that is kept."""
        if data[:2] in {b"0p", b"0q"}:
            if not self._line.empty:
                return NOT_AT_START
            self._stored = stored_picture(data)
            return "" if self._stored is not None else OUT_OF_RANGE
        if data[:2] in {b"02", b"0\2"} and len(data) == 2:  # noqa: PLR2004 - m fn
            stored, self._stored = self._stored, None
            return self._graphic(stored) if stored is not None else ""
        return NOT_SUPPORTED

    def _graphic(self, picture: Picture | None) -> str:
        if picture is None:
            return OUT_OF_RANGE
        width = picture.width * picture.across
        placed = replace(picture, x=self._line.offset(width))
        self._out.append(Graphic(picture=placed, height=picture.height * picture.down))
        return ""

    def barcode(self, data: bytes) -> str:
        """`GS k`."""
        if not self._line.empty:
            return NOT_AT_START
        told = data[1:].removesuffix(b"\0") if data[0] < 65 else data[2:]  # noqa: PLR2004 - function B
        drawn = symbol(data[0], told)
        if drawn is None:
            return "no such bar code, or not for this data"
        settings = self._line.settings
        width = len(drawn.modules) * settings.bar_width
        if width > self._line.area:
            self._out.append(Feed(height=settings.bar_height))
            return "wider than the paper"
        above, below = bool(settings.bar_text & 1), bool(settings.bar_text & 2)
        text_height = (24, 17)[settings.bar_font] + _BAR_TEXT_GAP
        self._out.append(
            Bars(
                symbol=drawn,
                x=self._line.offset(width),
                module=settings.bar_width,
                bar_height=settings.bar_height,
                above=above,
                below=below,
                text_width=(FONT_A, FONT_B)[settings.bar_font],
                height=settings.bar_height + text_height * (above + below),
            )
        )
        return ""


def _word(data: bytes) -> int:
    return int.from_bytes(data[:2], "little")
