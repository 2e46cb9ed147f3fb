"""The acquirer that a terminal calls."""

import random

from ct6100.effects import CallCentre
from simulated.story import Story
from simulated.virtual import chance


class Centre:
    """The acquirer: what it books is what the customer pays. A number is decided once."""

    def __init__(self, rng: random.Random, story: Story) -> None:
        self.booked: dict[int, str] = {}
        self.amounts: dict[int, int] = {}
        self.trouble = True
        self._rng = rng
        self._story = story

    def call(self, question: CallCentre) -> str | None:
        """Return the outcome, or None when the question or its answer is lost on the way."""
        number = question.number
        if self.trouble and chance(self._rng, 0.03):
            self._story.count("centre: question lost")
            return None
        if number not in self.booked:
            # Nothing is read where a code's money goes back, so no card says what comes of it.
            outcome = question.outcome or ("declined" if chance(self._rng, 0.1) else "approved")
            self.booked[number] = "unknown" if question.inquiry else outcome
            self.amounts[number] = question.amount
        if self.trouble and chance(self._rng, 0.03):
            self._story.count("centre: answer lost")
            return None
        return self.booked[number]
