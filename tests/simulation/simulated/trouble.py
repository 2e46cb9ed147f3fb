"""What goes wrong in a store: every fault that a seed may strike with, by name."""

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from ct6100.stimuli import DayClosedByHand
from simulated.lies import LIES
from simulated.line import Line
from simulated.store import Box, Store
from simulated.virtual import chance
from terminal_gateway.memory import ROOM_MAX
from terminal_gateway.upkeep import FACTS_KEPT, OPERATIONS_KEPT

DAYS: Final = (1, 4)
"""How long a store may be cut off."""

DAYS_PASS_S: Final = (1.0, 12.0)
"""Of these days so much is lived through before and after the clocks are put forward: in between
nothing happens that a clock does not decide."""


class Trouble:
    """Strikes one store. A fault that finds nothing to strike does nothing, and is not counted."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self._store = store
        self._rng = rng
        self._around = store.around
        self._loop = store.loop
        self._story = store.story

    def strike(self) -> None:
        """Let one fault happen."""
        name = self._rng.choice(NAMES)
        if FAULTS[name](self):
            self._story.count(f"fault: {name}")

    def _long(self, shortest_s: float, longest_s: float) -> float:
        """Return how long it lasts: mostly short, so that most of a seed is selling."""
        return shortest_s + (longest_s - shortest_s) * self._rng.random() ** 2

    def _tell(self, what: str, *values: object) -> None:
        self._story.tell("fault", what, *values)

    def _box(self) -> Box | None:
        """Return a box that lives, if the one that the draw fell on does."""
        box = self._rng.choice(self._store.boxes)
        return box if box.alive else None

    # --- processes ---

    def kill_checkout(self) -> bool:
        """End it with -9."""
        checkout = self._store.checkout
        if checkout is None or not checkout.process.alive:
            return False
        self._tell("checkout is killed")
        checkout.process.kill()
        self._store.later(self._store.start_checkout, self._long(0.05, 5.0))
        return True

    def kill_gateway(self) -> bool:
        """End it with -9; a supervisor starts it again."""
        box = self._box()
        if box is None:
            return False
        self._tell("{} is killed", box.name)
        self._store.kill(box)
        self._store.later(partial(self._store.start_gateway, box), self._long(0.05, 5.0))
        return True

    def lose_box_power(self) -> bool:
        """The box is dark: nobody hears of it, and what was not synced is gone."""
        box = self._box()
        if box is None or box.life is None:
            return False
        self._tell("{} loses its power", box.name)
        box.life.process.kill()
        self._around.gateway.vanish()
        self._store.later(partial(self._store.start_gateway, box), self._long(0.5, 12.0))
        return True

    def lose_journal(self) -> bool:
        """The gateway's file is damaged."""
        box = self._box()
        if box is None:
            return False
        self._tell("{} is killed and its journal damaged", box.name)
        self._store.kill(box)
        box.disk.lose_everything(self._around.clock.now(), self._store.ids)
        self._store.later(partial(self._store.start_gateway, box), self._long(0.05, 5.0))
        return True

    def replace_box(self) -> bool:
        """Another box takes the store's place; the old one is cut off, or back from the dead."""
        old = self._store.boxes[-1]
        if not old.alive or sum(not box.scrapped for box in self._store.boxes) > 1:
            return False
        name = f"gateway-{len(self._store.boxes) + 1}"
        line = Line(name.replace("gateway", "wan"), self._loop, self._rng, self._story)
        new = Box(name, line, self._store.box_clock())
        self._store.boxes.append(new)
        if chance(self._rng, 0.5):
            self._tell("the box is unplugged, and another takes its place")
            self._store.kill(old)
            self._store.later(partial(self._store.start_gateway, old), self._long(2.0, 12.0))
        else:
            self._tell("the box is cut off, and another takes its place")
            old.line.known_down = True
            self._loop.call_later(self._long(3.0, 12.0), self._mend, old.line)
            self._loop.call_later(self._long(0.0, 3.0), self._around.wire.cut)
        self._store.later(partial(self._store.start_gateway, new), self._long(0.1, 2.0))
        self._loop.call_later(self._long(12.0, 25.0), self._store.scrap, old, new)
        return True

    def fill_disk(self) -> bool:
        """A few more commits, then nothing fits."""
        self._tell("the box's disk is full")
        disk = self._rng.choice(self._store.boxes).disk
        disk.room = self._rng.randint(1, 4)

        def tidy() -> None:
            disk.room = ROOM_MAX

        self._loop.call_later(self._long(0.5, 8.0), tidy)
        return True

    # --- terminals ---

    def lose_terminal_power(self) -> bool:
        """Somebody pulls its plug."""
        device = self._rng.choice(self._store.devices)
        if not device.on:
            return False
        device.switch_off()
        self._loop.call_later(self._long(0.1, 6.0), device.switch_on)
        return True

    def lose_terminal_power_soon(self) -> bool:
        """Its power goes between two things that it does together."""
        device = self._rng.choice(self._store.devices)
        if not device.on or device.dies_in is not None:
            return False
        device.dies_in = self._rng.randint(1, 30)
        return True

    def lie(self) -> bool:
        """The next result is not what it should be, or does not come as it should."""
        device = self._rng.choice(self._store.devices)
        if device.lie is not None:
            return False
        device.lie = self._rng.choice((*LIES, "outcome"))
        return True

    def close_day(self) -> bool:
        """Somebody closes the terminal's day, whatever the register is doing."""
        device = self._rng.choice(self._store.devices)
        if not device.on:
            return False
        before = device.business_date
        device.handle(DayClosedByHand())
        return device.business_date != before

    def set_clock(self) -> bool:
        """Somebody sets a terminal's clock, right or wrong."""
        device = self._rng.choice(self._store.devices)
        ahead_s = self._rng.choice((0.0, -3_600.0, 3_600.0, self._rng.uniform(-90.0, 90.0)))
        if not device.set_clock(ahead_s):
            return False
        self._tell("the clock of {} is set {} s ahead", device.code, ahead_s)
        return True

    # --- ways ---

    def pull_cable(self) -> bool:
        """Every link is reset."""
        self._tell("the cable is pulled")
        self._around.wire.cut()
        return True

    def hold_cable(self) -> bool:
        """Nothing gets through, and nobody is told."""
        self._tell("the cable holds everything back")
        self._around.wire.hold(self._long(0.5, 9.0))
        return True

    def cut_wan(self) -> bool:
        """The store is cut off, and everybody knows."""
        self._tell("the WAN is down, and everybody knows")
        self._around.wan.known_down = True
        self._loop.call_later(self._long(0.5, 15.0), self._mend, self._around.wan)
        return True

    def swallow_wan(self) -> bool:
        """The store is cut off, and nobody knows."""
        self._tell("the WAN swallows everything")
        self._around.wan.black_hole = True
        self._loop.call_later(self._long(0.5, 10.0), self._mend, self._around.wan)
        return True

    def cut_wan_for_days(self) -> bool:
        """The store is cut off until the day after tomorrow: days end, keys and stamps grow old."""
        if self._around.wan.known_down or not chance(self._rng, 0.3):
            return False
        before_s, after_s = (self._long(*DAYS_PASS_S) for _ in range(2))
        self._tell("the WAN is down for days")
        self._around.wan.known_down = True
        self._loop.call_later(before_s, self._pass_days)
        self._loop.call_later(before_s + after_s, self._mend, self._around.wan)
        return True

    def _pass_days(self) -> None:
        days = self._rng.randint(*DAYS)
        self._tell("{} days later", days)
        self._loop.skipped_s += days * 86_400.0
        self._store.truth.keys_expired()
        for box in self._store.boxes:
            if box.life is not None and box.alive:
                now = box.life.office.clock.now()
                pruning = box.life.journal.prune(
                    facts_before=now - FACTS_KEPT, operations_before=now - OPERATIONS_KEPT
                )
                box.life.process.spawn(pruning, "prune")

    def _mend(self, line: Line) -> None:
        self._tell("{} is back", line.name)
        line.known_down = line.black_hole = False


FAULTS: Final[dict[str, Callable[[Trouble], bool]]] = {
    "checkout killed": Trouble.kill_checkout,
    "gateway killed": Trouble.kill_gateway,
    "box without power": Trouble.lose_box_power,
    "journal lost": Trouble.lose_journal,
    "box replaced": Trouble.replace_box,
    "disk full": Trouble.fill_disk,
    "terminal without power": Trouble.lose_terminal_power,
    "terminal without power soon": Trouble.lose_terminal_power_soon,
    "result not as it should be": Trouble.lie,
    "day closed": Trouble.close_day,
    "clock set": Trouble.set_clock,
    "cable pulled": Trouble.pull_cable,
    "cable held": Trouble.hold_cable,
    "wan down": Trouble.cut_wan,
    "wan swallows": Trouble.swallow_wan,
    "wan down for days": Trouble.cut_wan_for_days,
}
"""By name; each is to be met in some seed."""

NAMES: Final = tuple(FAULTS)
