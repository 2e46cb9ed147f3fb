from hypothesis import given
from hypothesis import strategies as st

from contracts.money import Yen
from contracts.sales import Line
from receipts.tax import tax_by_rate

LINES = st.builds(
    Line,
    name=st.just("x"),
    quantity=st.integers(1, 9_999),
    unit_price=st.integers(0, 9_999_999).map(Yen),
    tax_rate=st.sampled_from((10, 8, 0)),
)


def test_tax_is_rounded_once_a_rate_not_once_a_line() -> None:
    lines = (Line(name="飴", quantity=1, unit_price=Yen(10), tax_rate=8),) * 3
    (part,) = tax_by_rate(lines)
    assert (part.total, part.tax) == (30, 2)  # three times 10 * 8 / 108, each alone, would be 0


def test_rates_stand_in_their_order_and_only_those_that_were_sold() -> None:
    lines = (
        Line(name="券", quantity=1, unit_price=Yen(400), tax_rate=0),
        Line(name="茶", quantity=2, unit_price=Yen(420), tax_rate=10),
    )
    told = [(part.rate, part.total, part.tax) for part in tax_by_rate(lines)]
    assert told == [(10, 840, 76), (0, 400, 0)]


@given(st.lists(LINES, max_size=20).map(tuple))
def test_parts_add_up_to_what_was_sold_and_tax_is_never_more_than_its_share(
    lines: tuple[Line, ...],
) -> None:
    parts = tax_by_rate(lines)
    assert sum(part.total for part in parts) == sum(
        line.quantity * line.unit_price for line in lines
    )
    for part in parts:
        assert part.tax * (100 + part.rate) <= part.total * part.rate
        assert (part.tax + 1) * (100 + part.rate) > part.total * part.rate
