"""How long what stands on slips is kept. Pure: the day is an argument."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from contracts.stores import StoreConfiguration
from receipts.model import Audit

FEBRUARY: Final = 2
LEAP_DAY: Final = 29

RULE: Final = "slip_retention_years"


class Removed(Struct, frozen=True, kw_only=True):
    """How many of each a sweep took away."""

    slips: int = 0
    numbers: int = 0
    sales: int = 0
    jobs: int = 0

    @property
    def anything(self) -> bool:
        """Whether there was anything to take away."""
        return bool(self.slips or self.numbers or self.sales or self.jobs)


def kept_since(now: datetime, years: int) -> datetime:
    """Return the moment from which on everything is kept; 29 February counts as the 28th."""
    day = LEAP_DAY - 1 if (now.month, now.day) == (FEBRUARY, LEAP_DAY) else now.day
    return now.replace(year=now.year - years, day=day)


def audit_of(
    removed: Removed, configuration: StoreConfiguration, before: datetime, now: datetime
) -> Audit:
    """Return what is written down about a sweep: how many, of which store, by what rule."""
    return Audit(
        at=now,
        company=configuration.company,
        store=configuration.store,
        what="removed_by_retention",
        by=None,
        told={
            "rule": RULE,
            "years": configuration.settings.slip_retention_years,
            "before": before.isoformat(),
            "slips": removed.slips,
            "numbers": removed.numbers,
            "sales": removed.sales,
            "jobs": removed.jobs,
        },
    )
