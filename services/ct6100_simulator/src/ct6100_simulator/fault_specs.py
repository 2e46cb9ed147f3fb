"""The kinds of fault that one can arm, what each needs to know and within which limits. Data."""

import re
from typing import Final

from msgspec import Struct

from ct6100.brands import EMONEY_BRANDS
from ct6100.refund_acts import AMOUNT_MAX
from ct6100.screens import ScreenName
from ct6100_simulator.errors import FaultParameterError, UnknownFaultError
from ct6100_simulator.model import SetFault

SECONDS_MAX: Final = 3_600.0
"""A fault that lasts longer than an hour is not a fault but another day."""

SKEW_MAX_S: Final = 31 * 86_400.0
"""A clock that lost its battery is off by more; a month is enough to mix up all dates."""

PIECE_MAX: Final = 4_096
"""Larger pieces than TCP's own are no pieces."""

NAK_EVERY_MIN: Final = 2
"""With every single frame damaged nothing ever arrives: that is `link_drop_at`."""

NAK_EVERY_MAX: Final = 1_000
"""More frames than that in a row are a busy hour."""


class Parameter(Struct, frozen=True, kw_only=True):
    """What a fault needs to know, or may be told; `example` fills the control on the page.

    A `number` lies between `low` and `high`; a `text` is one of `choices`, or matches `pattern`.
    """

    name: str
    type: str
    """`number` or `text`, as in JSON."""
    example: str = ""
    required: bool = True
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def allowed(self) -> str:
        """What it may be, in words of a program."""
        if self.type == "number":
            return f"{self.low:g} to {self.high:g}"
        return ", ".join(self.choices) or self.pattern

    def takes(self, value: str | float) -> bool:
        """Whether it may be this."""
        if isinstance(value, str):
            return value in self.choices or bool(self.pattern and re.fullmatch(self.pattern, value))
        return self.low <= value <= self.high


class FaultSpec(Struct, frozen=True, kw_only=True):
    """One kind of fault; `times` is its default, None: until cleared."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    times: int | None = 1


def _number(
    name: str, example: str, low: float, high: float, *, required: bool = True
) -> Parameter:
    return Parameter(
        name=name, type="number", example=example, low=low, high=high, required=required
    )


def _choice(
    name: str, choices: tuple[str, ...], *, example: str = "", required: bool = True
) -> Parameter:
    return Parameter(name=name, type="text", example=example, choices=choices, required=required)


def _word(name: str, example: str, pattern: str, *, required: bool = True) -> Parameter:
    return Parameter(name=name, type="text", example=example, pattern=pattern, required=required)


_SCREENS: Final = tuple(str(name) for name in ScreenName if name is not ScreenName.OFF)
_AT_SCREEN: Final = _choice("screen", _SCREENS, example="centre")
_SECONDS: Final = _number("seconds", "10", 0, SECONDS_MAX)

FAULTS: Final[dict[str, FaultSpec]] = {
    spec.name: spec
    for spec in (
        FaultSpec(name="answer_lost"),
        FaultSpec(name="answer_late", parameters=(_SECONDS,)),
        FaultSpec(name="answer_twice"),
        FaultSpec(
            name="answer_split", parameters=(_number("bytes", "3", 1, PIECE_MAX),), times=None
        ),
        FaultSpec(name="wrong_amount", parameters=(_number("amount", "999", 0, AMOUNT_MAX),)),
        FaultSpec(
            name="foreign_operation",
            parameters=(_word("operation_id", "", r"[!-~]{1,64}", required=False),),
        ),
        FaultSpec(name="link_drop_at", parameters=(_AT_SCREEN,)),
        FaultSpec(
            name="nak_every",
            parameters=(_number("n", "3", NAK_EVERY_MIN, NAK_EVERY_MAX),),
            times=None,
        ),
        FaultSpec(
            name="reboot_at",
            parameters=(_AT_SCREEN, _number("seconds", "1", 0, SECONDS_MAX, required=False)),
        ),
        FaultSpec(name="freeze", parameters=(_choice("screen", _SCREENS, required=False),)),
        FaultSpec(name="paper_out", times=None),
        FaultSpec(
            name="slow_centre", parameters=(_number("seconds", "8", 0, SECONDS_MAX),), times=None
        ),
        FaultSpec(
            name="decline",
            parameters=(_word("code", "card_declined", r"[0-9A-Za-z_]{1,40}"),),
            times=None,
        ),
        FaultSpec(
            name="incomplete",
            parameters=(
                _choice("brand", EMONEY_BRANDS, required=False),
                _choice("outcome", ("approved", "declined"), required=False),
            ),
        ),
        FaultSpec(name="close_day_mid_payment"),
        FaultSpec(
            name="clock_skew",
            parameters=(_number("seconds", "-300", -SKEW_MAX_S, SKEW_MAX_S),),
            times=None,
        ),
    )
}
"""By name, in the order of the drawer."""

_PARAMETERS: Final = tuple(
    name for name in SetFault.__struct_fields__ if name not in {"fault", "times"}
)


def spec_of(asked: SetFault) -> FaultSpec:
    """Return the kind of fault that is asked for.

    Raises `UnknownFaultError`, or `FaultParameterError` for one that it needs and was not given,
    that is not what it may be, or that it does not take.
    """
    spec = FAULTS.get(asked.fault)
    if spec is None:
        raise UnknownFaultError(asked.fault, tuple(FAULTS))
    takes = {parameter.name: parameter for parameter in spec.parameters}
    for name in _PARAMETERS:
        value, parameter = getattr(asked, name), takes.get(name)
        if value is None:
            if parameter is not None and parameter.required:
                raise FaultParameterError(asked.fault, name, "missing", parameter.allowed)
        elif parameter is None:
            raise FaultParameterError(asked.fault, name, "unknown", ", ".join(takes))
        elif not parameter.takes(value):
            raise FaultParameterError(asked.fault, name, "invalid", parameter.allowed)
    return spec
