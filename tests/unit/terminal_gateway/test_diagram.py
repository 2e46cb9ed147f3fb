from pathlib import Path

from terminal_gateway.diagram import draw

PAGE = Path(__file__).parents[3] / "docs" / "states" / "operation.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    drawn = "python -m terminal_gateway.diagram > docs/states/operation.md"
    assert PAGE.read_text(encoding="utf-8") == draw(), drawn


def test_what_ends_an_operation_is_in_the_picture() -> None:
    assert "unresolved --> concluded: ended / concluded" in draw()
