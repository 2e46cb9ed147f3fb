"""What is said at the end: a table for people, JSON for machines, and whether it was good."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, to_builtins

from chaos.harm import Doubt, Harm, near, quantile
from chaos.matching import Matched, Wrong

REPORT: Final = Path("chaos.json")

FULL_S: Final = 300.0
"""A run of this length has to be worth its name."""

PAYMENTS_MIN: Final = 2_000
STRIKES_MIN: Final = 3
"""Of each kind of fault, in a full run; a shorter one is judged by the money alone."""

RESOLVED_AIM_S: Final = 5.0

SLOWEST: Final = 10
"""So many of the longest waits are told with what had happened before."""


class Slow(Struct, frozen=True, kw_only=True):
    """A tender that waited long after healing, and what had happened on its way before."""

    waited_s: float
    doubt: Doubt
    harms: tuple[Harm, ...]


class Report(Struct, frozen=True, kw_only=True):
    """One run."""

    seed: int
    seconds: float
    machine: str
    faults: dict[str, int]
    unknown_faults: tuple[str, ...]
    matched: Matched
    ends: dict[str, int]
    sales: int
    refunds: int
    voided: int
    cash_and_other: int
    retried: int
    refusals: dict[str, int]
    doubts: int
    waited_s: tuple[float, ...]
    """After healing, of each tender that was in doubt then."""
    slowest: tuple[Slow, ...]
    harms: tuple[Harm, ...]
    complaints: tuple[str, ...]

    def failures(self) -> list[str]:
        """Return why the run failed; nothing when it did not."""
        told = [f"{one.wrong}: {one.what}" for one in self.matched.findings]
        told += [f"a register complains: {one}" for one in self.complaints]
        told += [f"nobody knows how to use the fault {one}" for one in self.unknown_faults]
        if self.seconds < FULL_S:
            return told
        told += [
            f"{kind} struck {count} times, not {STRIKES_MIN}"
            for kind, count in self.faults.items()
            if count < STRIKES_MIN
        ]
        if self.matched.payments < PAYMENTS_MIN:
            told.append(f"{self.matched.payments} payments, not {PAYMENTS_MIN}")
        return told

    def rows(self) -> list[tuple[str, str]]:
        """Return the table."""
        matched = self.matched
        longest = max(self.waited_s, default=0.0)
        p50, p99 = quantile(self.waited_s, 0.50), quantile(self.waited_s, 0.99)
        return [
            ("payments (approved charges in the journals)", str(matched.payments)),
            ("refunds done (approved voids and returns)", str(self.refunds)),
            ("sales voided (伝票取消)", str(self.voided)),
            *((f"payments that were {end}", str(n)) for end, n in sorted(self.ends.items())),
            ("sales", str(self.sales)),
            ("cash and other tenders", str(self.cash_and_other)),
            ("requests sent again", str(self.retried)),
            ("faults, all kinds", str(sum(self.faults.values()))),
            *((f"  {kind}", str(count)) for kind, count in self.faults.items()),
            *((str(wrong), str(matched.count(wrong))) for wrong in Wrong),
            ("charges on their sale", str(matched.on_sales)),
            ("charges in an open case", str(matched.in_cases)),
            ("charges on their sale and in a case", str(len(matched.in_both))),
            ("in doubt for people: 処理未了, or with a case", str(matched.for_people)),
            ("tenders that were in doubt", str(self.doubts)),
            ("  of these, still so when all was healed", str(len(self.waited_s))),
            ("  in doubt after healing: p50", f"{p50:.2f} s"),
            (f"  in doubt after healing: p99 (aim {RESOLVED_AIM_S:.0f} s)", f"{p99:.2f} s"),
            ("  in doubt after healing: longest", f"{longest:.2f} s"),
        ]

    def write(self, path: Path = REPORT) -> None:
        """Leave it for machines."""
        told = to_builtins(self) | {"failures": self.failures(), "table": dict(self.rows())}
        path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def slowest(waited: Iterable[tuple[Doubt, float]], harms: Sequence[Harm]) -> tuple[Slow, ...]:
    """Return the tenders that waited longest, worst first."""
    ranked = sorted(waited, key=lambda one: one[1], reverse=True)[:SLOWEST]
    return tuple(
        Slow(waited_s=wait, doubt=doubt, harms=tuple(near(doubt, harms))) for doubt, wait in ranked
    )


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows as Markdown, which reads well on a screen, too."""
    return "\n".join(["| | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])
