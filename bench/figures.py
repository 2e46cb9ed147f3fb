"""What is measured, and how it is shown: a table for people, JSON for machines."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

REPORT: Final = Path("bench.json")


class Latency(Struct, frozen=True, kw_only=True):
    """Milliseconds."""

    p50: float
    p99: float
    samples: int


class Compared(Struct, frozen=True, kw_only=True):
    """One way beside its floor; ratios are ours over the floor's."""

    name: str
    ours: Latency
    floor: Latency

    @property
    def ratios(self) -> tuple[float, float]:
        """At p50 and p99."""
        return (self.ours.p50 / self.floor.p50, self.ours.p99 / self.floor.p99)

    def report(self) -> dict[str, object]:
        """Return it for the machine-readable report."""
        at_50, at_99 = self.ratios
        return {
            "name": self.name,
            "ours": {"p50": self.ours.p50, "p99": self.ours.p99},
            "floor": {"p50": self.floor.p50, "p99": self.floor.p99},
            "ratio": {"p50": at_50, "p99": at_99},
            "samples": self.ours.samples,
        }


def latency(samples_s: Sequence[float]) -> Latency:
    """Return the percentiles of samples given in seconds."""
    ordered = sorted(samples_s)
    last = len(ordered) - 1
    return Latency(
        p50=ordered[round(last * 0.50)] * 1_000,
        p99=ordered[round(last * 0.99)] * 1_000,
        samples=len(ordered),
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text, the first one as heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def compared_rows(compared: Sequence[Compared]) -> list[list[str]]:
    """Return the latency table."""
    rows = [["ms", "ours p50", "p99", "floor p50", "p99", "ratio p50", "p99"]]
    for one in compared:
        at_50, at_99 = one.ratios
        rows.append(
            [
                one.name,
                f"{one.ours.p50:.2f}",
                f"{one.ours.p99:.2f}",
                f"{one.floor.p50:.2f}",
                f"{one.floor.p99:.2f}",
                f"{at_50:.2f}",
                f"{at_99:.2f}",
            ]
        )
    return rows


def write(report: dict[str, object]) -> None:
    """Write the machine-readable report."""
    REPORT.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
