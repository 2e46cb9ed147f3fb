"""Slips drawn on one core, beside python-escpos writing the same lines to its Dummy printer.

Both start from the lines of the manual's card slip; laying it out is measured by itself. Turns of
each way follow each other, so that a machine that slows down slows all; the best turn counts.
"""

import time
from collections.abc import Callable
from typing import Final

from escpos.printer import Dummy
from msgspec import Struct

from contracts.receipts import Copy, PaperFormat
from receipts.draw import draw
from receipts.sheet import Align, Cut, Feed, Row, Rule, Sheet, Size, indent
from receipts.slip_layout import LATEST, lay_out_slip
from testkit.papers import CARD_SALE

TURNS: Final = 5
TURN_S: Final = 0.4
COLUMNS: Final = 48

OURS: Final = "text and ESC/POS"
THEIRS: Final = "python-escpos, Dummy printer"


class Papers(Struct, frozen=True, kw_only=True):
    """Slips a second by what they are drawn as, and by python-escpos."""

    per_second: dict[str, float]

    @property
    def ratio(self) -> float:
        """How many times as fast text and ESC/POS together are."""
        return self.per_second[OURS] / self.per_second[THEIRS]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table."""
        head = ("slips drawn on one core", "a second", "ms each")
        lines = [
            (name, f"{rate:,.0f}", f"{1_000 / rate:.2f}") for name, rate in self.per_second.items()
        ]
        return [head, *lines, ("ratio", f"{self.ratio:.1f}", "aim ≥ 5")]

    def report(self) -> dict[str, object]:
        """Return it for the machine-readable report."""
        return {"per_second": self.per_second, "ratio": self.ratio}


def sheet() -> Sheet:
    """Return the slip, laid out."""
    return lay_out_slip(
        CARD_SALE, copy=Copy.CUSTOMER, columns=COLUMNS, merchant_number=None, version=LATEST
    )


SHEET: Final = sheet()


def text_and_escpos() -> None:
    """Draw as text and for a printer."""
    draw(SHEET, PaperFormat.TXT)
    draw(SHEET, PaperFormat.ESCPOS)


def by_python_escpos(printer: Dummy) -> bytes:
    """Write the same lines as its users do: a style where it changes, a line of text, a cut."""
    printer.clear()
    columns = COLUMNS
    for line in SHEET.lines:
        match line:
            case Row():
                large = line.size is not Size.NORMAL
                first = line.cells[0]
                centre = len(line.cells) == 1 and first.align is Align.CENTRE
                printer.set(
                    align="center" if centre else "left",
                    bold=first.bold,
                    double_height=large,
                    double_width=line.size is Size.LARGE,
                    normal_textsize=not large,
                )
                printer.textln(
                    first.text
                    if centre
                    else "".join(" " * indent(each, line.size) + each.text for each in line.cells)
                )
            case Rule():
                printer.textln("-" * columns)
            case Feed():
                printer.textln("")
            case Cut():
                printer.cut()
            case _:
                raise AssertionError("a slip has no other line")
    return printer.output


def measure() -> Papers:
    """Measure every way in turns."""
    printer = Dummy()
    ways: dict[str, Callable[[], object]] = {
        OURS: text_and_escpos,
        THEIRS: lambda: by_python_escpos(printer),
        "laid out, not drawn": sheet,
    }
    for paper_format in PaperFormat:
        ways[paper_format.value] = lambda of=paper_format: draw(SHEET, of)
    best = dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way()
    for _ in range(TURNS):
        for name, way in ways.items():
            best[name] = max(best[name], _rate(way))
    return Papers(per_second=best)


def _rate(way: Callable[[], object]) -> float:
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < TURN_S:
        way()
        done += 1
    return done / spent
