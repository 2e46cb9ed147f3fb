"""Two ends of a CT-6100 link joined by a wire that a test damages, in virtual time."""

from collections.abc import Callable
from typing import Final

from ct6100.protocol import Event, Link

Damage = Callable[[bytes], list[bytes]]
"""What comes out of the wire, in pieces, for what was put in."""

STEPS_MAX: Final = 20_000
"""More than any exchange needs: a pair that still talks after it would never stop."""


def untouched(data: bytes) -> list[bytes]:
    """Return the bytes as they were."""
    return [data]


class JoinedLinks:
    """Links `left` and `right`; what each reports is gathered in `left_events`, `right_events`."""

    def __init__(self, damage: Damage = untouched) -> None:
        self.now = 0.0
        self.left = Link(self.now)
        self.right = Link(self.now)
        self.left_events: list[Event] = []
        self.right_events: list[Event] = []
        self.damage = damage

    def settle(self) -> None:
        """Carry bytes to and fro until neither end has any to send."""
        for _ in range(STEPS_MAX):
            to_right, to_left = self.left.outgoing(), self.right.outgoing()
            if not to_right and not to_left:
                return
            for piece in self.damage(to_right):
                self.right_events += self.right.receive(piece, self.now)
            for piece in self.damage(to_left):
                self.left_events += self.left.receive(piece, self.now)
        raise AssertionError("the two ends never fell silent")

    def run(self, seconds: float) -> None:
        """Let time pass: deadlines ring when they are due, bytes travel at once."""
        end = self.now + seconds
        for _ in range(STEPS_MAX):
            self.settle()
            due = [at for at in (self.left.deadline(), self.right.deadline()) if at is not None]
            if not due or min(due) > end:
                self.now = end
                return
            self.now = max(self.now, min(due))
            self.left_events += self.left.on_deadline(self.now)
            self.right_events += self.right.on_deadline(self.now)
        raise AssertionError("deadlines that never end")
