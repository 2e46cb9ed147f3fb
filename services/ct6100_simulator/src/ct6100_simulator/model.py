"""What the simulator's control API takes, and what it knows about each terminal it plays."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from ct6100.records import Abilities

THINK_MS_MAX: Final = 60_000
"""A customer who thinks longer than a minute has left."""

Word = Annotated[str, Meta(min_length=1, max_length=64)]


class Place(Struct, frozen=True, kw_only=True):
    """One terminal to play: whose it is, and where its gateway finds it. `port` 0: any free one."""

    company: Word
    store: Word
    terminal: Word
    serial: Word
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0


class PrinterPlace(Struct, frozen=True, kw_only=True):
    """One receipt printer to play. `columns` half-width characters fit on its paper."""

    company: Word
    store: Word
    printer: Word
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    columns: Literal[48, 32] = 48

    @property
    def name(self) -> str:
        """What the API calls it: stores have printers of the same code."""
        return f"{self.store}-{self.printer}"


class SetPrinterFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let a receipt printer have this fault until it is cleared.

    `bytes`: the cable breaks after so many more. `lines`: the roll ends after so many more.
    `seconds`: how long a slow one takes for a line.
    """

    fault: Word
    bytes: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    lines: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    seconds: Annotated[float, Meta(gt=0, le=60)] | None = None


class Press(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tap the key with this label on the glass."""

    key: Annotated[str, Meta(min_length=1, max_length=40)]


class Enter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Type on the number pad."""

    digits: Annotated[str, Meta(pattern=r"^[0-9]{1,40}$")]


class Present(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold, insert or swipe something, or show a code. Without `number`: the wallet's own.

    `entry` defaults to how such a thing is usually read; a code is always read by the camera.
    """

    kind: Literal["card", "emoney", "code"]
    brand: Annotated[str, Meta(min_length=1, max_length=40)]
    entry: Literal["ic", "magnetic", "contactless", "code"] | None = None
    number: Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{8,40}$")] | None = None
    outcome: Literal["approved", "declined", "incomplete"] = "approved"


class SetFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Arm a fault (`fault_specs.FAULTS` lists them with what each takes, and its limits).

    `times`: how often it strikes before it is gone; without it, the fault's own default.
    """

    fault: Word
    seconds: float | None = None
    screen: Word | None = None
    code: Word | None = None
    bytes: int | None = None
    amount: int | None = None
    operation_id: Word | None = None
    brand: Word | None = None
    outcome: Word | None = None
    n: int | None = None
    times: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class SettleIncomplete(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the card of a 処理未了 show what it came to, without touching it."""

    slip_number: Annotated[str, Meta(pattern=r"^[0-9]{5}$")]
    outcome: Literal["approved", "declined"]


class SetPower(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switch at its side."""

    state: Literal["on", "off"]


class SetAbilities(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the link can do; what is left out stays as it is."""

    abort: bool | None = None
    progress: bool | None = None
    journal: bool | None = None
    echo: bool | None = None

    def applied_to(self, abilities: Abilities) -> Abilities:
        """Return `abilities` with what was given."""
        return Abilities(
            abort=abilities.abort if self.abort is None else self.abort,
            progress=abilities.progress if self.progress is None else self.progress,
            journal=abilities.journal if self.journal is None else self.journal,
            echo=abilities.echo if self.echo is None else self.echo,
        )


class Autopilot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer who always pays, with this media and brand, after thinking at each screen."""

    on: bool
    media: Literal["card", "emoney", "code"] = "card"
    brand: Annotated[str, Meta(max_length=40)] = ""
    """Empty: the wallet's first of that media."""
    think_ms: Annotated[int, Meta(ge=0, le=THINK_MS_MAX)] = 300


class Booking(Struct, frozen=True, kw_only=True):
    """What the acquirer decided about one number of one terminal; it decides each only once.

    `shows`: what the card of an `incomplete` one shows of it at its next touch.
    """

    outcome: str
    shows: str = ""
    reason: str = ""
    approval_code: str = ""
    processing_number: str = ""
    arc: str = ""
    order_number: str | None = None
    inquiry_number: str = ""
