from servicekit import health
from servicekit.lifecycle import Lifecycle


class Plain:
    """A service whose dependencies say what they are told to."""

    name = "plain"

    def __init__(self, checks: dict[str, bool], error: Exception | None = None) -> None:
        self._checks = checks
        self._error = error

    async def start(self) -> None: ...

    async def ready(self) -> dict[str, bool]:
        if self._error is not None:
            raise self._error
        return self._checks

    async def drain(self) -> None: ...


def started() -> Lifecycle:
    state = Lifecycle()
    state.started = True
    return state


async def test_it_is_ready_when_every_dependency_is() -> None:
    assert await health.check(Plain({"nats": True}), started()) == (True, {"nats": True})
    checks = {"nats": True, "postgres": False}
    assert await health.check(Plain(checks), started()) == (False, checks)


async def test_it_is_not_ready_before_the_start_nor_while_draining() -> None:
    assert (await health.check(Plain({}), Lifecycle()))[0] is False
    state = started()
    state.draining = True
    assert (await health.check(Plain({}), state))[0] is False


async def test_a_check_that_fails_by_itself_counts_as_not_ready() -> None:
    assert (await health.check(Plain({}, OSError()), started()))[0] is False
