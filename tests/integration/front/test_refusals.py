"""Bad input and faults, each with its status and code (the issue's list)."""

import io
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from contracts.problems import PROBLEMS

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
LogIn = Callable[[str, str], Awaitable[Client]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

NOBODYS_SALE = "01234567-89ab-7def-8123-456789abcdef"
LINES = [{"name": "おにぎり", "quantity": 1, "unit_price": 165, "tax_rate": 8}]


def refused(answer: tuple[aiohttp.ClientResponse, dict[str, Any]], code: str) -> dict[str, Any]:
    response, told = answer
    assert told.get("code") == code, told
    assert response.status == told["status"] == PROBLEMS[code].status
    assert response.content_type == "application/problem+json"
    assert response.headers["X-Request-Id"]
    if response.status in {429, 503}:
        assert int(response.headers["Retry-After"]) > 0
    return told


async def opened(cashier: Client, key: Key, *, price: int = 165, register: str = "R1") -> str:
    body = {
        "store": "S001",
        "register": register,
        "lines": [{"name": "x", "quantity": 1, "unit_price": price, "tax_rate": 10}],
    }
    response, sale = await cashier(
        "POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()}
    )
    assert response.status == 201, sale
    return str(sale["id"])


@pytest.mark.parametrize("amount", ["0", "-1", "10000000", "1.5", "165.0", '"165"', "true", "null"])
async def test_an_amount_that_is_none_is_refused_by_name(
    cashier: Client, key: Key, amount: str
) -> None:
    sale = await opened(cashier, key)
    for method in ("terminal", "cash"):
        raw = f'{{"method":"{method}","amount":{amount}}}'.encode()
        answer = await cashier(
            "POST", f"/api/v1/sales/{sale}/tenders", raw=raw, headers={"Idempotency-Key": key()}
        )
        refused(answer, "invalid_amount")
    _, told = await cashier("GET", f"/api/v1/sales/{sale}")
    assert told["tenders"] == []


async def test_an_amount_over_the_balance_is_refused_with_what_is_owed(
    cashier: Client, key: Key
) -> None:
    sale = await opened(cashier, key)
    body = {"method": "terminal", "amount": 166}
    answer = await cashier(
        "POST", f"/api/v1/sales/{sale}/tenders", body, headers={"Idempotency-Key": key()}
    )
    assert refused(answer, "amount_exceeds_balance")["balance"] == 165


async def test_a_total_over_the_terminals_seven_digits_is_refused(
    cashier: Client, key: Key
) -> None:
    lines = [{"name": "x", "quantity": 2, "unit_price": 9_999_999, "tax_rate": 10}]
    body = {"store": "S001", "register": "R1", "lines": lines}
    answer = await cashier("POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()})
    refused(answer, "total_out_of_range")


@pytest.mark.parametrize(
    ("store", "register", "code"),
    [
        ("S999", "R1", "unknown_store"),
        ("S901", "R1", "unknown_store"),
        ("S001", "R9", "unknown_register"),
    ],
)
async def test_a_sale_needs_a_store_and_register_of_ones_own(
    cashier: Client, key: Key, store: str, register: str, code: str
) -> None:
    body = {"store": store, "register": register, "lines": LINES}
    answer = await cashier("POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()})
    refused(answer, code)


@pytest.mark.parametrize("sale", [NOBODYS_SALE, "1", "x" * 300, "%00", "S*>"])
async def test_an_unknown_or_malformed_sale_is_not_there(
    cashier: Client, key: Key, sale: str
) -> None:
    refused(await cashier("GET", f"/api/v1/sales/{sale}"), "unknown_sale")
    refused(await cashier("GET", f"/api/v1/sales/{sale}/events"), "unknown_sale")
    headers = {"Idempotency-Key": key()}
    body = {"method": "cash", "amount": 1}
    tender = await cashier("POST", f"/api/v1/sales/{sale}/tenders", body, headers=headers)
    refused(tender, "unknown_sale")
    refused(await cashier("POST", f"/api/v1/sales/{sale}/close"), "unknown_sale")


async def test_another_companys_things_are_not_there(
    cashier: Client, log_in: LogIn, key: Key
) -> None:
    stranger = await log_in("OTHER", "cashier")
    sale = await opened(cashier, key)
    refused(await stranger("GET", f"/api/v1/sales/{sale}"), "unknown_sale")
    refused(await stranger("GET", f"/api/v1/sales/{sale}/events"), "unknown_sale")
    refused(await stranger("POST", f"/api/v1/sales/{sale}/close"), "unknown_sale")
    refused(await stranger("POST", f"/api/v1/sales/{sale}/abandon"), "unknown_sale")
    body = {"method": "cash", "amount": 1}
    headers = {"Idempotency-Key": key()}
    tender = await stranger("POST", f"/api/v1/sales/{sale}/tenders", body, headers=headers)
    refused(tender, "unknown_sale")
    for path in ("", "/registers", "/terminals", "/registers/R1", "/registers/R1/events"):
        refused(await stranger("GET", f"/api/v1/stores/S001{path}"), "unknown_store")
    terminal = "/api/v1/stores/S001/terminals/T1"
    refused(await stranger("GET", terminal), "unknown_store")
    refused(await stranger("POST", f"{terminal}/check"), "unknown_store")
    refused(await stranger("GET", f"{terminal}/journal"), "unknown_store")
    response, page = await stranger("GET", "/api/v1/sales")
    assert response.status == 200
    assert sale not in {one["id"] for one in page["sales"]}


@pytest.mark.parametrize("raw", [b"", b"{", b"amount=1", b"[" * 100_000, b"\xff"])
async def test_a_body_that_is_not_json_is_unreadable(cashier: Client, key: Key, raw: bytes) -> None:
    headers = {"Idempotency-Key": key()}
    refused(await cashier("POST", "/api/v1/sales", raw=raw, headers=headers), "not_json")


async def test_a_body_over_one_mebibyte_is_too_large(cashier: Client, key: Key) -> None:
    headers = {"Idempotency-Key": key()}
    large = io.BytesIO(b" " * (1024 * 1024 + 1))
    answer = await cashier("POST", "/api/v1/sales", raw=large, headers=headers)
    assert refused(answer, "body_too_large")["limit"] == 1024 * 1024


@pytest.mark.parametrize(
    ("sent", "value"), [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")]
)
async def test_another_kind_of_body_is_not_taken(
    cashier: Client, key: Key, sent: str, value: str
) -> None:
    headers = {"Idempotency-Key": key(), sent: value}
    answer = await cashier("POST", "/api/v1/sales", raw=b"{}", headers=headers)
    refused(answer, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"store": 1, "register": "R1", "lines": LINES}, "/store"),
        ({"store": "S001", "register": "R1", "lines": []}, "/lines"),
        ({"store": "S001", "register": "R1", "lines": LINES, "lins": []}, "/lins"),
        ({"store": "S001", "register": "R1", "lines": [{**LINES[0], "quantity": 0}]}, None),
        ({"store": "S001", "register": "R1", "lines": [{**LINES[0], "tax_rate": 9}]}, None),
        ({"store": "S001", "register": "R1", "lines": [{**LINES[0], "name": "a\0"}]}, None),
        ({"store": "S001\n", "register": "R1", "lines": LINES}, "/store"),
    ],
)
async def test_a_body_of_the_wrong_shape_says_where(
    cashier: Client, key: Key, body: object, pointer: str | None
) -> None:
    headers = {"Idempotency-Key": key()}
    told = refused(await cashier("POST", "/api/v1/sales", body, headers=headers), "invalid_body")
    assert (
        told["pointer"].startswith("/lines/0/") if pointer is None else told["pointer"] == pointer
    )


async def test_a_sale_and_a_tender_need_a_key(cashier: Client, key: Key) -> None:
    body = {"store": "S001", "register": "R1", "lines": LINES}
    refused(await cashier("POST", "/api/v1/sales", body), "idempotency_key_required")
    sale = await opened(cashier, key)
    tender = {"method": "cash", "amount": 1}
    path = f"/api/v1/sales/{sale}/tenders"
    refused(await cashier("POST", path, tender), "idempotency_key_required")
    empty = await cashier("POST", path, tender, headers={"Idempotency-Key": ""})
    refused(empty, "idempotency_key_required")
    long = await cashier("POST", path, tender, headers={"Idempotency-Key": "x" * 256})
    refused(long, "bad_parameter")


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(
    cashier: Client, key: Key
) -> None:
    headers = {"Idempotency-Key": key()}
    body = {"store": "S001", "register": "R1", "lines": LINES}
    first, sale = await cashier("POST", "/api/v1/sales", body, headers=headers)
    again, same = await cashier("POST", "/api/v1/sales", body, headers=headers)
    assert (first.status, again.status) == (201, 201)
    assert sale == same
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await cashier("POST", "/api/v1/sales", {**body, "register": "R2"}, headers=headers)
    refused(other, "idempotency_key_reused")


async def test_a_refusal_is_repeated_as_it_was(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key)
    headers = {"Idempotency-Key": key()}
    path, body = f"/api/v1/sales/{sale}/tenders", {"method": "cash", "amount": 166}
    first = refused(await cashier("POST", path, body, headers=headers), "amount_exceeds_balance")
    answer = await cashier("POST", path, body, headers=headers)
    assert refused(answer, "amount_exceeds_balance") == first
    assert answer[0].headers["Idempotent-Replayed"] == "true"


async def test_a_store_out_of_reach_is_told_within_a_second_and_leaves_no_tender(
    cashier: Client, key: Key
) -> None:
    sale = await opened(cashier, key)
    headers = {"Idempotency-Key": key()}
    body = {"method": "terminal", "amount": 165}
    started = time.perf_counter()
    answer = await cashier("POST", f"/api/v1/sales/{sale}/tenders", body, headers=headers)
    took_s = time.perf_counter() - started
    refused(answer, "terminal_unreachable")
    assert took_s < 5, "at once, and not after a time-out"
    _, told = await cashier("GET", f"/api/v1/sales/{sale}")
    assert told["tenders"] == []
    assert told["pending"] == 0
    for method, path in (("POST", "check"), ("GET", "journal")):
        answer = await cashier(method, f"/api/v1/stores/S001/terminals/T1/{path}")
        refused(answer, "terminal_unreachable")


async def test_a_register_without_a_terminal_cannot_use_one(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key, register="R2")
    headers = {"Idempotency-Key": key()}
    body = {"method": "terminal", "amount": 165}
    answer = await cashier("POST", f"/api/v1/sales/{sale}/tenders", body, headers=headers)
    refused(answer, "no_terminal_paired")


async def test_without_a_session_nothing_is_shown(nobody: Client) -> None:
    for path in ("/api/v1/sales", "/api/v1/stores", "/api/v1/session"):
        refused(await nobody("GET", path), "not_authenticated")
    for token in ("x", "x" * 5_000, "é", "a b"):
        headers = {"Authorization": f"Bearer {token}"}
        refused(await nobody("GET", "/api/v1/sales", headers=headers), "not_authenticated")
    headers = {"Authorization": "Basic eDp5"}
    refused(await nobody("GET", "/api/v1/sales", headers=headers), "not_authenticated")


async def test_whichever_part_of_a_log_in_is_wrong_the_words_are_the_same(nobody: Client) -> None:
    right = {"company_code": "DEMO", "operator_code": "auditor", "password": "auditor-demo"}
    told = [
        refused(await nobody("POST", "/api/v1/login", {**right, **wrong}), "invalid_credentials")
        for wrong in (
            {"company_code": "NONE"},
            {"operator_code": "nobody"},
            {"password": "wrong"},
            {"password": ""},
            {"company_code": "'; DROP TABLE--", "operator_code": "<b>"},
        )
    ]
    assert all(one == told[0] for one in told)


async def test_too_many_wrong_log_ins_have_to_wait(nobody: Client) -> None:
    body = {"company_code": "OTHER", "operator_code": "auditor", "password": "wrong"}
    answers = [await nobody("POST", "/api/v1/login", body) for _ in range(8)]
    refused(answers[0], "invalid_credentials")
    refused(answers[-1], "too_many_attempts")


async def test_who_only_reads_may_not_sell_and_who_sells_may_not_pair(
    log_in: LogIn, cashier: Client, key: Key
) -> None:
    auditor = await log_in("DEMO", "auditor")
    body = {"store": "S001", "register": "R1", "lines": LINES}
    headers = {"Idempotency-Key": key()}
    refused(await auditor("POST", "/api/v1/sales", body, headers=headers), "not_permitted")
    pairing = {"model": "CT-6100", "terminal": "T2"}
    path = "/api/v1/stores/S001/registers/R2/terminal"
    refused(await cashier("PUT", path, pairing), "not_permitted")
    refused(await cashier("DELETE", path), "not_permitted")
    settings = {"customer_slip": "auto"}
    refused(await cashier("PATCH", "/api/v1/stores/S001", settings), "not_permitted")


async def test_pairing_refuses_by_name(admin: Client) -> None:
    path = "/api/v1/stores/{}/registers/{}/terminal"
    held = await admin("PUT", path.format("S001", "R2"), {"model": "CT-6100", "terminal": "T1"})
    assert refused(held, "terminal_already_paired")["holder"] == "R1"
    body = {"model": "CT-6100", "terminal": "T1"}
    refused(await admin("PUT", path.format("S003", "R1"), body), "terminal_option_not_contracted")
    body = {"model": "CT-6100", "terminal": "T9"}
    refused(await admin("PUT", path.format("S001", "R2"), body), "unknown_terminal")
    refused(await admin("PUT", path.format("S001", "R9"), body), "unknown_register")
    refused(await admin("PUT", path.format("S009", "R1"), body), "unknown_store")


async def test_what_is_not_offered_is_a_problem_too(cashier: Client, nobody: Client) -> None:
    refused(await nobody("GET", "/api/v1/nothing"), "not_found")
    refused(await nobody("GET", "/api/v1/sales/"), "not_found")
    answer = await cashier("DELETE", "/api/v1/sales")
    refused(answer, "method_not_allowed")
    assert answer[0].headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    "query",
    [
        "after=1",
        "limit=0",
        "limit=201",
        "limit=x",
        "state=shut",
        "store=S*",
        "stor=S001",
        "debug=1",
    ],
)
async def test_a_parameter_that_cannot_be_used_is_refused(cashier: Client, query: str) -> None:
    refused(await cashier("GET", f"/api/v1/sales?{query}"), "bad_parameter")
