"""A manager's `authorised_by`, proven by the real `store_config` before `checkout` hears of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from messaging.bus import Bus
from messaging.wire import WireMessage

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

LINES = [{"name": "茶", "quantity": 1, "unit_price": 300, "tax_rate": 8}]
CASH = {"method": "cash", "amount": 100}
PASSWORD = "manager-demo"
BY = {"operator_code": "manager", "password": PASSWORD}
WRONG = {"operator_code": "manager", "password": "guessed"}


async def paying(cashier: Client, key: Key) -> str:
    body = {"store": "S001", "register": "R1", "lines": LINES}
    response, sale = await cashier(
        "POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()}
    )
    assert response.status == 201
    return f"/api/v1/sales/{sale['id']}/tenders"


async def test_a_refused_confirmation_is_not_kept_and_the_proven_one_is(
    cashier: Client, key: Key
) -> None:
    path, headers = await paying(cashier, key), {"Idempotency-Key": key()}
    refused, told = await cashier("POST", path, CASH | {"authorised_by": WRONG}, headers=headers)
    assert (refused.status, told["code"]) == (403, "authorisation_refused")

    first, tender = await cashier("POST", path, CASH | {"authorised_by": BY}, headers=headers)
    assert (first.status, "Idempotent-Replayed" in first.headers) == (201, False)
    again, same = await cashier("POST", path, CASH | {"authorised_by": BY}, headers=headers)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert same == tender
    for repeated in (CASH, CASH | {"authorised_by": None}):
        other, told = await cashier("POST", path, repeated, headers=headers)
        assert (other.status, told["code"]) == (422, "idempotency_key_reused")

    refused, _ = await cashier("POST", path, CASH | {"authorised_by": WRONG}, headers=headers)
    assert refused.status == 403
    other, told = await cashier("POST", path, CASH | {"amount": 101}, headers=headers)
    assert (other.status, told["code"]) == (422, "idempotency_key_reused")
    _, sale = await cashier("GET", path.removesuffix("/tenders"))
    assert sale["paid"] == 100


async def test_the_password_goes_to_nobody_but_who_checks_it(
    cashier: Client, key: Key, bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[WireMessage] = []

    async def hear(message: WireMessage) -> None:
        heard.append(message)

    subscription = await bus.wire.subscribe(">", hear, pending_max=10_000)
    with caplog.at_level("DEBUG"):
        path = await paying(cashier, key)
        answered, _ = await cashier(
            "POST",
            path,
            CASH | {"authorised_by": BY},
            headers={"Idempotency-Key": key()},
        )
    assert answered.status == 201
    assert await bus.ping()
    await subscription.unsubscribe()

    told = {message.subject for message in heard if PASSWORD.encode() in message.data}
    assert told == {"svc.store_config.confirm_operator"}
    (asked,) = [one.data for one in heard if one.subject == "svc.checkout.add_tender"]
    assert b'"authority":{"operator":"manager","role":"manager"' in asked
    assert PASSWORD not in caplog.text


async def test_guessing_at_confirmations_is_locked_out_as_guessing_at_log_ins_is(
    cashier: Client, key: Key
) -> None:
    path = await paying(cashier, key)
    guess = CASH | {"authorised_by": {"operator_code": "no-such-person", "password": "guessed"}}
    codes: list[tuple[int, str]] = []
    for _ in range(20):
        response, told = await cashier("POST", path, guess, headers={"Idempotency-Key": key()})
        codes.append((response.status, told["code"]))
        if response.status == 429:
            assert int(response.headers["Retry-After"]) >= 1
            break
    assert codes[0] == (403, "authorisation_refused")
    assert codes[-1] == (429, "too_many_attempts")
    _, sale = await cashier("GET", path.removesuffix("/tenders"))
    assert (sale["paid"], sale["tenders"]) == (0, [])
