"""A thousand rows are shown a hundred at a time, and none is left out."""

import pytest

from front.pages.leaves import ROWS, found_by, leaf_of, number_of


def test_every_row_stands_on_one_leaf() -> None:
    rows = range(2 * ROWS + 7)
    leaves = [leaf_of(rows, number) for number in (1, 2, 3)]
    assert [row for leaf in leaves for row in leaf.rows] == list(rows)
    assert [(leaf.first, leaf.last) for leaf in leaves] == [(1, 100), (101, 200), (201, 207)]
    assert {(leaf.leaves, leaf.of) for leaf in leaves} == {(3, 207)}


def test_a_leaf_that_is_not_there_any_more_is_the_last_one() -> None:
    assert leaf_of(range(ROWS + 1), 9) == leaf_of(range(ROWS + 1), 2)
    assert leaf_of(range(ROWS), 2).leaves == 1


def test_nothing_is_one_empty_leaf() -> None:
    assert leaf_of((), 1).leaves == 1
    assert list(leaf_of((), 1).rows) == []


@pytest.mark.parametrize(
    ("asked", "number"),
    [("3", 3), ("", 1), ("0", 1), ("-1", 1), ("two", 1), ("\u0663", 1), ("9" * 400, 1)],
)
def test_an_address_that_asks_for_no_leaf_gets_the_first(asked: str, number: int) -> None:
    assert number_of(asked) == number


def test_a_row_is_found_by_a_part_of_what_it_says() -> None:
    assert found_by(" f05 ", "F0500", "駅前500号店")
    assert found_by("500号", "F0500", "駅前500号店")
    assert found_by("", "F0500")
    assert not found_by("渋谷", "F0500", "駅前500号店")
