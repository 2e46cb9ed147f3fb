"""The line from one terminal to its centre: how long an answer takes, and that it may be late."""

from functools import partial

from ct6100.effects import CallCentre
from ct6100.stimuli import CentreAnswered
from ct6100_simulator import centre
from ct6100_simulator.acquirer import Acquirer
from ct6100_simulator.faults import Faults, struck
from ct6100_simulator.runner import Runner
from servicekit.tasks import Tasks


class CentreLine:
    """Answers come as stimuli of the terminal; those to a life that a power cut ended do not."""

    def __init__(self, serial: str, acquirer: Acquirer, runner: Runner, tasks: Tasks) -> None:
        self._serial = serial
        self._acquirer = acquirer
        self._runner = runner
        self._tasks = tasks

    def call(self, call: CallCentre, faults: Faults, *, hurried: bool) -> Faults:
        """Ask, and return the faults that are left. `hurried`: without the usual latency."""
        delay_s = centre.latency_s(faults, 0.0 if hurried else self._acquirer.latency_s)
        if call.inquiry:
            inquiry = self._inquire(call, delay_s, self._runner.life)
            self._tasks.spawn(inquiry, f"inquiry of {self._serial}")
            return faults
        answer, fault = self._acquirer.decide(self._serial, call, faults)
        self._answer(answer, delay_s)
        return struck(struck(faults, "slow_centre"), fault or "")

    async def _inquire(self, call: CallCentre, delay_s: float, life: int) -> None:
        answer = await self._acquirer.recall(self._serial, call)
        if life == self._runner.life:
            self._answer(answer, delay_s)

    def _answer(self, answer: CentreAnswered, delay_s: float) -> None:
        if delay_s:
            self._runner.later(delay_s, partial(self._runner.stimulate, answer))
        else:
            self._runner.stimulate(answer)
