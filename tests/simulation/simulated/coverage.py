"""How often each row of the production tables is used: what is never used, nothing is known of."""

import sys
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from checkout.tables import SALE_ROWS, TENDER_ROWS
from terminal_gateway.decide import TRANSITIONS

TABLES: Final[Mapping[str, dict[Any, Any]]] = {
    "tender": TENDER_ROWS,
    "sale": SALE_ROWS,
    "operation": TRANSITIONS,
}


class Watched(dict[Any, Any]):
    """A table that counts whoever finds a row in it."""

    def __init__(self, name: str, table: dict[Any, Any], visits: Counter[str]) -> None:
        super().__init__(table)
        self._name = name
        self._visits = visits

    def __getitem__(self, key: Any) -> Any:
        """Return the row, counted."""
        self._visits[row_name(self._name, key)] += 1
        return super().__getitem__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the row, counted if there is one."""
        return self[key] if super().__contains__(key) else default

    def __contains__(self, key: object) -> bool:
        """Whether there is such a row, counted if there is."""
        found = super().__contains__(key)
        if found:
            self._visits[row_name(self._name, key)] += 1
        return found


def row_name(table: str, key: Any) -> str:
    """Return how a row is called in the report."""
    return f"{table} {' × '.join(str(part) for part in key)}"


def rows() -> list[str]:
    """Return every row there is."""
    return [row_name(name, key) for name, table in TABLES.items() for key in table]


@contextmanager
def counted() -> Generator[Counter[str]]:
    """Count the visits of every row, whichever module looks at its table."""
    visits: Counter[str] = Counter()
    replaced: list[tuple[Any, str, Any]] = []
    for name, table in TABLES.items():
        watched = Watched(name, table, visits)
        for module in _production():
            names: dict[str, Any] = vars(module)
            for attribute, value in tuple(names.items()):
                if value is table:
                    replaced.append((module, attribute, value))
                    setattr(module, attribute, watched)
    try:
        yield visits
    finally:
        for module, attribute, value in replaced:
            setattr(module, attribute, value)


def _production() -> list[ModuleType]:
    return [
        module
        for name, module in tuple(sys.modules.items())
        if name.partition(".")[0] in ("checkout", "terminal_gateway")
    ]
