"""Draws `docs/states/sale.md` and `docs/states/tender.md` from the tables.

`python -m checkout.diagram sale > docs/states/sale.md`, and the same with `tender`.
"""

import sys
from collections.abc import Sequence
from typing import Final

from checkout.tables import (
    COMMAND_REFUSALS,
    OFFERED,
    SALE_REFUSALS,
    SALE_ROWS,
    TENDER_ROWS,
    Act,
    Happening,
    SaleAct,
    SaleCommand,
)
from contracts.sales import SaleState

MOVES: Final[dict[tuple[SaleState, SaleCommand], SaleState]] = {
    (SaleState.OPEN, SaleCommand.ADD_TENDER): SaleState.PAID,
    (SaleState.PAID, SaleCommand.REMOVE_TENDER): SaleState.OPEN,
    (SaleState.PAID, SaleCommand.CLOSE): SaleState.CLOSED,
    (SaleState.OPEN, SaleCommand.ABANDON): SaleState.ABANDONED,
    (SaleState.PAID, SaleCommand.REFUND): SaleState.OPEN,
    (SaleState.CLOSED, SaleCommand.VOID): SaleState.VOIDED,
}
"""Where a sale's state can go; `open` and `paid` follow the money that its tenders hold."""


def tender() -> str:
    """Return the page about a terminal tender."""
    arrows = [
        f"    {state} --> {row.to}: {happening}"
        for (state, happening), row in TENDER_ROWS.items()
        if row.to is not state
    ]
    arrows += [
        f"    {state} --> [*]: {happening}"
        for (state, happening), row in TENDER_ROWS.items()
        if row.act is Act.REMOVE
    ]
    return _page(
        "A terminal tender",
        "services/checkout/src/checkout/tables.py (`TENDER_ROWS`)",
        ["    [*] --> requested: add tender", *arrows],
        ("state", *Happening),
        [(str(state), *(_cell(state, happening) for happening in Happening)) for state in OFFERED],
    )


def _cell(state: str, happening: Happening) -> str:
    for (row_state, row_happening), row in TENDER_ROWS.items():
        if (row_state, row_happening) == (state, happening):
            return str(row.act) if row.to is row_state else f"{row.act} → {row.to}"
    codes = COMMAND_REFUSALS.get(happening, {})
    code = next((code for refused, code in codes.items() if refused == state), None)
    return "ignored" if code is None else f"409 `{code}`"


def sale() -> str:
    """Return the page about a sale."""
    arrows = [f"    {state} --> {to}: {command}" for (state, command), to in MOVES.items()]
    rows = [
        (str(state), *(_sale_cell(state, command) for command in SaleCommand))
        for state in SaleState
    ]
    return _page(
        "A sale",
        "services/checkout/src/checkout/tables.py (`SALE_ROWS`)",
        ["    [*] --> open: open sale", *arrows],
        ("state", *SaleCommand),
        rows,
    )


def _sale_cell(state: SaleState, command: SaleCommand) -> str:
    act = SALE_ROWS.get((state, command))
    if act is SaleAct.AGAIN:
        return "the same answer again"
    if act is SaleAct.DO:
        return "yes, if it fits" if command is SaleCommand.LATE_APPROVAL else "yes"
    if command is SaleCommand.LATE_APPROVAL:
        return "case"
    return f"409 `{SALE_REFUSALS[command][state]}`"


def _page(
    title: str,
    source: str,
    arrows: Sequence[str],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> str:
    table = [head, ["---"] * len(head), *rows]
    return "\n".join(
        [
            f"# {title}",
            "",
            f"Drawn from {source} by `python -m checkout.diagram`; not written by hand.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *arrows,
            "```",
            "",
            *(f"| {' | '.join(cells)} |" for cells in table),
            "",
        ]
    )


PAGES: Final = {"sale": sale, "tender": tender}

if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]]())
