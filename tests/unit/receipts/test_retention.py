from datetime import UTC, datetime

import pytest

from contracts.stores import StoreConfiguration, StoreSettings
from receipts.retention import Removed, audit_of, kept_since

NOW = datetime(2026, 5, 25, 6, 45, 1, tzinfo=UTC)
STORE = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(),
    terminals=(),
    settings=StoreSettings(slip_retention_years=5),
)


def test_what_is_kept_goes_back_whole_years() -> None:
    assert kept_since(NOW, 7) == datetime(2019, 5, 25, 6, 45, 1, tzinfo=UTC)


@pytest.mark.parametrize(("years", "day"), [(1, 28), (4, 28), (7, 28)])
def test_the_leap_day_counts_as_the_day_before_it(years: int, day: int) -> None:
    leap = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
    assert kept_since(leap, years) == datetime(2028 - years, 2, day, 12, 0, tzinfo=UTC)


def test_the_29th_of_another_month_stays_the_29th() -> None:
    march = datetime(2028, 3, 29, tzinfo=UTC)
    assert kept_since(march, 1) == datetime(2027, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["slips", "numbers", "sales", "jobs"])
def test_one_of_any_kind_is_something(kind: str) -> None:
    assert Removed(**{kind: 1}).anything
    assert not Removed().anything


def test_what_is_written_down_says_how_many_of_which_store_and_by_which_rule() -> None:
    before = kept_since(NOW, 5)
    line = audit_of(Removed(slips=1, numbers=2, sales=3, jobs=4), STORE, before, NOW)
    assert (line.company, line.store, line.at, line.by) == ("DEMO", "S001", NOW, None)
    assert line.what == "removed_by_retention"
    assert line.told == {
        "rule": "slip_retention_years",
        "years": 5,
        "before": "2021-05-25T06:45:01+00:00",
        "slips": 1,
        "numbers": 2,
        "sales": 3,
        "jobs": 4,
    }
