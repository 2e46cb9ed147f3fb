"""The faults that are armed on one terminal, and how each strikes. Pure: the device carries it out.

A fault strikes `times` times and is then gone; without a limit it stays until it is cleared.
"""

from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from ct6100.effects import CallCentre
from ct6100.messages import LinkMessage, Result
from ct6100.records import MEDIA_EMONEY
from ct6100_simulator.fault_specs import FaultSpec, spec_of
from ct6100_simulator.model import SetFault

REBOOT_S: Final = 1.0
"""How long `reboot_at` leaves it without power, when not told."""

ResultKey = tuple[int, str]
"""Journal number and outcome: what 処理未了 came to is another result than itself."""


class Fault(Struct, frozen=True, kw_only=True):
    """One armed fault. `left` is how often it will still strike; None: until cleared."""

    spec: FaultSpec
    asked: SetFault
    left: int | None


class Bent(Struct, frozen=True, kw_only=True):
    """A result that lies, however often it is repeated; None: in this it is true."""

    key: ResultKey
    amount: int | None
    operation_id: str | None


class Faults(Struct, frozen=True, kw_only=True):
    """All that is armed on one terminal, and the results that already fell to one.

    `lost` and `held` are results that are swallowed for good, or until their time.
    """

    armed: tuple[Fault, ...] = ()
    lost: frozenset[ResultKey] = frozenset()
    held: frozenset[ResultKey] = frozenset()
    bent: tuple[Bent, ...] = ()

    def find(self, name: str, screen: str | None = None) -> SetFault | None:
        """Return how the fault was armed, if it is (and, given `screen`, armed for that one)."""
        for fault in self.armed:
            if fault.spec.name == name and screen in (None, fault.asked.screen):
                return fault.asked
        return None

    @property
    def quiet(self) -> bool:
        """Whether every result leaves as it is."""
        return not (self.armed or self.lost or self.held or self.bent)


class Delivery(Struct, frozen=True, kw_only=True):
    """Send this message after `delay_s`; `releases`: it is then no longer held."""

    message: LinkMessage
    delay_s: float = 0.0
    releases: ResultKey | None = None


class AtScreen(Struct, frozen=True, kw_only=True):
    """What strikes as a screen appears. `reboot_s`: it loses its power for so long."""

    drops_link: bool = False
    freezes: bool = False
    reboot_s: float | None = None


class Hardware(Struct, frozen=True, kw_only=True):
    """The state that armed faults leave the device in, for as long as they are armed."""

    split: int | None
    nak_every: int | None
    paper: bool
    skew: timedelta


def arm(faults: Faults, asked: SetFault) -> Faults:
    """Add a fault; the same one again takes the place of the first. Raises as `spec_of`."""
    spec = spec_of(asked)
    fault = Fault(spec=spec, asked=asked, left=asked.times or spec.times)
    return msgspec.structs.replace(faults, armed=(*_without(faults, asked.fault), fault))


def disarm(faults: Faults, name: str) -> Faults:
    """Take one fault away, however often it would still have struck."""
    return msgspec.structs.replace(faults, armed=_without(faults, name))


def struck(faults: Faults, name: str) -> Faults:
    """Return what stays armed after the named fault has struck once."""
    armed: list[Fault] = []
    for fault in faults.armed:
        if fault.spec.name != name or fault.left is None:
            armed.append(fault)
        elif fault.left > 1:
            armed.append(msgspec.structs.replace(fault, left=fault.left - 1))
    return msgspec.structs.replace(faults, armed=tuple(armed))


def hardware(faults: Faults) -> Hardware:
    """Return the state that the device is in."""
    split, nak = faults.find("answer_split"), faults.find("nak_every")
    skew = faults.find("clock_skew")
    return Hardware(
        split=split.bytes if split else None,
        nak_every=nak.n if nak else None,
        paper=faults.find("paper_out") is None,
        skew=timedelta(seconds=(skew.seconds or 0.0) if skew else 0.0),
    )


# --- as a screen appears, as the centre is called ---


