"""The ground that the simulation stands on."""

import asyncio

import pytest
from simulated.virtual import (
    Killed,
    NothingWillHappen,
    Process,
    VirtualLoop,
    run_virtually,
)
from simulated.world import live


def test_an_hour_passes_at_once() -> None:
    async def main(loop: VirtualLoop) -> float:
        await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (3600, 1, 60)))
        return loop.now

    assert run_virtually(main) == pytest.approx(3600)


def test_time_outs_are_virtual_too() -> None:
    async def main(loop: VirtualLoop) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(90):
                await loop.create_future()
        return loop.now

    assert run_virtually(main) == pytest.approx(90)


def test_a_system_that_waits_for_nothing_is_told_so() -> None:
    async def main(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(NothingWillHappen):
        run_virtually(main)


def test_a_killed_process_ends_with_all_that_it_began() -> None:
    done: list[str] = []

    async def child(process: Process) -> None:
        try:
            await asyncio.sleep(1)
        finally:
            try:
                process.check()
                done.append("cleaned up")
            except Killed:
                done.append("was killed")

    async def main(_loop: VirtualLoop) -> None:
        process = Process("box", [])

        async def parent() -> None:
            await asyncio.gather(child(process), asyncio.create_task(child(process)))

        process.spawn(parent())
        await asyncio.sleep(0.5)
        process.kill()
        await asyncio.sleep(5)

    run_virtually(main)
    assert done == ["was killed", "was killed"]


def test_what_crashes_in_a_process_is_noticed() -> None:
    crashes: list[BaseException] = []

    async def main(_loop: VirtualLoop) -> None:
        async def crash() -> None:
            raise ValueError("a bug")

        Process("box", crashes).spawn(crash())
        await asyncio.sleep(1)

    run_virtually(main)
    assert [str(error) for error in crashes] == ["a bug"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_seed_tells_the_same_story(seed: int) -> None:
    assert str(live(seed)) == str(live(seed))
