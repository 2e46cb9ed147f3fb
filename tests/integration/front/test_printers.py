"""Receipt printers and who issues receipts, as a manager sets them over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
LogIn = Callable[[str, str], Awaitable[Client]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

STORE = "/api/v1/stores/S002"
PRINTER = f"{STORE}/printers/P7"


async def test_a_printer_is_added_printed_on_and_taken_away(admin: Client, key: Key) -> None:
    entry = {
        "printer": "P7",
        "host": "receipt.local",
        "port": 9_100,
        "profile": "TM-T20II",
        "columns": 32,
    }
    body = {name: told for name, told in entry.items() if name not in {"printer", "port"}}
    headers = {"Idempotency-Key": key()}
    response, told = await admin("PUT", PRINTER, body, headers=headers)
    assert (response.status, told) == (200, entry)
    response, told = await admin("PUT", PRINTER, body, headers=headers)
    assert (response.headers["Idempotent-Replayed"], told) == ("true", entry)
    _, listed = await admin("GET", f"{STORE}/printers")
    assert entry in listed["printers"]

    register = f"{STORE}/registers/R1/printer"
    response, told = await admin("PUT", register, {"printer": "P7"})
    assert (response.status, told["register"], told["printer"]) == (200, "R1", "P7")
    response, told = await admin("PUT", register, {"printer": "P99"})
    assert (response.status, told["code"]) == (404, "unknown_printer")

    headers = {"Idempotency-Key": key()}
    response, told = await admin("DELETE", PRINTER, headers=headers)
    assert (response.status, told) == (204, {})
    response, _ = await admin("DELETE", PRINTER, headers=headers)
    assert (response.status, response.headers["Idempotent-Replayed"]) == (204, "true")
    response, told = await admin("DELETE", PRINTER)
    assert (response.status, told["code"]) == (404, "unknown_printer")
    _, registers = await admin("GET", f"{STORE}/registers")
    assert [one["printer"] for one in registers["registers"]] == [None, None]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"host": "169.254.169.254"}, None),
        ({"host": "192.168.0.9", "port": 25}, None),
        ({"host": "192.168.0.9\r\nEHLO x"}, None),
        ({"host": "192.168.0.9", "columns": 40}, "/columns"),
        ({"host": "192.168.0.9", "prot": 9_100}, "/prot"),
        ({}, "/host"),
    ],
)
async def test_an_address_that_is_none_is_refused(
    admin: Client, body: dict[str, Any], pointer: str | None
) -> None:
    response, told = await admin("PUT", PRINTER, body)
    assert (response.status, told["code"], told.get("pointer")) == (422, "invalid_body", pointer)


async def test_a_cashier_sees_the_printers_and_sets_none(cashier: Client) -> None:
    response, _ = await cashier("GET", f"{STORE}/printers")
    assert response.status == 200
    body = {"host": "192.168.0.9"}
    for method, path, sent in (
        ("PUT", PRINTER, body),
        ("DELETE", PRINTER, None),
        ("PUT", f"{STORE}/registers/R1/printer", {"printer": None}),
    ):
        response, told = await cashier(method, path, sent)
        assert (response.status, told["code"]) == (403, "not_permitted"), path


async def test_who_issues_receipts_is_set_and_shown(admin: Client) -> None:
    issuer = {
        "name": "株式会社デモ",
        "registration_number": "T1234567890123",
        "address": "",
        "phone": "03-0000-0001",
    }
    body = {
        "issuer": {name: told for name, told in issuer.items() if told},
        "slip_retention_years": 10,
    }
    response, told = await admin("PATCH", STORE, body)
    assert (response.status, told["issuer"], told["slip_retention_years"]) == (200, issuer, 10)
    _, shown = await admin("GET", STORE)
    assert shown == told
    for wrong, pointer in (
        ({"issuer": {"registration_number": "1234567890123"}}, "/issuer/registration_number"),
        ({"issuer": {"registration_numer": "T1234567890123"}}, "/issuer/registration_numer"),
        ({"slip_retention_years": 0}, "/slip_retention_years"),
    ):
        response, told = await admin("PATCH", STORE, wrong)
        assert (response.status, told["pointer"]) == (422, pointer)
