from pathlib import Path

from receipts.diagram import draw

PAGE = Path(__file__).parents[3] / "docs" / "states" / "print_job.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    drawn = "python -m receipts.diagram > docs/states/print_job.md"
    assert PAGE.read_text(encoding="utf-8") == draw(), drawn


def test_what_ends_a_job_is_in_the_picture() -> None:
    assert "sent --> printed: printed" in draw()
    assert "waiting --> not_printed: not_printed, expired" in draw()
