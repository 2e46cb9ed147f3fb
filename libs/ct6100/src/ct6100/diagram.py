"""Draws `docs/states/terminal.md` from the table of transitions (`python -m ct6100.diagram`)."""

import sys
from collections import defaultdict

from ct6100.screens import KEYS, PHASES, ScreenName
from ct6100.transitions import TABLE, Happening

_HEAD = """\
# The screens of a CT-6100

Generated from `ct6100.transitions.TABLE`; do not edit. To draw it anew:
`python -m ct6100.diagram > docs/states/terminal.md`

What is not drawn is refused: a key or card beeps, `Start` is answered with `StartRefused`, `Abort`
with `already_read`. Left out of the picture, but not of the table below it: `power off` leads from
every screen to `off`; `Disconnect` on any screen but `home`, and `hangs` on any, to `frozen`.
"""


def draw() -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_chart(), "", *_screens(), "", *_rows(), ""])


def _chart() -> list[str]:
    arrows: dict[tuple[ScreenName, ScreenName], list[str]] = defaultdict(list)
    for (name, trigger), row in TABLE.items():
        if trigger is Happening.POWER_OFF or row.to is ScreenName.FROZEN:
            continue
        arrows[name, row.to].append(str(trigger))
    lines = [
        f"    {source} --> {target}: {', '.join(triggers).replace(':', '')}"
        for (source, target), triggers in arrows.items()
    ]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> off", *lines, "```"]


def _screens() -> list[str]:
    return [
        "| screen | phase | keys |",
        "|---|---|---|",
        *(f"| {name} | {PHASES[name]} | {' · '.join(KEYS[name])} |" for name in ScreenName),
    ]


def _rows() -> list[str]:
    return [
        "| on screen | this | does | and shows |",
        "|---|---|---|---|",
        *(
            f"| {name} | {trigger} | {row.act} | {row.to} |"
            for (name, trigger), row in TABLE.items()
        ),
    ]


if __name__ == "__main__":
    sys.stdout.write(draw())
