"""A thousand rows are shown a hundred at a time, and none is left out."""

from front.pages.leaves import ROWS, leaf_of


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
