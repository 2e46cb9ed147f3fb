"""Merchant's numbers: asked of the stores' boxes until they say, and kept as they come: sealed."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from contracts.slips import NoMerchantNumber, ReadMerchantNumber, SealedMerchantNumber
from receipts.model import MerchantNumber, NumberState
from receipts.ports import Arrivals, Boxes, NumberReply, OutOfReach, Record, Unanswered
from servicekit.clock import Clock

QUICK_PAUSES_S: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""While the customer stands there; from then on with the others."""

ASK_FIRST_S: Final = 0.2
ASK_LONGEST_S: Final = 300.0
"""Pauses between two questions, doubled each time: the terminal tells within a second, a store
that is cut off may take days."""

DOUBLINGS_MAX: Final = 16
"""Beyond it the longest pause is reached anyway."""

DUE_MAX: Final = 200
"""Numbers asked for in one round; what is more is asked for in the next."""

ASKING_MAX: Final = 16
"""Questions under way at once: after an outage every box is asked for its own."""


class Numbers:
    """Asks for what is wanted."""

    def __init__(self, record: Record, boxes: Boxes, arrivals: Arrivals, clock: Clock) -> None:
        self._record = record
        self._boxes = boxes
        self._arrivals = arrivals
        self._clock = clock

    async def tick(self) -> int:
        """Ask for what is due; return how many were asked for."""
        due = await self._record.numbers_due(self._clock.now(), DUE_MAX)
        for start in range(0, len(due), ASKING_MAX):
            await asyncio.gather(*(self.ask(one) for one in due[start : start + ASKING_MAX]))
        return len(due)

    async def settle(self, number: MerchantNumber) -> NumberState:
        """Ask for one whose slip has just come: its terminal tells it at about the same time."""
        state = NumberState.WANTED
        for pause_s in QUICK_PAUSES_S:
            await asyncio.sleep(pause_s)
            known = await self._record.number(number.operation_id)
            if known is None or known.state is not NumberState.WANTED:
                break
            state = await self.ask(known)
            if state is not NumberState.WANTED:
                break
        return state

    async def ask(self, number: MerchantNumber) -> NumberState:
        """Ask the box once, and keep what it says."""
        command = ReadMerchantNumber(operation_id=number.operation_id, terminal=number.terminal)
        reply: NumberReply | None = None
        with suppress(OutOfReach, Unanswered):  # asked again, as one that is pending
            reply = await self._boxes.read_number(number.company, number.store, command)
        after = self._told(number, reply)
        await self._record.keep_number(after)
        if after.state is not NumberState.WANTED:
            self._arrivals.told()
        return after.state

    def _told(self, number: MerchantNumber, reply: NumberReply | None) -> MerchantNumber:
        asked = number.asked + 1
        if isinstance(reply, SealedMerchantNumber) and reply.operation_id == number.operation_id:
            return replace(
                number,
                state=NumberState.SEALED,
                asked=asked,
                key_id=reply.key_id,
                sealed=reply.sealed,
            )
        if isinstance(reply, NoMerchantNumber):
            return replace(number, state=NumberState.NONE, asked=asked)
        return replace(number, asked=asked, ask_at=self._clock.now() + _pause(asked))


def _pause(asked: int) -> timedelta:
    doubled = ASK_FIRST_S * 2 ** min(asked - 1, DOUBLINGS_MAX)
    return timedelta(seconds=min(doubled, ASK_LONGEST_S))
