"""The acquirer that all simulated terminals call: remembers what it decided, also over a kill."""

from ct6100.effects import CallCentre
from ct6100.stimuli import CentreAnswered
from ct6100_simulator import centre
from ct6100_simulator.faults import Faults
from ct6100_simulator.ports import Disk
from servicekit.clock import Clock


class Acquirer:
    """One for all terminals. A number is decided once and for good when it is first heard."""

    def __init__(self, disk: Disk, clock: Clock, latency_s: float) -> None:
        self.latency_s = latency_s
        self._disk = disk
        self._clock = clock

    def decide(
        self, serial: str, call: CallCentre, faults: Faults
    ) -> tuple[CentreAnswered, str | None]:
        """Return the answer to a call about something new, and the fault that made it so.

        The booking is written with, or before, whatever the terminal keeps next: when that
        survives, so does the booking, and a terminal that asks after a power cut is told the same.
        """
        booking, fault = centre.book(call, faults, serial, self._clock.now())
        self._disk.book(serial, call.number, booking)
        return centre.answer(call, booking), fault

    async def recall(self, serial: str, call: CallCentre) -> CentreAnswered:
        """Return the answer to an inquiry."""
        return centre.answer(call, await self._disk.booking(serial, call.number))
