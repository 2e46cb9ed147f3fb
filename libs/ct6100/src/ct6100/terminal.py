"""The CT-6100's own behaviour as a machine without I/O: screens, keys, journal, day, power.

Deterministic: time comes with each stimulus, approvals come from the centre (`CallCentre`).
"""

from datetime import datetime

from msgspec import Struct

from ct6100.effects import Kept, Output
from ct6100.records import Abilities, JournalEntry, Phase, Screen
from ct6100.stimuli import Stimulus


class TerminalSettings(Struct, frozen=True, kw_only=True):
    """What is set up when a terminal is installed."""

    serial: str
    model: str = "CT-6100"
    merchant_name: str = ""
    merchant_phone: str = ""
    first_slip_number: int = 119
    """Of a terminal that is new; the manual's first sample is 00119."""
    abilities: Abilities = Abilities()
    sign_pad: bool = False
    """With one, the PIN may be skipped and the slip asks for a signature."""
    journal_horizon: int = 3_000


class Terminal:
    """One CT-6100. Starts powered off; `kept` is what a former life left on its disk."""

    def __init__(self, settings: TerminalSettings, kept: Kept | None = None) -> None:
        self._settings = settings
        self._kept = kept

    @property
    def screen(self) -> Screen:
        """What the glass shows; its name is `off` without power and `frozen` when it hangs."""
        return Screen(name="off")

    @property
    def phase(self) -> Phase:
        """How far the operation on the glass has come."""
        return Phase.IDLE

    @property
    def powered(self) -> bool:
        """Whether it is switched on."""
        return False

    @property
    def frozen(self) -> bool:
        """Whether it hangs: only cutting the power helps."""
        return False

    @property
    def operation_id(self) -> str | None:
        """The open operation, echo ability or not."""
        return None

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """The journal, oldest first."""
        return self._kept.entries if self._kept else ()

    def handle(self, stimulus: Stimulus, now: datetime) -> list[Output]:
        """Return what the terminal does about it, in order. `now` is its own (aware) clock."""
        del stimulus, now
        return []

    def snapshot(self) -> Kept | None:
        """What would survive if the power went now; None before the first power-on."""
        return self._kept
