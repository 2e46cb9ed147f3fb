"""What a simulated terminal needs from outside: a disk, and somebody who watches."""

from asyncio import Future
from collections.abc import Sequence
from typing import Protocol

from ct6100.effects import Keep, KeepMerchantNumber, Kept
from ct6100_simulator.model import Booking
from ct6100_simulator.paper import Printed


class Disk(Protocol):
    """Where terminals keep what survives their power, and the acquirer what it booked.

    Writes are done in the order in which they are asked for.
    """

    async def load(self, serial: str) -> Kept | None:
        """Return what the terminal kept; None for a new one. Waits for writes asked before."""
        ...

    def keep(self, serial: str, keeps: Sequence[Keep | KeepMerchantNumber]) -> Future[None]:
        """Write them together; done once they would survive a power cut.

        The future fails with `DiskFailedError` when that cannot be promised.
        """
        ...

    def keep_lazily(self, serial: str, keeps: Sequence[Keep | KeepMerchantNumber]) -> None:
        """Write them with, or before, the next `keep`; a power cut may lose them."""
        ...

    async def booking(self, serial: str, number: int) -> Booking | None:
        """Return what the acquirer decided about this number, if it ever heard of it."""
        ...

    def book(self, serial: str, number: int, booking: Booking) -> None:
        """Write it with, or before, the next `keep`: no later write survives without it."""
        ...


class Watcher(Protocol):
    """Somebody who looks at one terminal: a page."""

    def changed(self) -> None:
        """Its state is another than before; look at it again."""
        ...

    def printed(self, printed: Printed) -> None:
        """Paper came out of its mouth."""
        ...

    def framed(self) -> None:
        """Bytes went over its link; `Device.wire` has them."""
        ...


class PaperWatcher(Protocol):
    """Somebody who looks at one receipt printer: a page."""

    def changed(self) -> None:
        """Its state or its paper is another than before; look at it again."""
        ...
