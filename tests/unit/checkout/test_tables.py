"""The tables say what `sale-and-tender.md` says, cell by cell; this is a second copy on purpose."""

import pytest

from checkout.tables import (
    COMMAND_REFUSALS,
    FACTS,
    OFFERED,
    REFUND_FACTS,
    SALE_REFUSALS,
    SALE_ROWS,
    TENDER_ROWS,
    Act,
    Happening,
    SaleAct,
    SaleCommand,
    missing_rows,
)
from contracts.sales import SaleState, TenderState

COLUMNS = [
    "progress",
    "approved",
    "declined",
    "cancelled",
    "incomplete",
    "journal_taken",
    "not_taken",
    "journal_voided",
    "mismatched",
    "doubted",
    "withdrawn",
    "cancel",
    "disconnect",
    "release",
    "resolve_taken",
    "resolve_not_taken",
    "acknowledge",
    "refund_approved",
    "refund_ended",
    "refund_incomplete",
    "refund_mismatched",
    "refund",
    "refund_in_cash",
]

SPECIFICATION = """
requested     | move in_progress | count approved | move declined | move cancelled | move in_doubt | count approved | move not_performed | move refunded | case in_doubt | move in_doubt | remove | abort | abort | - | - | - | - | - | - | - | - | - | -
in_progress   | stay | count approved | move declined | move cancelled | move in_doubt | count approved | move not_performed | move refunded | case in_doubt | move in_doubt | - | abort | abort | - | - | - | - | - | - | - | - | - | -
in_doubt      | resume in_progress | count approved | move declined | move cancelled | mark | count approved | move not_performed | move refunded | case in_doubt | stay | - | abort | stay | mark | count approved | move not_performed | - | - | - | - | - | - | -
approved      | stay | compare | case | case | compare | compare | case | give_back refunded | case | stay | - | - | - | - | - | - | mark | give_back refunded | stay | stay | case | ask refunding | give_back refunded
declined      | stay | count approved | stay | stay | stay | count approved | stay | move refunded | case | stay | - | - | - | - | - | - | - | - | - | - | - | - | -
cancelled     | stay | count approved | stay | stay | stay | count approved | stay | move refunded | case | stay | - | - | - | - | - | - | - | - | - | - | - | - | -
not_performed | stay | count approved | stay | stay | stay | count approved | stay | move refunded | case | stay | - | - | - | - | - | - | - | - | - | - | - | - | -
refunding     | stay | compare | case | case | compare | compare | case | give_back refunded | case | move refund_in_doubt | remove approved | abort | abort | - | - | - | - | give_back refunded | move approved | move refund_in_doubt | case refund_in_doubt | - | -
refund_in_doubt | resume refunding | compare | case | case | compare | compare | case | give_back refunded | case | stay | - | abort | stay | mark | - | - | - | give_back refunded | move approved | mark | case | - | -
refunded      | stay | compare | stay | stay | stay | compare | case | stay | case | stay | - | - | - | - | - | - | mark | compare | stay | stay | case | - | -
"""  # noqa: E501 - a table is read by its lines


def cells() -> list[tuple[TenderState, Happening, str]]:
    found: list[tuple[TenderState, Happening, str]] = []
    for line in SPECIFICATION.strip().splitlines():
        state, *row = (cell.strip() for cell in line.split("|"))
        assert len(row) == len(COLUMNS)
        found.extend(
            (TenderState(state), Happening(column), cell)
            for column, cell in zip(COLUMNS, row, strict=True)
        )
    return found


@pytest.mark.parametrize(("state", "happening", "cell"), cells())
def test_a_tender_takes_each_happening_as_the_specification_says(
    state: TenderState, happening: Happening, cell: str
) -> None:
    row = TENDER_ROWS.get((state, happening))
    if cell == "-":
        assert row is None
        return
    act, _, to = cell.partition(" ")
    assert row is not None
    assert row.act is Act(act)
    assert row.to is TenderState(to or state)


def test_the_specification_is_complete() -> None:
    assert len(cells()) == len(OFFERED) * len(Happening)
    assert len(TENDER_ROWS) == sum(1 for *_, cell in cells() if cell != "-")
    assert missing_rows() == []


@pytest.mark.parametrize("key", sorted(TENDER_ROWS), ids="×".join)
def test_a_lost_row_of_a_fact_is_noticed(
    key: tuple[TenderState, Happening], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TENDER_ROWS, key)
    state, happening = key
    assert bool(missing_rows()) == (happening in FACTS | REFUND_FACTS)
    assert (
        happening in FACTS | REFUND_FACTS
        or happening is Happening.WITHDRAWN
        or state in COMMAND_REFUSALS[happening]
    )


SALES = """
open      | do | do | do | do | balance_due | do | sale_not_closed | sale_not_closed | do
paid      | nothing_owed | do | do | do | do | money_held | sale_not_closed | sale_not_closed | -
closed    | sale_closed | sale_closed | do | sale_closed | again | sale_closed | do | do | -
voided    | sale_voided | sale_voided | sale_voided | sale_voided | sale_voided | sale_voided | again | sale_voided | -
abandoned | sale_abandoned | sale_abandoned | sale_abandoned | sale_abandoned | sale_abandoned | again | sale_abandoned | sale_abandoned | -
"""  # noqa: E501 - a table is read by its lines


@pytest.mark.parametrize("line", SALES.strip().splitlines())
def test_a_sale_takes_each_command_as_the_specification_says(line: str) -> None:
    state, *row = (cell.strip() for cell in line.split("|"))
    for command, cell in zip(SaleCommand, row, strict=True):
        act = SALE_ROWS.get((SaleState(state), command))
        if cell in {"do", "again"}:
            assert act is SaleAct(cell)
        else:
            assert act is None
            if cell != "-":
                assert SALE_REFUSALS[command][SaleState(state)] == cell
