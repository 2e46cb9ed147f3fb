"""Whose word is enough for an override: a manager's or an admin's who may see the store."""

from typing import Any

import pytest

from checkout.authority import confirmed_by, manager_of
from contracts.envelope import Actor, Authority, Role


@pytest.mark.parametrize(
    ("role", "stores", "enough"),
    [
        (Role.MANAGER, (), True),
        (Role.MANAGER, ("S001",), True),
        (Role.MANAGER, ("S002",), False),
        (Role.ADMIN, (), True),
        (Role.CASHIER, (), False),
        (Role.AUDITOR, (), False),
        (Role.PARTNER, (), False),
        (Role.PLATFORM, (), False),
    ],
)
def test_a_manager_of_the_store_or_an_admin_confirms(
    build: Any, role: Role, stores: tuple[str, ...], *, enough: bool
) -> None:
    expected = "boss" if enough else None
    confirmed = Authority(operator="boss", role=role, stores=stores)
    assert confirmed_by(build.moment(authority=confirmed), "S001") == expected
    assert manager_of(build.moment(authority=confirmed), "S001") == expected
    asks = Actor(company="DEMO", operator="boss", role=role, stores=stores)
    assert manager_of(build.moment(asks), "S001") == expected
    assert confirmed_by(build.moment(asks), "S001") is None


def test_who_confirmed_answers_for_it_before_who_asks(build: Any) -> None:
    asks = Actor(company="DEMO", operator="first", role=Role.MANAGER)
    moment = build.moment(asks, Authority(operator="second", role=Role.ADMIN))
    assert manager_of(moment, "S001") == "second"
    assert manager_of(build.moment(None), "S001") is None