def seen(faults: Faults, screen: str) -> tuple[Faults, AtScreen]:
    """Return what strikes as this screen appears on the glass."""
    reboot = faults.find("reboot_at", screen)
    strike = AtScreen(
        drops_link=faults.find("link_drop_at", screen) is not None,
        freezes=faults.find("freeze", screen) is not None,
        reboot_s=None if reboot is None else REBOOT_S if reboot.seconds is None else reboot.seconds,
    )
    for name in ("link_drop_at", "freeze", "reboot_at"):
        if faults.find(name, screen):
            faults = struck(faults, name)
    return faults, strike


def freezes_now(faults: Faults) -> bool:
    """Whether a freeze is armed that waits for no screen."""
    freeze = faults.find("freeze")
    return freeze is not None and freeze.screen is None


def breaks_off(faults: Faults, call: CallCentre) -> SetFault | None:
    """Return how `incomplete` is armed, if this is a touch that it breaks off."""
    incomplete = faults.find("incomplete")
    if incomplete is None or call.media != MEDIA_EMONEY:
        return None
    return incomplete if incomplete.brand in {None, call.brand} else None


# --- what leaves the terminal ---


def deliver(faults: Faults, message: LinkMessage) -> tuple[Faults, tuple[Delivery, ...]]:
    """Return what really leaves the terminal when it sends `message`.

    A result that was lost, is held or lies does so however often the terminal repeats it; its
    journal is true all the while.
    """
    if not isinstance(message, Result):
        return faults, (Delivery(message=message),)
    key = _key(message)
    if key in faults.lost or key in faults.held:
        return faults, ()
    if faults.find("answer_lost"):
        lost = msgspec.structs.replace(faults, lost=faults.lost | {key})
        return struck(lost, "answer_lost"), ()
    faults, message = _bend(faults, message)
    late = faults.find("answer_late")
    if late and late.seconds is not None:
        held = msgspec.structs.replace(faults, held=faults.held | {key})
        delivery = Delivery(message=message, delay_s=late.seconds, releases=key)
        return struck(held, "answer_late"), (delivery,)
    if faults.find("answer_twice"):
        return struck(faults, "answer_twice"), (Delivery(message=message),) * 2
    return faults, (Delivery(message=message),)


def released(faults: Faults, key: ResultKey) -> Faults:
    """Return the faults once the held result's time has come."""
    return msgspec.structs.replace(faults, held=faults.held - {key})


def forgot_held(faults: Faults) -> Faults:
    """Return the faults after a power cut: what was held back is gone with it."""
    return msgspec.structs.replace(faults, held=frozenset[ResultKey]())


def nobodys(number: int) -> str:
    """Return an operation id that nobody ever used: `foreign_operation` without one of its own."""
    return f"ffffffff-ffff-7fff-bfff-{number:012x}"


def _bend(faults: Faults, result: Result) -> tuple[Faults, Result]:
    key = _key(result)
    bent = next((each for each in faults.bent if each.key == key), None)
    if bent is None:
        bent = _lie(faults, result)
        if bent.amount is None and bent.operation_id is None:
            return faults, result
        faults = msgspec.structs.replace(faults, bent=(*faults.bent, bent))
        if bent.amount is not None:
            faults = struck(faults, "wrong_amount")
        if bent.operation_id is not None:
            faults = struck(faults, "foreign_operation")
    if bent.amount is not None:
        result = msgspec.structs.replace(result, amount=bent.amount)
    if bent.operation_id is not None:
        result = msgspec.structs.replace(result, operation_id=bent.operation_id)
    return faults, result


def _lie(faults: Faults, result: Result) -> Bent:
    """What is true by chance is no lie; without an echo there is no id to lie about."""
    wrong, foreign = faults.find("wrong_amount"), faults.find("foreign_operation")
    amount = wrong.amount if wrong and wrong.amount != result.amount else None
    operation_id = None
    if foreign and result.operation_id is not None:
        operation_id = foreign.operation_id or nobodys(result.number)
        operation_id = None if operation_id == result.operation_id else operation_id
    return Bent(key=_key(result), amount=amount, operation_id=operation_id)


def _key(result: Result) -> ResultKey:
    return result.number, result.outcome


def _without(faults: Faults, name: str) -> tuple[Fault, ...]:
    return tuple(each for each in faults.armed if each.spec.name != name)
