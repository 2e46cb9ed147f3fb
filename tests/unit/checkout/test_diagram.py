"""The pages in docs/states show the tables as they are."""

from pathlib import Path

import pytest

from checkout.diagram import MOVES, PAGES
from checkout.tables import SALE_ROWS, TENDER_ROWS

DOCS = Path(__file__).parents[3] / "docs" / "states"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_drawn_from_the_tables_that_run(name: str) -> None:
    drawn = PAGES[name]()
    written = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert written == drawn, f"python -m checkout.diagram {name} > docs/states/{name}.md"


def test_every_move_of_a_tender_is_an_arrow() -> None:
    drawn = PAGES["tender"]()
    for (state, happening), row in TENDER_ROWS.items():
        if row.to is not state:
            assert f"    {state} --> {row.to}: {happening}\n" in drawn


def test_a_sale_moves_only_where_a_command_is_allowed() -> None:
    assert set(MOVES) <= set(SALE_ROWS)
