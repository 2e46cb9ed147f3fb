"""The register as one machine: parked sales (保留), and one page at a time."""

import itertools
import time
from typing import Final

import pytest

from testkit.http import RegisterClient, Reply
from testkit.system import RunningSystem

STORE: Final = "S002"
HERE: Final = f"/stores/{STORE}/registers/R1"
CASH: Final = {"method": "cash", "amount": 165, "received": 165}

_pages = itertools.count(1)


class Page:
    """One open page of the register: what it changes, it changes in its own name."""

    def __init__(self, system: RunningSystem, operator: str = "cashier") -> None:
        self.register = system.register(operator)
        self.id = f"page-{time.time_ns()}-{next(_pages)}"
        self.headers = {"Register-Page": self.id}

    def post(self, path: str, body: object = None) -> Reply:
        headers = self.headers | {"Idempotency-Key": f"{self.id}-{next(_pages)}"}
        return self.register.send("POST", f"/api/v1{path}", body or {}, headers=headers)

    def sit_down(self, **body: bool) -> Reply:
        return self.register.send("PUT", f"/api/v1{HERE}/seat", body, headers=self.headers)

    def ring_up(self) -> Reply:
        line = {"name": "お茶", "quantity": 1, "unit_price": 165, "tax_rate": 8}
        return self.post("/sales", {"store": STORE, "register": "R1", "lines": [line]})


@pytest.fixture
def first(system: RunningSystem) -> Page:
    return Page(system)


@pytest.fixture
def second(system: RunningSystem) -> Page:
    return Page(system, "manager")


def test_the_second_page_is_told_and_can_take_over(
    register: RegisterClient, first: Page, second: Page
) -> None:
    seat = first.sit_down(take_over=True)
    assert (seat.status, seat.body["page"], seat.body["operator"]) == (200, first.id, "cashier")
    assert first.sit_down().status == 200
    sale = first.ring_up().body["id"]

    refused = second.sit_down()
    assert (refused.status, refused.body["code"]) == (409, "register_taken_over")
    with register.events(f"{HERE}/events") as events:
        assert next(events).data["seat"]["page"] == first.id
        taken = second.sit_down(take_over=True)
        assert (taken.status, taken.body["operator"]) == (200, "manager")
        told = next(event.data for event in events if event.name == "seat")
    assert (told["page"], told["operator"]) == (second.id, "manager")

    for path, body in ((f"/sales/{sale}/tenders", CASH), (f"/sales/{sale}/abandon", None)):
        late = first.post(path, body)
        assert (late.status, late.body["code"]) == (409, "register_taken_over"), path
    assert first.ring_up().body["code"] == "register_taken_over"
    assert register.sale(sale)["tenders"] == []

    assert register.read(HERE)["active"]["id"] == sale
    assert second.post(f"/sales/{sale}/tenders", CASH).status == 201
    assert second.post(f"/sales/{sale}/close").body["state"] == "closed"


def test_a_program_without_a_page_is_asked_for_none(register: RegisterClient, first: Page) -> None:
    assert first.sit_down(take_over=True).status == 200
    sale = register.open_sale(165, store=STORE)["id"]
    register.done(201, f"/sales/{sale}/tenders", CASH)
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"


@pytest.mark.parametrize("given", [None, "", "short", "no blanks in it"])
def test_a_seat_needs_a_page(register: RegisterClient, given: str | None) -> None:
    headers = {} if given is None else {"Register-Page": given}
    refused = register.send("PUT", f"/api/v1{HERE}/seat", {}, headers=headers)
    assert (refused.status, refused.body["code"]) == (400, "bad_parameter")
    assert refused.body["parameter"] == "Register-Page"


def test_a_new_sale_parks_the_open_one_which_is_taken_up_again(register: RegisterClient) -> None:
    first = register.open_sale(165, store=STORE)["id"]
    second = register.open_sale(330, store=STORE)["id"]
    assert standing(register, first, second) == (second, {first})
    assert register.sale(first)["parked"] is True

    resumed = register.done(200, f"/sales/{first}/resume")
    assert (resumed["id"], resumed["parked"]) == (first, False)
    assert register.sale(second)["parked"] is True
    assert standing(register, first, second) == (first, {second})
    assert register.done(200, f"/sales/{first}/resume")["id"] == first

    register.done(201, f"/sales/{first}/tenders", CASH)
    register.done(200, f"/sales/{first}/close")
    late = register.post(f"/sales/{first}/resume")
    assert (late.status, late.body["code"]) == (409, "sale_closed")
    register.done(200, f"/sales/{second}/resume")
    assert standing(register, first, second) == (second, set())
    register.done(200, f"/sales/{second}/abandon")
    gone = register.post(f"/sales/{second}/resume")
    assert (gone.status, gone.body["code"]) == (409, "sale_abandoned")


def standing(register: RegisterClient, *mine: str) -> tuple[str, set[str]]:
    """Return the register's active sale, and which of `mine` are parked."""
    view = register.read(HERE)
    return view["active"]["id"], {sale["id"] for sale in view["parked"]} & set(mine)
