"""差異: a case is shown where it was rung up, and settled in one of its ways."""

from typing import Any, Final
from urllib.parse import urlencode

import pytest

from testkit.customer import approved_for, pay
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import RunningSystem

AMOUNT: Final = 165
MANAGER: Final = {"operator_code": "manager", "password": "manager-demo"}
ACCEPT: Final = {"way": "accept", "reason": "お客様に現金で返金した"}


@pytest.fixture
def case(register: RegisterClient, terminal: TerminalClient) -> Any:
    """Paid in cash after `release`, and approved after all; the sale is closed."""
    terminal.fault("slow_centre", seconds=0.8)
    sale = register.open_sale(AMOUNT)["id"]
    path = f"/sales/{sale}/tenders"
    operation = register.tender(sale, AMOUNT)["operations"][0]["id"]
    pay(terminal)
    terminal.until_screen("centre")
    register.done(202, f"{path}/1/disconnect")
    register.until_tender(sale, 1, "in_doubt")
    register.done(202, f"{path}/1/release")
    register.done(201, path, {"method": "cash", "amount": AMOUNT, "received": AMOUNT})
    register.until_tender(sale, 1, "approved")
    closed = register.done(200, f"/sales/{sale}/close")
    assert len(approved_for(terminal, operation)) == 1
    (opened,) = closed["cases"]
    assert (opened["kind"], opened["state"]) == ("paid_twice", "open")
    return opened


def listed(client: RegisterClient, state: str, **more: str) -> list[Any]:
    asked = {"store": "S001", "register": "R1", "state": state} | more
    return client.read(f"/cases?{urlencode(asked)}")["cases"]


def settle(register: RegisterClient, case: Any, **body: object) -> Any:
    return register.post(f"/cases/{case['id']}/settle", body)


@pytest.mark.manual("2-1.6")
def test_a_case_is_shown_on_its_register_until_somebody_settles_it(
    system: RunningSystem, register: RegisterClient, case: Any
) -> None:
    assert listed(register, "open", limit="1") == [case]
    assert case in register.read("/stores/S001/registers/R1")["cases"]
    assert case not in listed(register, "settled")
    assert case not in listed(register, "open", register="R2")
    assert system.register("admin", "OTHER").read("/cases")["cases"] == []

    alone = settle(register, case, **ACCEPT)
    assert (alone.status, alone.body["code"]) == (403, "authorisation_required")
    wrong = settle(register, case, **ACCEPT, authorised_by=MANAGER | {"password": "x"})
    assert (wrong.status, wrong.body["code"]) == (403, "authorisation_refused")
    done = settle(register, case, **ACCEPT, authorised_by=MANAGER)
    assert (done.status, done.body["state"]) == (200, "settled")
    told = (done.body["settled_by"], done.body["authorised_by"], done.body["way"])
    assert told == ("cashier", "manager", "accept")
    assert done.body["reason"] == ACCEPT["reason"]

    assert case["id"] not in [one["id"] for one in listed(register, "open")]
    assert done.body in listed(register, "settled")
    again = settle(register, case, **ACCEPT, authorised_by=MANAGER)
    assert (again.status, again.body) == (200, done.body)
    other = settle(register, case, way="replace_tender", reason="x", authorised_by=MANAGER)
    assert (other.status, other.body["code"]) == (409, "case_settled")
    (kept,) = register.sale(case["sale"])["cases"]
    assert kept["state"] == "settled"


def test_the_tender_that_was_paid_instead_may_go(register: RegisterClient, case: Any) -> None:
    body = {"way": "replace_tender", "reason": "現金を返した", "authorised_by": MANAGER}
    done = settle(register, case, **body, tender=2)
    assert (done.status, done.body["state"], done.body["way"]) == (200, "settled", "replace_tender")
    after = register.sale(case["sale"])
    assert (after["state"], after["paid"], after["balance"]) == ("closed", AMOUNT, 0)
    assert [one["number"] for one in after["tenders"] if one["counted"]] == [1]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"way": "void"}, 409, "way_not_offered"),
        ({"way": "refund_on_terminal"}, 409, "not_in_journal"),
        ({"way": "replace_tender", "tender": 1}, 409, "tenders_do_not_match"),
        ({"way": "accept", "reason": ""}, 422, "invalid_body"),
    ],
)
def test_a_case_is_settled_in_one_of_its_ways_and_no_other(
    register: RegisterClient, case: Any, body: dict[str, Any], status: int, code: str
) -> None:
    asked = {"reason": "理由", "authorised_by": MANAGER} | body
    refused = settle(register, case, **asked)
    assert (refused.status, refused.body["code"]) == (status, code)
    assert case in listed(register, "open")


def test_nobody_settles_a_case_that_is_not_there_or_not_theirs(
    system: RunningSystem, case: Any
) -> None:
    nowhere = system.register("manager").post(
        "/cases/00000000-0000-7000-8000-000000000000/settle", ACCEPT
    )
    assert (nowhere.status, nowhere.body["code"]) == (404, "unknown_case")
    others = settle(system.register("manager", "OTHER"), case, **ACCEPT)
    assert (others.status, others.body["code"]) == (404, "unknown_case")
    assert settle(system.register("auditor"), case, **ACCEPT).status == 403


def test_a_late_result_of_nobodys_is_a_case_of_the_sale_that_was_rung_up_when_it_ended(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """The terminal paid, lost its link, and says much later, under an id that nobody ever gave."""
    terminal.fault("foreign_operation")
    terminal.fault("answer_late", seconds=4)
    terminal.fault("link_drop_at", screen="approved")
    then = register.open_sale(AMOUNT)["id"]
    operation = register.tender(then, AMOUNT)["operations"][0]["id"]
    pay(terminal)
    found = register.until_tender(then, 1, "approved")
    assert found["resolved_from"] == "journal"
    register.done(200, f"/sales/{then}/close")
    now = register.open_sale(AMOUNT)["id"]

    (case,) = until(lambda: register.sale(then)["cases"], "the result of nobody's to be a case")
    assert (case["kind"], case["evidence"]["operation"]) == ("foreign_result", None)
    assert case["evidence"]["slip_number"] == found["slip_number"]
    assert register.sale(now)["cases"] == []
    assert len(approved_for(terminal, operation)) == 1
    register.done(200, f"/sales/{now}/abandon")
