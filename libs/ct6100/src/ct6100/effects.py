"""What a CT-6100 does: the outputs of `ct6100.terminal.Terminal.handle`, in their order."""

from datetime import datetime

from msgspec import Struct

from ct6100.messages import LinkMessage
from ct6100.records import JournalEntry, Kind, MerchantMask, Screen, Slip


class Effect(Struct, frozen=True, kw_only=True):
    """Base of all effects."""


class Touch(Struct, frozen=True, kw_only=True):
    """An e-money touch that has no final outcome yet: by its `mark` the card is known again."""

    number: int
    """Of its journal entry."""
    mark: str


class KeptEntry(JournalEntry, frozen=True, kw_only=True):
    """A line of the journal as the terminal keeps it: with what never leaves it."""

    mark: str = ""
    """By what it knows the card or e-money again that paid: for its void or return."""

    def outward(self) -> JournalEntry:
        """Return it without that."""
        return JournalEntry(
            **{name: getattr(self, name) for name in JournalEntry.__struct_fields__}
        )


class Memory(Struct, frozen=True, kw_only=True):
    """The small part of the terminal's kept memory: all of it is in each `Keep`."""

    next_number: int
    next_slip: int
    business_date: str
    """YYYY-MM-DD."""
    boots: int
    born_at: datetime
    """First power-on: the journal reaches back to here until entries are dropped."""
    dropped_until: datetime | None = None
    """Time of the newest entry that was dropped for want of room."""
    dropped_number: int = 0
    """Its number; 0: none was dropped."""
    not_stored: tuple[int, ...] = ()
    """Numbers of results that the register has not stored yet."""
    touches: tuple[Touch, ...] = ()
    """E-money whose entry is `pending` or `incomplete` (処理未了), oldest first."""


class Keep(Effect, frozen=True, kw_only=True):
    """Must be on disk before any effect after it is carried out.

    Replaces `memory`; puts `entry`, if any, in the place of the one with the same number; drops
    entries with the numbers in `dropped`, and what was kept by `KeepMerchantNumber` for them.
    """

    memory: Memory
    entry: KeptEntry | None = None
    dropped: tuple[int, ...] = ()
    may_wait: bool = False
    """Need not be synced at once: losing it only repeats a result that the register knows."""


class KeepMerchantNumber(Effect, frozen=True, kw_only=True):
    """Keep the merchant's mask of an e-money by journal number, apart from the entry: as `Keep`."""

    number: int
    mask: MerchantMask


class Kept(Struct, frozen=True, kw_only=True):
    """All that survives power-off: what the sum of all that was kept comes to."""

    memory: Memory
    entries: tuple[KeptEntry, ...] = ()
    """Oldest first."""
    merchant_numbers: dict[int, MerchantMask] = {}
    """By journal number."""


class Send(Effect, frozen=True, kw_only=True):
    """Over the link to the box; dropped when no link is open."""

    message: LinkMessage


class ScreenChanged(Effect, frozen=True, kw_only=True):
    """What the glass shows now."""

    screen: Screen


class Print(Effect, frozen=True, kw_only=True):
    """The mouth prints both copies of a slip; `merchant_number` stands on the merchant's alone."""

    slip: Slip
    merchant_number: MerchantMask | None = None
    reprint: bool = False


class CallCentre(Effect, frozen=True, kw_only=True):
    """Ask the centre; it answers with `CentreAnswered(number=…)`, whenever it does.

    The same `number` never books twice. `inquiry`: tell what became of that number, book nothing;
    a centre that answers `unknown` has sworn that number off, should the first call still come.
    `touched_again`: the card of an earlier `incomplete` is at the reader again, and its own memory
    shows what became of that touch; whoever plays the centre answers for the card.
    """

    number: int
    inquiry: bool
    kind: Kind
    amount: int
    media: str
    brand: str
    outcome: str
    """Hint of `Presented.outcome` for whoever plays the centre; "" in an inquiry after power-on."""
    touched_again: bool = False


class WakeAt(Effect, frozen=True, kw_only=True):
    """Send `TimePassed` at this time; takes the place of an earlier `WakeAt`. None: no need."""

    at: datetime | None


class Beep(Effect, frozen=True, kw_only=True):
    """The key or card does nothing here (`reason`, for the simulator's log)."""

    reason: str


class Froze(Effect, frozen=True, kw_only=True):
    """It hangs: the device no longer serves its link, keys or readers until power is cut."""


Output = (
    Keep | KeepMerchantNumber | Send | ScreenChanged | Print | CallCentre | WakeAt | Beep | Froze
)
