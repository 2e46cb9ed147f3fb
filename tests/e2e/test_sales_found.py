"""伝票明細 over HTTP: found by what somebody knows of a sale, as on the page."""

from typing import Any

import pytest

from testkit.customer import pay
from testkit.http import RegisterClient, TerminalClient


@pytest.fixture
def closed(register: RegisterClient) -> dict[str, Any]:
    """A sale of an amount of its own, paid in two parts."""
    sale = register.open_sale(4_321)["id"]
    for amount in (1_234, 3_087):
        cash = {"method": "cash", "amount": amount, "received": amount}
        register.done(201, f"/sales/{sale}/tenders", cash)
    told: dict[str, Any] = register.done(200, f"/sales/{sale}/close")
    return told


def found(register: RegisterClient, query: str) -> list[str]:
    return [one["id"] for one in register.read(f"/sales?store=S001&{query}")["sales"]]


def test_a_sale_is_found_by_its_number_its_amounts_and_what_is_due(
    register: RegisterClient, closed: dict[str, Any]
) -> None:
    sale, number = closed["id"], closed["number"]
    assert found(register, f"number={number}") == [sale]
    assert sale in found(register, f"number={number[-4:]}")
    assert found(register, f"number={number}x") == []
    for amount in (4_321, 1_234, 3_087):
        assert sale in found(register, f"amount={amount}")
    assert sale not in found(register, "amount=4320")
    assert sale in found(register, "void_due=false&limit=200")
    assert sale not in found(register, "void_due=true&limit=200")


@pytest.mark.parametrize("query", ["slip_number=00000", "card_last=0000", "brand=nobodys"])
def test_what_no_tender_of_it_has_does_not_find_it(
    register: RegisterClient, closed: dict[str, Any], query: str
) -> None:
    assert closed["id"] not in found(register, query)


@pytest.mark.parametrize(
    "query",
    [
        "amount=-1",
        "amount=1.5",
        "amount=99999999",
        "slip_number=12",
        "card_last=12345",
        "card_last=12a4",
        "void_due=perhaps",
        f"number={'1' * 41}",
        f"brand={'x' * 41}",
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(register: RegisterClient, query: str) -> None:
    refused = register.send("GET", f"/api/v1/sales?{query}")
    assert (refused.status, refused.body["code"]) == (400, "bad_parameter")
    assert refused.body["parameter"] == query.partition("=")[0]


def test_a_card_payment_is_found_by_its_slip_its_card_and_its_brand(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(777)["id"]
    register.tender(sale, 777)
    pay(terminal)
    tender = register.until_tender(sale, 1, "approved")
    slip, card, brand = tender["slip_number"], tender["card_number"][-4:], tender["brand"]
    register.done(202, f"/sales/{sale}/tenders/1/acknowledge")
    for query in (
        f"slip_number={slip}",
        f"card_last={card}",
        f"brand={brand.lower()}",
        f"slip_number={slip}&card_last={card}&brand={brand}&amount=777",
    ):
        assert sale in found(register, query), query
    assert sale not in found(register, f"slip_number={slip}&brand=nobodys")
