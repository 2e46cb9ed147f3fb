"""Whole card numbers where people may write what they like: refused at the door, kept nowhere."""

from typing import Any, Final, NamedTuple

import pytest

from testkit.system import RunningSystem

CARD: Final = "5555 5555 5555 4444"
AMEX: Final = "378282246310005"

LINE: Final = {"name": "お茶", "quantity": 1, "unit_price": 100, "tax_rate": 8}
SALE: Final = {"store": "S001", "register": "R1", "lines": [LINE]}
PAID: Final = {"method": "other", "amount": 1, "kind": "商品券"}
ANY_SALE: Final = "/sales/00000000-0000-7000-8000-000000000001"
ANY_CASE: Final = "/cases/00000000-0000-7000-8000-000000000001"


class Probe(NamedTuple):
    """What is sent, by whom, and where the number stands in it."""

    operator: str
    method: str
    path: str
    body: dict[str, Any]
    pointer: str


PROBES: Final = (
    Probe("cashier", "POST", "/sales", SALE | {"lines": [LINE | {"name": CARD}]}, "/lines/0/name"),
    Probe(
        "cashier",
        "POST",
        "/sales",
        SALE | {"lines": [LINE, LINE | {"name": f"茶 {AMEX} 円"}]},
        "/lines/1/name",
    ),
    Probe("cashier", "POST", f"{ANY_SALE}/tenders", PAID | {"kind": CARD}, "/kind"),
    Probe("cashier", "POST", f"{ANY_SALE}/tenders", PAID | {"note": f"card {CARD}"}, "/note"),
    Probe("manager", "POST", f"{ANY_SALE}/void", {"reason": f"{AMEX} twice"}, "/reason"),
    Probe(
        "manager",
        "POST",
        f"{ANY_SALE}/correct",
        {"tenders": [{"method": "cash", "amount": 1, "note": CARD}]},
        "/tenders/0/note",
    ),
    Probe(
        "manager",
        "POST",
        f"{ANY_SALE}/tenders/1/resolve",
        {"outcome": "approved", "reason": f"slip says {CARD}"},
        "/reason",
    ),
    Probe("manager", "POST", f"{ANY_CASE}/settle", {"way": "accept", "reason": CARD}, "/reason"),
    Probe("manager", "PATCH", "/stores/S001", {"support_contact": CARD}, "/support_contact"),
    Probe("manager", "PATCH", "/stores/S001", {"issuer": {"name": AMEX}}, "/issuer/name"),
)


@pytest.mark.parametrize("probe", PROBES, ids=lambda one: f"{one.path} {one.pointer}")
def test_a_text_with_a_whole_card_number_is_refused_where_it_stands(
    system: RunningSystem, probe: Probe
) -> None:
    client = system.register(probe.operator)
    reply = client.send(
        probe.method, f"/api/v1{probe.path}", probe.body, headers={"Idempotency-Key": probe.pointer}
    )
    assert (reply.status, reply.body["code"]) == (422, "card_number_in_text"), reply.body
    assert reply.body["pointer"] == probe.pointer
    told = str(reply.body)
    assert CARD not in told
    assert AMEX not in told


def test_nothing_of_it_stands_in_a_log(system: RunningSystem) -> None:
    log = system.log()
    for number in (CARD, CARD.replace(" ", ""), AMEX):
        assert number not in log


def test_a_number_that_is_none_may_be_written(system: RunningSystem) -> None:
    body = SALE | {"lines": [LINE | {"name": "JAN 4901234567894 / 5555 5555 5555 4445"}]}
    sale = system.register().done(201, "/sales", body)
    system.register().done(200, f"/sales/{sale['id']}/abandon")
