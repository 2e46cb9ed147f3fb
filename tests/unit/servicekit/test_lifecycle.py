from servicekit.lifecycle import Lifecycle


def test_only_a_started_process_that_neither_drains_nor_failed_serves() -> None:
    state = Lifecycle()
    assert not state.serving
    state.started = True
    assert state.serving
    state.draining = True
    assert not state.serving


def test_the_first_failure_counts_and_is_told_once() -> None:
    state = Lifecycle()
    state.started = True
    told: list[str | None] = []
    state.on_failure(lambda: told.append(state.failure))
    state.fail("first")
    state.fail("second")
    assert told == ["first"]
    assert not state.serving
