"""CODE128 as bars, in its code set B as printers are asked for it, too.

python-barcode has the tables of the symbology. Its own encoder is not used: of a number that
begins with 99 it leaves these digits out (decision 0903).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from barcode.charsets import code128

from receipts.dots import MODULE
from receipts.sheet import Columns

CHECKED_BY: Final = 103
LAST_BAR: Final = "11"

Bars = tuple[tuple[int, int], ...]


@lru_cache(maxsize=1_024)
def bars(content: str) -> Bars:
    """Return `(first module, modules)` of every black bar."""
    return tuple(_bars(_modules(content)))


def _modules(content: str) -> str:
    start = code128.START_CODES["B"]
    values = [code128.B[each] for each in content]
    check = (start + sum(at * value for at, value in enumerate(values, start=1))) % CHECKED_BY
    symbols = [code128.CODES[each] for each in (start, *values, check)]
    return "".join((*symbols, code128.STOP, LAST_BAR))


def _bars(modules: str) -> Iterator[tuple[int, int]]:
    start = 0
    for index in range(1, len(modules) + 1):
        if index == len(modules) or modules[index] != modules[start]:
            if modules[start] == "1":
                yield start, index - start
            start = index


def bar_dots(content: str, columns: Columns, column_dots: int) -> Bars:
    """Return `(x, width)` of every bar in dots, in the middle of the paper."""
    found = bars(content)
    last, length = found[-1]
    left = (columns * column_dots - (last + length) * MODULE) // 2
    return tuple((left + at * MODULE, modules * MODULE) for at, modules in found)
