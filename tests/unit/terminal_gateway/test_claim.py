from datetime import datetime, timedelta

from contracts.stores import GatewayEpoch
from terminal_gateway.claim import NEVER_SURE, claim
from terminal_gateway.errors import ConflictError
from terminal_gateway.memory import MemoryDisk, MemoryJournal
from testkit.clock import START, FakeClock


class Epochs:
    """The bucket's entry for one store; `rivals` take it just before we do."""

    def __init__(self, holder: GatewayEpoch | None = None, rivals: int = 0) -> None:
        self.holder: GatewayEpoch | None = holder
        self.revision: int = 0 if holder is None else 1
        self.rivals: int = rivals

    async def read(self) -> tuple[GatewayEpoch, int] | None:
        return None if self.holder is None else (self.holder, self.revision)

    async def take(self, epoch: GatewayEpoch, revision: int | None) -> None:
        if self.rivals:
            self.rivals -= 1
            held = 0 if self.holder is None else self.holder.epoch
            self.holder, self.revision = held_by("rival", held + 1), self.revision + 1
        if revision != (self.revision or None):
            raise ConflictError
        self.holder, self.revision = epoch, self.revision + 1


def held_by(instance: str, epoch: int) -> GatewayEpoch:
    return GatewayEpoch(epoch=epoch, instance=instance, taken_at=START)


async def claimed(epochs: Epochs, disk: MemoryDisk) -> tuple[int, datetime | None]:
    clock = FakeClock()
    journal = MemoryJournal(disk, company="C", store="S", clock=clock)
    number = await claim(epochs, journal, clock)
    assert journal.standing().epoch == number
    return number, journal.standing().lost_at


async def test_the_first_gateway_of_a_store_takes_the_first_epoch() -> None:
    assert await claimed(Epochs(), MemoryDisk("ours")) == (1, None)


async def test_each_start_takes_the_next_and_misses_nothing_of_its_own() -> None:
    disk = MemoryDisk("ours")
    disk.epoch = 4
    assert await claimed(Epochs(held_by("ours", 4)), disk) == (5, None)


async def test_a_crash_between_the_centre_and_the_disk_loses_nothing() -> None:
    disk = MemoryDisk("ours")
    disk.epoch = 4
    assert await claimed(Epochs(held_by("ours", 5)), disk) == (6, None)


async def test_what_another_journal_held_may_be_missing_here() -> None:
    assert await claimed(Epochs(held_by("theirs", 9)), MemoryDisk("ours")) == (10, START)


async def test_an_epoch_is_never_given_twice_though_the_centre_forgot() -> None:
    disk = MemoryDisk("ours")
    disk.epoch = 4
    assert await claimed(Epochs(), disk) == (5, None)


async def test_who_is_too_late_takes_a_later_one() -> None:
    epochs = Epochs(rivals=2)
    assert await claimed(epochs, MemoryDisk("ours")) == (3, START)
    assert epochs.holder is not None
    assert epochs.holder.instance == "ours"


async def test_a_take_whose_answer_was_lost_does_not_hide_who_held_it_before() -> None:
    assert await claimed(Epochs(held_by("ours", 10)), MemoryDisk("ours")) == (11, START)
    disk = MemoryDisk("ours")
    disk.epoch = 4
    assert await claimed(Epochs(held_by("ours", 6)), disk) == (7, START)


async def test_a_clock_that_is_behind_cannot_tell_when_a_journal_was_lost() -> None:
    holder = GatewayEpoch(epoch=9, instance="theirs", taken_at=START + timedelta(days=1))
    assert await claimed(Epochs(holder), MemoryDisk("ours")) == (10, NEVER_SURE)
