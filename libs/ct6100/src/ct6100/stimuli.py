"""What can happen to a CT-6100: the inputs of `ct6100.terminal.Terminal.handle`."""

from datetime import timedelta

from msgspec import Struct

from ct6100.messages import LinkMessage
from ct6100.records import Abilities


class Event(Struct, frozen=True, kw_only=True):
    """Base of all stimuli."""


class PowerOn(Event, frozen=True, kw_only=True):
    """Somebody switches it on; ignored when it is on."""


class PowerOff(Event, frozen=True, kw_only=True):
    """The power goes, at whatever moment: what was not kept is gone."""


class LinkOpened(Event, frozen=True, kw_only=True):
    """A register's box opened a connection; there is one at a time."""


class LinkClosed(Event, frozen=True, kw_only=True):
    """The connection is gone, by whatever way. The operation goes on; nothing freezes.

    A FIN is what a killed process leaves too, so only a `Disconnect` message counts as closing the
    link on purpose.
    """


class MessageReceived(Event, frozen=True, kw_only=True):
    """The link delivered a message of the box."""

    message: LinkMessage


class KeyPressed(Event, frozen=True, kw_only=True):
    """A key of the glass, by its label. A label that is not on the glass only beeps."""

    label: str


class DigitsEntered(Event, frozen=True, kw_only=True):
    """Digits typed on the number pad."""

    digits: str


class Presented(Event, frozen=True, kw_only=True):
    """The customer holds, inserts or swipes something, or shows a code.

    `number` is the full number; it is masked before anything else sees it. `outcome` is what the
    customer's card would do at its centre (`approved`, `declined`, `incomplete`): it is handed
    through to `CallCentre.outcome` for whoever plays the centre, and decides nothing here.
    """

    media: str
    """`card`, `emoney` or `code`."""
    brand: str
    entry: str
    """`ic`, `magnetic`, `contactless`; `code` for a code."""
    number: str
    outcome: str = "approved"
    atc: str = ""
    """The card's own transaction counter, four hexadecimal digits, as printed."""


class CentreAnswered(Event, frozen=True, kw_only=True):
    """The centre's answer to the `CallCentre` with this `number`; late and doubled ones happen.

    `outcome`: `approved`, `declined`, `incomplete` (処理未了), `unreachable` (asked again later: an
    outcome is not known), `unknown` (answer to an inquiry only: it never heard of it).
    `touched_again`: it is what the card itself showed; only that changes an `incomplete` entry.
    """

    number: int
    outcome: str
    reason: str = ""
    approval_code: str = ""
    processing_number: str = ""
    arc: str = ""
    order_number: str | None = None
    inquiry_number: str = ""
    touched_again: bool = False


class TimePassed(Event, frozen=True, kw_only=True):
    """The time asked for by `WakeAt` has come. Harmless at any other time."""


class AbilitiesSet(Event, frozen=True, kw_only=True):
    """The link's abilities are switched (the simulated terminal's drawer)."""

    abilities: Abilities


class DayClosedByHand(Event, frozen=True, kw_only=True):
    """締め on the terminal itself; beeps where `CloseDay` would be refused."""


class DayRolledOver(Event, frozen=True, kw_only=True):
    """Its centre closes the day at whatever moment; what is under way books on the next one."""


class Hung(Event, frozen=True, kw_only=True):
    """It hangs, for a reason of its own: only cutting the power helps."""


class PaperRanOut(Event, frozen=True, kw_only=True):
    """The roll is at its end: what is to be printed waits. Told anew after each power-on."""


class PaperPutIn(Event, frozen=True, kw_only=True):
    """A new roll: what waited is printed now."""


class ClockSet(Event, frozen=True, kw_only=True):
    """Its clock was moved: what it waits for still takes as long as before."""

    by: timedelta


Stimulus = (
    PowerOn
    | PowerOff
    | LinkOpened
    | LinkClosed
    | MessageReceived
    | KeyPressed
    | DigitsEntered
    | Presented
    | CentreAnswered
    | TimePassed
    | AbilitiesSet
    | DayClosedByHand
    | DayRolledOver
    | Hung
    | PaperRanOut
    | PaperPutIn
    | ClockSet
)
