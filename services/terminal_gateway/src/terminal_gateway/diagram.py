"""Draws `docs/states/operation.md` from the table (`python -m terminal_gateway.diagram`)."""

import sys
from collections import defaultdict

from terminal_gateway.decide import IMPOSSIBLE, TRANSITIONS
from terminal_gateway.model import OPEN, Happening, State, Tells

_HEAD = """\
# An operation, as a store's gateway sees it

Generated from `terminal_gateway.decide.TRANSITIONS`; do not edit. To draw it anew:
`python -m terminal_gateway.diagram > docs/states/operation.md`

Only `ended` ends an operation: the terminal's result, its refusal to start, or its journal. On the
disk are the intent, the first doubt and the end, each in one commit with its fact; `sent`, `shown`
and `read` are kept in memory, since a restart asks the terminal anyway. An operation that is
`unresolved` with nothing more to be found out over its link is parked: the terminal is free, the
doubt stays. `sworn_off` is the tombstone of an id that was inquired after before it was heard of.
"""


def draw() -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_chart(), "", *_rows(), "", *_impossible(), ""])


def _chart() -> list[str]:
    arrows: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (state, happening), move in TRANSITIONS.items():
        if move.state is not state or move.tells is not Tells.NOTHING:
            tells = "" if move.tells is Tells.NOTHING else f" / {move.tells}"
            arrows[state, move.state].append(f"{happening}{tells}")
    lines = [f"    {source} --> {to}: {', '.join(names)}" for (source, to), names in arrows.items()]
    ends = [f"    {state} --> [*]" for state in State if state not in OPEN]
    begins = [f"    [*] --> {State.INTENDED}", f"    [*] --> {State.SWORN_OFF}"]
    return ["```mermaid", "stateDiagram-v2", *begins, *lines, *ends, "```"]


def _rows() -> list[str]:
    return [
        "| state | what happens | becomes | told to the centre |",
        "|---|---|---|---|",
        *(
            f"| {state} | {happening} | {move.state} | {_told(move.tells)} |"
            for (state, happening), move in TRANSITIONS.items()
        ),
    ]


def _told(tells: Tells) -> str:
    return "" if tells is Tells.NOTHING else f"`operation_{tells}`"


def _impossible() -> list[str]:
    names = [
        f"{state} × {happening}"
        for state in State
        for happening in Happening
        if (state, happening) in IMPOSSIBLE
    ]
    return [f"Impossible (our own bug, asserted): {', '.join(names)}."]


if __name__ == "__main__":
    sys.stdout.write(draw())
