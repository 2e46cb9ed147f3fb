"""Draws `docs/states/print_job.md` from the table (`python -m receipts.diagram`)."""

import sys
from collections import defaultdict

from receipts.decide_job import TRANSITIONS, Met, outward
from receipts.model import OPEN_JOBS, JobState

_HEAD = """\
# A piece of paper, as `receipts` sees it

Generated from `receipts.decide_job.TRANSITIONS`; do not edit. To draw it anew:
`python -m receipts.diagram > docs/states/print_job.md`

Nothing is sent before `sent` is on the disk; from then on only the store's box knows, and is asked
with the same id until it says. What is not in the table changes nothing: how a job ended once, it
ended. A register sees `waiting` and `sent` as `queued`. Why a job was not printed stands in its
`reason`; what to do about each: [operations](../printing.md).
"""


def draw() -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_chart(), "", *_rows(), ""])


def _chart() -> list[str]:
    arrows: dict[tuple[JobState, JobState], list[Met]] = defaultdict(list)
    for (state, met), after in TRANSITIONS.items():
        arrows[state, after].append(met)
    lines = [f"    {source} --> {to}: {', '.join(met)}" for (source, to), met in arrows.items()]
    ends = [f"    {state} --> [*]" for state in JobState if state not in OPEN_JOBS]
    begins = [f"    [*] --> {JobState.WAITING}", f"    [*] --> {JobState.NOT_PRINTED}: no printer"]
    return ["```mermaid", "stateDiagram-v2", *begins, *lines, *ends, "```"]


def _rows() -> list[str]:
    return [
        "| state | meets | becomes | seen outside as |",
        "|---|---|---|---|",
        *(
            f"| {state} | {met} | {after} | {outward(after)} |"
            for (state, met), after in TRANSITIONS.items()
        ),
    ]


if __name__ == "__main__":
    sys.stdout.write(draw())
