"""The few kinds of line that every piece of paper is made of."""

from receipts.sheet import Align, Columns, Line, Row, Size, cell, row
from receipts.width import printable, width, wrap

Lines = list[Line]


def yen(amount: int) -> str:
    """Return `¥1,650`."""
    return f"-¥{-amount:,}" if amount < 0 else f"¥{amount:,}"


def centred(text: str, columns: Columns, *, size: Size = Size.NORMAL, bold: bool = False) -> Row:
    """Return a line in the middle of the paper, cut where it is too long."""
    return row(cell(text, columns, Align.CENTRE, bold=bold), size=size)


def pair(
    label: str, value: str, columns: Columns, *, size: Size = Size.NORMAL, bold: bool = False
) -> Row:
    """Return a label and its value at the right edge; the value is the last to be cut."""
    label, value = printable(label), printable(value)
    for_value = min(width(value), columns - min(width(label) + 1, columns // 2))
    return row(
        cell(label, columns - for_value - 1, bold=bold),
        cell("", 1),
        cell(value, for_value, Align.RIGHT, bold=bold),
        size=size,
    )


def large_where_it_fits(text: str, columns: Columns) -> Row:
    """Return a bold line in the middle, twice as high, and twice as wide where there is room."""
    fits = width(printable(text)) * 2 <= columns
    return centred(text, columns, size=Size.LARGE if fits else Size.TALL, bold=True)


def sum_row(label: str, amount: int, columns: Columns) -> Row:
    """Return the line that the eye looks for first, as large as there is room for."""
    label, value = printable(label), yen(amount)
    if (width(label) + width(value) + 1) * 2 > columns:
        return pair(label, value, columns, size=Size.TALL, bold=True)
    for_value = width(value) * 2
    return row(
        cell(label, columns - for_value, bold=True),
        cell(value, for_value, Align.RIGHT, bold=True),
        size=Size.LARGE,
    )


def paragraph(text: str, columns: Columns, lines_max: int = 2) -> Lines:
    """Return a text in as many lines as it takes, one empty where there is none."""
    return [row(cell(each, columns)) for each in wrap(printable(text), columns, lines_max) or ("",)]
