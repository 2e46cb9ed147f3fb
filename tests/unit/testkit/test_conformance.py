from testkit import conformance


def test_a_row_without_a_test_is_open() -> None:
    assert "2-1.1    open" in conformance.table({})


def test_a_row_is_shown_when_all_its_tests_passed() -> None:
    text = conformance.table({"2-1.1": {"test_a.py::test_x": "passed"}})
    assert "2-1.1    shown" in text
    assert "passed  test_a.py::test_x" in text
    assert text.endswith("1 of 38 rows are shown.")


def test_one_failure_is_enough_for_a_row_not_to_be_shown() -> None:
    outcomes = {"test_a.py::test_x": "passed", "test_a.py::test_y": "failed"}
    assert "2-1.1    FAILED" in conformance.table({"2-1.1": outcomes})


def test_the_ids_are_the_manuals() -> None:
    ids = [row.id for row in conformance.rows()]
    assert ids[0] == "1-1"
    assert "3-2.1–8" in ids
    assert len(ids) == 38
