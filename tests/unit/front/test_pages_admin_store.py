"""店舗情報: the form as a command, and what somebody else changed while it was open."""

import pytest

from contracts.stores import Issuer, StoreView
from front.model import Refused
from front.pages.admin.store import command_of, differences, fields_of

STORE = StoreView(
    store="S001",
    name="渋谷店",
    terminal_option=True,
    customer_slip="manual",
    slip_reprint="terminal_only",
    business_day_starts="05:00",
    time_zone="Asia/Tokyo",
    support_contact="03-0000-0000",
    version=7,
    issuer=Issuer(name="デモ", registration_number="T1234567890123"),
)


def a_form(**more: str) -> dict[str, str]:
    now = fields_of(STORE)
    return now | {f"seen.{name}": value for name, value in now.items()} | more


def test_the_form_as_it_was_shown_is_the_store_as_it_stands() -> None:
    command = command_of("S001", a_form())
    assert command.customer_slip == "manual"
    assert command.issuer == STORE.issuer
    assert command.slip_retention_years == 7


def test_only_what_somebody_else_changed_is_told_with_what_was_typed() -> None:
    form = a_form(customer_slip="auto", support_contact="06")
    now = fields_of(STORE) | {"support_contact": "0120"}
    told = differences(form, now)
    assert [(one.name, one.seen, one.now, one.typed) for one in told] == [
        ("support_contact", "03-0000-0000", "0120", "06")
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_slip", "perhaps"),
        ("business_day_starts", "25:00"),
        ("slip_retention_years", "0"),
        ("slip_retention_years", ""),
        ("issuer.registration_number", "T12"),
        ("support_contact", "x" * 201),
    ],
)
def test_a_field_that_cannot_be_is_named(field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        command_of("S001", a_form(**{field: value}))
    assert (refused.value.code, refused.value.fields["field"]) == ("invalid_body", field)
