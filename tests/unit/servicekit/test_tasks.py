import asyncio

from servicekit.lifecycle import Lifecycle
from servicekit.tasks import Tasks


async def test_a_crashed_task_ends_the_process() -> None:
    state = Lifecycle()

    async def crash() -> None:
        raise ValueError("why")

    task = Tasks(state).spawn(crash(), "relay")
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert state.failure == "task relay crashed: ValueError('why')"


async def test_a_task_that_returns_or_is_cancelled_is_no_failure() -> None:
    state = Lifecycle()
    tasks = Tasks(state)

    async def done() -> None:
        return

    await tasks.spawn(done(), "done")
    tasks.spawn(asyncio.Event().wait(), "for ever")
    await tasks.cancel()
    assert state.failure is None
