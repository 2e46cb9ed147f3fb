"""What holds for a brand, and who may give money back: seen and changed over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
LogIn = Callable[[str, str], Awaitable[Client]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

RULES = "/api/v1/stores/S002/brand-rules"
COMPANY = "/api/v1/company"
MINE = {
    "brand": "WAON",
    "media": "emoney",
    "valid_from": "2026-06-01",
    "window_days": 14,
    "same_terminal_only": True,
}
QUERY = "?media=emoney&brand=WAON&valid_from=2026-06-01"


def of(told: dict[str, Any], brand: str) -> list[dict[str, Any]]:
    return [rule for rule in told["rules"] if rule["brand"] == brand]


async def test_the_rules_that_are_shipped_say_which_e_money_goes_back(cashier: Client) -> None:
    response, told = await cashier("GET", RULES)
    assert response.status == 200
    kept = {rule["brand"] for rule in told["rules"] if rule.get("cancellable") is False}
    assert kept == {"nanaco", "交通系", "WAON", "楽天Edy"}
    assert all(rule["ways"] == ["cash", "support"] for brand in kept for rule in of(told, brand))


async def test_a_store_gets_a_rule_of_its_own_and_loses_it_again(
    log_in: LogIn, cashier: Client, key: Key
) -> None:
    manager = await log_in("DEMO", "manager")
    headers = {"Idempotency-Key": key()}
    response, told = await manager("PUT", RULES, {"rule": MINE}, headers=headers)
    assert response.status == 200, told
    assert told.items() >= {**MINE, "store": "S002"}.items()
    response, again = await manager("PUT", RULES, {"rule": MINE}, headers=headers)
    assert (response.headers["Idempotent-Replayed"], again) == ("true", told)
    _, listed = await cashier("GET", RULES)
    assert [rule.get("store") for rule in of(listed, "WAON")] == [None, "S002"]
    _, elsewhere = await cashier("GET", "/api/v1/stores/S001/brand-rules")
    assert len(of(elsewhere, "WAON")) == 1

    response, _ = await manager("DELETE", RULES + QUERY)
    assert response.status == 204
    response, told = await manager("DELETE", RULES + QUERY)
    assert (response.status, told["code"]) == (404, "unknown_brand_rule")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({**MINE, "ways": ["voucher"]}, {"pointer": "/rule/ways/0"}),
        ({**MINE, "store": "S001"}, {"pointer": "/rule/store"}),
        ({**MINE, "media": "card", "ways": ["cash"]}, {"field": "rule.ways"}),
        ({**MINE, "cancellable": False}, {"field": "rule.reason"}),
        ({**MINE, "valid_from": "2026-02-30"}, {"field": "rule.valid_from"}),
        ({"brand": "WAON", "media": "emoney"}, {"pointer": "/rule/valid_from"}),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_with_its_field(
    admin: Client, rule: dict[str, Any], told: dict[str, str]
) -> None:
    for path in (RULES, f"{COMPANY}/brand-rules"):
        response, problem = await admin("PUT", path, {"rule": rule})
        assert (response.status, problem["code"]) == (422, "invalid_body")
        assert problem.items() >= told.items()


async def test_a_rule_to_take_away_is_named_whole(admin: Client) -> None:
    response, told = await admin("DELETE", RULES + "?media=emoney&brand=WAON")
    assert (response.status, told["code"], told["parameter"]) == (
        400,
        "bad_parameter",
        "valid_from",
    )


async def test_who_may_not_sets_nothing(cashier: Client, log_in: LogIn) -> None:
    manager = await log_in("DEMO", "manager")
    stranger = await log_in("OTHER", "admin")
    for client, method, path, body, code in (
        (cashier, "PUT", RULES, {"rule": MINE}, "not_permitted"),
        (cashier, "DELETE", RULES + QUERY, None, "not_permitted"),
        (manager, "PUT", f"{COMPANY}/brand-rules", {"rule": MINE}, "not_permitted"),
        (manager, "PATCH", COMPANY, {"refund_needs_manager": True}, "not_permitted"),
        (stranger, "PUT", RULES, {"rule": MINE}, "unknown_store"),
        (stranger, "GET", RULES, None, "unknown_store"),
    ):
        _, told = await client(method, path, body)
        assert told["code"] == code, (method, path)


async def test_an_admin_says_what_holds_in_all_stores_of_its_own_company(log_in: LogIn) -> None:
    admin, stranger = await log_in("OTHER", "admin"), await log_in("DEMO", "admin")
    rule = {"brand": "PayPay", "media": "code", "valid_from": "2027-01-01", "window_days": 365}
    response, told = await admin("PUT", f"{COMPANY}/brand-rules", {"rule": rule})
    assert response.status == 200, told
    response, told = await admin("PATCH", COMPANY, {"refund_needs_manager": True})
    assert (response.status, told["refund_needs_manager"]) == (200, True)
    assert [each.get("window_days") for each in of(told, "PayPay")] == [None, 365]
    _, shown = await admin("GET", "/api/v1/stores/S901/brand-rules")
    assert len(of(shown, "PayPay")) == 2
    _, told = await stranger("GET", COMPANY)
    assert (told["company"], told["refund_needs_manager"]) == ("DEMO", False)
    assert len(of(told, "PayPay")) == 1
