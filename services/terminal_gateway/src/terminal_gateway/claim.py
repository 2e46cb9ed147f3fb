"""Taking a store's epoch: by compare-and-set at the centre, and on our disk before it is used."""

from datetime import UTC, datetime
from typing import Final

from contracts.stores import GatewayEpoch
from servicekit.clock import Clock
from terminal_gateway.errors import ConflictError
from terminal_gateway.model import Standing
from terminal_gateway.ports import Epochs, Journal

NEVER_SURE: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""A journal was lost, and nobody knows when: an id that we do not know is always looked for."""


async def claim(epochs: Epochs, journal: Journal, clock: Clock) -> int:
    """Become the store's gateway; return the epoch. Raises `CentreAwayError`.

    Where another journal than ours held the epoch before, it has rows that are not here: an id
    that we do not know may then not be sworn off unseen.
    """
    while True:
        standing = journal.standing()
        current = await epochs.read()
        holder, revision = current if current is not None else (None, None)
        ours = holder is None or _follows(holder, standing)
        number = max(standing.epoch, holder.epoch if holder is not None else 0) + 1
        now = clock.now()
        try:
            await epochs.take(
                GatewayEpoch(epoch=number, instance=standing.journal_id, taken_at=now), revision
            )
        except ConflictError:
            continue
        if holder is not None and now < holder.taken_at:
            now = NEVER_SURE  # our clock is behind: it cannot tell what is newer than the loss
        await journal.take_epoch(number, lost_at=None if ours else now)
        return number


def _follows(holder: GatewayEpoch, standing: Standing) -> bool:
    """Whether nobody but this journal held the epoch since it last wrote one down.

    Our name at the centre is not enough: a take whose answer was lost stands there in the place of
    whoever held the epoch before, and only our disk tells that it was not us.
    """
    return holder.instance == standing.journal_id and holder.epoch <= standing.epoch + 1
