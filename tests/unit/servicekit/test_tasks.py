import asyncio
from contextlib import suppress

import pytest

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


async def test_a_task_that_loses_a_cancel_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("servicekit.tasks.CANCEL_AGAIN_S", 0.0)
    tasks = Tasks(Lifecycle())

    async def loses_one() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = tasks.spawn(loses_one(), "loses one")
    await asyncio.sleep(0)
    await asyncio.wait_for(tasks.cancel(), 5)
    assert task.cancelled()
