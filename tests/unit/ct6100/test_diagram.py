from pathlib import Path

from ct6100.diagram import draw
from ct6100.screens import ScreenName
from ct6100.transitions import TABLE

DOCUMENT = Path(__file__).parents[3] / "docs" / "states" / "terminal.md"


def test_the_committed_diagram_is_the_one_that_the_table_draws() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == draw()


def test_every_screen_and_every_row_is_in_it() -> None:
    drawn = draw()
    for name in ScreenName:
        assert f"| {name} |" in drawn
    for (name, trigger), row in TABLE.items():
        assert f"| {name} | {trigger} | {row.act} | {row.to} |" in drawn
