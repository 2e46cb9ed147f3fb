"""Where paper is drawn: what is kept goes in, bytes come out, and a sealed number is opened here.

Pictures take milliseconds of a core: they are drawn on a thread of their own.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from contracts.receipts import Copy, PaperFormat
from receipts.decide import NotYet
from receipts.errors import NumberNotMaskedError, PaperTooLongError, UnknownLayoutError
from receipts.model import EMONEY, MerchantNumber, NumberState, Refused, SaleRecord, SlipRecord
from receipts.ports import Easel, Opener, Paper, Record

SLOW: Final = frozenset({PaperFormat.PNG, PaperFormat.PDF})

NOT_READY: Final = NotYet(code="slip_not_ready")

NOT_HERE: Final = NotYet(code="service_unavailable")
"""A newer release laid it out first, and keeps its layout: one of its processes can draw it."""


class DrawingRoom:
    """Draws slips and receipts. `draw_slip` says `NotYet` while a part is still on its way."""

    def __init__(self, record: Record, easel: Easel, opener: Opener) -> None:
        self._record = record
        self._easel = easel
        self._opener = opener

    async def draw_slip(self, slip: SlipRecord, copy: Copy, paper: Paper) -> bytes | Refused:
        """Return one copy; a merchant's waits for its number, unless there is none.

        Raises `NumberLocked` where the number cannot be opened.
        """
        number: MerchantNumber | None = None
        if copy is Copy.MERCHANT and slip.media == EMONEY:
            number = await self._record.number(slip.operation_id)
            if number is None or number.state is NumberState.WANTED:
                return NOT_READY

        def draw() -> bytes:
            sealed = number is not None and number.state is NumberState.SEALED
            clear = self._opener.open(number) if sealed and number is not None else None
            return self._easel.slip(slip, copy, clear, paper)

        return await _drawn(draw, paper)

    async def draw_receipt(self, sale: SaleRecord, paper: Paper) -> bytes | Refused:
        """Return a sale's receipt."""
        return await _drawn(lambda: self._easel.receipt(sale, paper), paper)


async def _drawn(draw: Callable[[], bytes], paper: Paper) -> bytes | Refused:
    try:
        if paper.format in SLOW:
            return await asyncio.to_thread(draw)
        return draw()
    except NumberNotMaskedError as error:
        return Refused(code=error.code, fields={"field": error.field, "copy": error.copy})
    except PaperTooLongError as error:
        return Refused(code=error.code, fields={"size": error.size, "limit": error.limit})
    except UnknownLayoutError:
        return NOT_HERE
