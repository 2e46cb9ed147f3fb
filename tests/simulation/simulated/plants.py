"""Bugs to plant: each is a change of production source, and names the invariant that catches it.

A plant whose text is no longer found fails loudly: then the bug has to be planted anew.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, cast

from simulated.invariants import Invariant
from simulated.plant import Plant
from simulated.plants_of_money_back import PLANTS_OF_MONEY_BACK


class PlantNotFoundError(Exception):
    """The source has changed: the text to be replaced does not stand there exactly once."""


PLANTS: Final[dict[str, Plant]] = {
    "an intent is written after it was sent": Plant(
        "terminal_gateway.desk",
        "Desk.start",
        "await self.office.keep(Change(operations=(operation,)))",
        "self.open[operation.id] = operation; self._send_start(operation.id); "
        "await asyncio.sleep(0.5); "
        "await self.office.keep(Change(operations=(self.open[operation.id],)))",
        frozenset({Invariant.CHARGE_ON_RECORD, Invariant.NOT_CHARGED_UNASKED}),
    ),
    "a time-out is taken for a refusal": Plant(
        "checkout.starting",
        "Starting._start",
        "except Unanswered:\n        await self.doubt(",
        "except Unanswered:\n"
        "        return await self._withdraw(call, sale, start, OUT_OF_REACH)\n"
        "        await self.doubt(",
        frozenset({Invariant.NOT_CHARGED_UNASKED}),
    ),
    "a redelivered result is not recognised": Plant(
        "checkout.decide_outcome",
        "_same",
        "return all(",
        "return False and all(",
        frozenset({Invariant.CASE_ABOUT_SOMETHING}),
    ),
    "an approval that comes after the doubt is dropped": Plant(
        "checkout.decide_outcome",
        "_conclude_payment",
        "    happening = happening_of(tender, concluded)\n",
        "    happening = happening_of(tender, concluded)\n"
        "    if tender.state is TenderState.IN_DOUBT and concluded.outcome is Outcome.APPROVED:\n"
        "        return unchanged(sale)\n",
        frozenset({Invariant.NOT_IN_DOUBT_FOR_LONG}),
    ),
    "the relay skips an id": Plant(
        "outbox.relay",
        "Relay._publish",
        "self._unmarked.extend(row.id for row in rows)",
        "self._unmarked.extend(range(rows[0].id, rows[-1].id + 2))",
        frozenset({Invariant.EVENTS_WITHOUT_GAP}),
    ),
    "the outbox has no order": Plant(
        "outbox.relay",
        "Relay.__init__",
        'f" ORDER BY id LIMIT {BATCH_MAX}"',
        'f" LIMIT {BATCH_MAX}"',
        frozenset({Invariant.EVENTS_WITHOUT_GAP}),
    ),
    "a result is acknowledged before it is committed": Plant(
        "terminal_gateway.hearing",
        "_on_ended",
        "    async with desk.lock:\n",
        "    getattr(link, '_down', '') or link.stored(result)\n"
        "    await __import__('asyncio').sleep(1.0)\n"
        "    async with desk.lock:\n",
        frozenset({Invariant.STORED_MEANS_STORED}),
    ),
    "the journal is looked through by amount alone": Plant(
        "terminal_gateway.resolver",
        "_entry_of",
        "if entry.line.operation_id == operation.id:",
        "if entry.line.amount == operation.intent.amount:",
        frozenset(
            {
                Invariant.CHARGE_ON_RECORD,
                Invariant.CHARGE_WHERE_PAID,
                Invariant.NOT_CHARGED_UNASKED,
            }
        ),
    ),
    "a tombstone is not written": Plant(
        "terminal_gateway.desk",
        "Desk._first_heard_of",
        "await office.keep(Change(operations=(operation,)))",
        "del operation; return make("
        "operation_id, entry=self.entry, epoch=office.presence.epoch, at=now)",
        frozenset({Invariant.NOT_IN_DOUBT_FOR_LONG, Invariant.NOT_CHARGED_UNASKED}),
    ),
    "an entry that waits for its centre is taken for none": Plant(
        "terminal_gateway.resolver",
        "_netted",
        'return Wait("pending")',
        'return Absent("pending")',
        frozenset({Invariant.NOT_CHARGED_UNASKED}),
    ),
    "a released tender's approval opens no case": Plant(
        "checkout.decide_outcome",
        "count",
        "    case = decide_case.open_case(",
        "    case = () and decide_case.open_case(",
        frozenset({Invariant.CHARGE_ON_RECORD}),
    ),
    "an idempotency key is not stored": Plant(
        "checkout.ledger",
        "with_answer",
        "return replace(commit, answer=keep)\n    if",
        "return commit\n    if",
        frozenset({Invariant.ONE_KEY_ONE_DEED}),
    ),
    "a start that was refused is not refused again": Plant(
        "terminal_gateway.decide",
        "admit",
        "if now.refused is not None:",
        "if now.refused is not None and now.epoch < 0:",
        frozenset({Invariant.NOT_CHARGED_UNASKED}),
        seed=322,
    ),
    "切断する is taken for a cancel": Plant(
        "checkout.decide_tender",
        "disconnect_tender",
        "    after = with_tender(sale, replace(tender, disconnected=True))\n",
        "    after = without_tender(sale, number)\n",
        frozenset({Invariant.NOT_CHARGED_UNASKED, Invariant.ADDS_UP}),
    ),
    **PLANTS_OF_MONEY_BACK,
}


@contextmanager
def planted(plant: Plant) -> Generator[None]:
    """Let production run with the bug in it."""
    module = sys.modules[plant.module]
    owner: Any = module
    *path, name = plant.function.split(".")
    for part in path:
        owner = getattr(owner, part)
    function = cast("FunctionType", vars(owner)[name])
    changed = _changed(plant, module, function)
    places = [(owner, name)] if path else _places(function)
    for place, attribute in places:
        setattr(place, attribute, changed)
    try:
        yield
    finally:
        for place, attribute in places:
            setattr(place, attribute, function)


def _changed(plant: Plant, module: ModuleType, function: FunctionType) -> Callable[..., Any]:
    lines, first = inspect.getsourcelines(function)
    source = textwrap.dedent("".join(lines))
    if source.count(plant.old) != 1:
        where = f"{plant.module}.{plant.function}:{first}"
        raise PlantNotFoundError(f"{source.count(plant.old)} times in {where}: {plant.old!r}")
    code = compile(source.replace(plant.old, plant.new), f"<bug in {plant.function}>", "exec")
    made: dict[str, Any] = {}
    exec(code, vars(module), made)  # noqa: S102 - the bug is planted so
    return made[function.__name__]


def _places(function: FunctionType) -> list[tuple[Any, str]]:
    """Return every module that knows the function by its name."""
    return [
        (module, attribute)
        for module in tuple(sys.modules.values())
        for attribute, value in tuple(vars(module).items())
        if value is function
    ]
