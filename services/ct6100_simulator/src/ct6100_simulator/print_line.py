"""The print buffer: the line that is being set, and every setting that says how. Pure."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ct6100_simulator.escpos_text import JAPAN, KATAKANA
from ct6100_simulator.strip import Glyph, Line, Picture

FONT_A: Final = 12
FONT_B: Final = 9
KANJI: Final = 24
FONT_HEIGHT: Final = (24, 17)
LINE_SPACING: Final = 30
TAB_COLUMNS: Final = 8
ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT = range(3)


class Settings(Struct, kw_only=True):
    """What commands set and `ESC @` sets back; as the Japanese model begins."""

    align: int = ALIGN_LEFT
    font: int = 0
    bold: bool = False
    reverse: bool = False
    underline: int = 0
    kanji_underline: int = 0
    across: int = 1
    down: int = 1
    kanji_across: int = 1
    kanji_down: int = 1
    spacing: int = 0
    kanji_spacing: tuple[int, int] = (0, 0)
    line_spacing: int = LINE_SPACING
    page: int = KATAKANA
    country: int = JAPAN
    kanji: bool = False
    shift_jis: bool = False
    margin: int = 0
    area: int | None = None
    tabs: tuple[int, ...] = tuple(range(TAB_COLUMNS, 8 * 33, TAB_COLUMNS))
    bar_height: int = 162
    bar_width: int = 3
    bar_text: int = 0
    bar_font: int = 0


class PrintLine:
    """One line on paper of `width` dots. `place` returns the lines that became full by it."""

    def __init__(self, width: int) -> None:
        self.settings = Settings()
        self._width = width
        self._glyphs: list[Glyph] = []
        self._pictures: list[Picture] = []
        self._x = 0

    @property
    def empty(self) -> bool:
        """Whether the print position is at the beginning of the line, with nothing set."""
        return not self._glyphs and not self._pictures and self._x == 0

    @property
    def area(self) -> int:
        """How many dots there are between the margin and the right end of the printing area."""
        room = max(0, self._width - self.settings.margin)
        wanted = self.settings.area
        return room if wanted is None else min(room, wanted)

    def offset(self, width: int) -> int:
        """Return where something so wide begins, as it is aligned."""
        left = max(0, self.area - width)
        align = self.settings.align
        return self.settings.margin + (0, left // 2, left)[align]

    def place(self, character: str, *, narrow: bool) -> Iterator[Line]:
        """Set a character; yields the line before it, if it does not fit there any more."""
        settings = self.settings
        if narrow:
            across, down = settings.across, settings.down
            before, own = 0, (FONT_A, FONT_B)[settings.font] * across
            after, height = settings.spacing * across, FONT_HEIGHT[settings.font] * down
        else:
            across, down = settings.kanji_across, settings.kanji_down
            before, after = (each * across for each in settings.kanji_spacing)
            own, height = KANJI * across, KANJI * down
        if self._x + before + own > self.area and not self.empty:
            yield self.flush()
        self._glyphs.append(
            Glyph(
                character=character,
                x=self._x + before,
                width=own,
                height=height,
                narrow=narrow,
                bold=settings.bold,
                underline=settings.underline if narrow else settings.kanji_underline,
                reverse=settings.reverse,
            )
        )
        self._x += before + own + after

    def draw(self, picture: Picture) -> None:
        """Set a picture at the print position; what is too wide is cut off."""
        self._pictures.append(replace(picture, x=self._x))
        self._x += picture.width * picture.across

    def tab(self) -> None:
        """Go on to the next tab stop, if there is one within the line."""
        unit = (FONT_A, FONT_B)[self.settings.font] * self.settings.across
        stop = next((each * unit for each in self.settings.tabs if each * unit > self._x), None)
        if stop is not None:
            self._x = min(stop, self.area)

    def move(self, x: int) -> None:
        """Set the print position, within the printing area only."""
        if 0 <= x <= self.area:
            self._x = x

    def move_by(self, dots: int) -> None:
        """Move the print position, within the printing area only."""
        self.move(self._x + dots)

    def flush(self, feed: int | None = None) -> Line:
        """Return the line as it is printed, and begin the next one, `feed` dots further down."""
        start = self.offset(self._x)
        glyphs = tuple(replace(each, x=start + each.x) for each in self._glyphs)
        pictures = tuple(replace(each, x=start + each.x) for each in self._pictures)
        tallest = max(
            (
                *(glyph.height for glyph in glyphs),
                *(each.height * each.down for each in pictures),
                self.settings.line_spacing if feed is None else feed,
            )
        )
        self.clear()
        return Line(glyphs=glyphs, pictures=pictures, height=tallest)

    def clear(self) -> None:
        """Forget what was set; the settings stay."""
        self._glyphs, self._pictures, self._x = [], [], 0
