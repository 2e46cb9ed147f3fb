"""The faults that one can arm on a terminal, and how each strikes. Pure: the device carries it out.

A fault strikes `times` times and is then gone; without a limit it stays until it is cleared.
"""

from typing import Final

import msgspec
from msgspec import Struct

from ct6100.messages import LinkMessage, Result
from ct6100_simulator.errors import FaultParameterError, UnknownFaultError
from ct6100_simulator.model import SetFault


class Parameter(Struct, frozen=True, kw_only=True):
    """What a fault needs to know; `example` fills the control on the page."""

    name: str
    type: str
    """`number` or `text`, as in JSON."""
    example: str


class FaultSpec(Struct, frozen=True, kw_only=True):
    """One kind of fault; `times` is its default, None: until cleared."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    times: int | None = 1


def _seconds(example: str) -> Parameter:
    return Parameter(name="seconds", type="number", example=example)


_SCREEN: Final = Parameter(name="screen", type="text", example="centre")

FAULTS: Final[dict[str, FaultSpec]] = {
    spec.name: spec
    for spec in (
        FaultSpec(name="answer_lost"),
        FaultSpec(name="answer_late", parameters=(_seconds("10"),)),
        FaultSpec(name="answer_twice"),
        FaultSpec(
            name="answer_split",
            parameters=(Parameter(name="bytes", type="number", example="3"),),
            times=None,
        ),
        FaultSpec(name="link_drop_at", parameters=(_SCREEN,)),
        FaultSpec(name="reboot_at", parameters=(_SCREEN,)),
        FaultSpec(name="slow_centre", parameters=(_seconds("8"),), times=None),
        FaultSpec(
            name="decline",
            parameters=(Parameter(name="code", type="text", example="card_declined"),),
            times=None,
        ),
    )
}
"""By name, in the order of the drawer."""


class Fault(Struct, frozen=True, kw_only=True):
    """One armed fault. `left` is how often it will still strike; None: until cleared."""

    spec: FaultSpec
    asked: SetFault
    left: int | None


class Faults(Struct, frozen=True, kw_only=True):
    """All that is armed on one terminal, and the results that already fell to one.

    `lost` and `held` are journal numbers of results: swallowed for good, or until their time.
    """

    armed: tuple[Fault, ...] = ()
    lost: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()

    def find(self, name: str, screen: str | None = None) -> SetFault | None:
        """Return how the fault was armed, if it is (and, given `screen`, armed for that one)."""
        for fault in self.armed:
            if fault.spec.name == name and screen in (None, fault.asked.screen):
                return fault.asked
        return None


class Delivery(Struct, frozen=True, kw_only=True):
    """Send this message after `delay_s`; `releases`: its number is then no longer held."""

    message: LinkMessage
    delay_s: float = 0.0
    releases: int | None = None


def arm(faults: Faults, asked: SetFault) -> Faults:
    """Add a fault; the same one again takes the place of the first.

    Raises `UnknownFaultError`, or `FaultParameterError` when one that it needs is missing.
    """
    spec = FAULTS.get(asked.fault)
    if spec is None:
        raise UnknownFaultError(asked.fault, tuple(FAULTS))
    for parameter in spec.parameters:
        if getattr(asked, parameter.name) is None:
            raise FaultParameterError(asked.fault, parameter.name)
    fault = Fault(spec=spec, asked=asked, left=asked.times or spec.times)
    others = tuple(each for each in faults.armed if each.spec.name != asked.fault)
    return msgspec.structs.replace(faults, armed=(*others, fault))


def struck(faults: Faults, name: str) -> Faults:
    """Return what stays armed after the named fault has struck once."""
    armed: list[Fault] = []
    for fault in faults.armed:
        if fault.spec.name != name or fault.left is None:
            armed.append(fault)
        elif fault.left > 1:
            armed.append(msgspec.structs.replace(fault, left=fault.left - 1))
    return msgspec.structs.replace(faults, armed=tuple(armed))


def deliver(faults: Faults, message: LinkMessage) -> tuple[Faults, tuple[Delivery, ...]]:
    """Return what really leaves the terminal when it sends `message`.

    A result that was lost or is held stays so however often the terminal repeats it.
    """
    if not isinstance(message, Result):
        return faults, (Delivery(message=message),)
    number = message.number
    if number in faults.lost or number in faults.held:
        return faults, ()
    if faults.find("answer_lost"):
        lost = msgspec.structs.replace(faults, lost=faults.lost | {number})
        return struck(lost, "answer_lost"), ()
    late = faults.find("answer_late")
    if late and late.seconds is not None:
        held = msgspec.structs.replace(faults, held=faults.held | {number})
        delivery = Delivery(message=message, delay_s=late.seconds, releases=number)
        return struck(held, "answer_late"), (delivery,)
    if faults.find("answer_twice"):
        return struck(faults, "answer_twice"), (Delivery(message=message),) * 2
    return faults, (Delivery(message=message),)


def released(faults: Faults, number: int) -> Faults:
    """Return the faults once the held result's time has come."""
    return msgspec.structs.replace(faults, held=faults.held - {number})


def forgot_held(faults: Faults) -> Faults:
    """Return the faults after a power cut: what was held back is gone with it."""
    return msgspec.structs.replace(faults, held=frozenset[int]())
