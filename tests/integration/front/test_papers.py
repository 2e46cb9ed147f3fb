"""Receipts and print jobs over HTTP, from the real `receipts`; slips are in `tests/e2e`."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, Any]]]
LogIn = Callable[[str, str], Awaitable[Client]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

LINES = [{"name": "茶", "quantity": 1, "unit_price": 108, "tax_rate": 8}]
STARTS = {
    "txt": ("text/plain", b""),
    "svg": ("image/svg+xml", b"<svg "),
    "png": ("image/png", b"\x89PNG"),
    "pdf": ("application/pdf", b"%PDF"),
    "escpos": ("application/octet-stream", b"\x1b@"),
}
NOT_THERE = "00000000-0000-7000-8000-000000000000"


async def sold(cashier: Client, key: Key, paid: int = 108) -> str:
    body = {"store": "S001", "register": "R2", "lines": LINES}
    _, sale = await cashier("POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()})
    path = f"/api/v1/sales/{sale['id']}"
    body = {"method": "cash", "amount": paid}
    response, _ = await cashier("POST", f"{path}/tenders", body, headers={"Idempotency-Key": key()})
    assert response.status == 201
    return path


@pytest.mark.parametrize("form", STARTS)
async def test_a_receipt_comes_in_every_format(cashier: Client, key: Key, form: str) -> None:
    path = await sold(cashier, key)
    media, start = STARTS[form]
    response, content = await cashier("GET", f"{path}/receipt.{form}")
    assert (response.status, response.content_type) == (200, media)
    assert start in content[:40]
    assert response.headers["Content-Disposition"].endswith(f'.{form}"')
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_receipt_is_drawn_for_the_paper_asked_for(cashier: Client, key: Key) -> None:
    path = await sold(cashier, key)
    for columns in (48, 32):
        _, content = await cashier("GET", f"{path}/receipt.txt?columns={columns}")
        widths = [
            len(line) + sum(ord(one) > 0xFF for one in line)
            for line in content.decode().split("\n")
        ]
        assert max(widths) <= columns
    response, told = await cashier("GET", f"{path}/receipt.txt?columns=40")
    assert (response.status, told["parameter"]) == (400, "columns")


async def test_a_receipt_that_has_not_changed_is_not_sent_again(cashier: Client, key: Key) -> None:
    path = await sold(cashier, key)
    response, _ = await cashier("GET", f"{path}/receipt.svg")
    tag = response.headers["ETag"]
    response, content = await cashier("GET", f"{path}/receipt.svg", headers={"If-None-Match": tag})
    assert (response.status, content) == (304, {})
    assert response.headers["Cache-Control"] == "private, no-cache"


async def test_what_is_not_there_is_not_found(cashier: Client, log_in: LogIn, key: Key) -> None:
    path = await sold(cashier, key)
    other = await log_in("OTHER", "cashier")
    for client, asked, code in (
        (cashier, f"{path}/receipt.html", "not_found"),
        (cashier, f"{path}/tenders/1/slips/both.txt", "not_found"),
        (cashier, f"{path}/tenders/1/slips/customer.TXT", "not_found"),
        (cashier, f"{path}/tenders/1/slips/customer.txt", "no_slip"),
        (cashier, f"{path}/tenders/9/slips/customer.txt", "unknown_tender"),
        (cashier, f"/api/v1/sales/{NOT_THERE}/receipt.txt", "unknown_sale"),
        (other, f"{path}/receipt.txt", "unknown_sale"),
        (other, f"{path}/tenders/1/slips/customer.txt", "unknown_sale"),
        (other, f"{path}/print-jobs", "unknown_sale"),
    ):
        response, told = await client("GET", asked)
        assert (response.status, told["code"]) == (404, code), asked
    for asked in ("receipt/print", "tenders/1/slips/print"):
        response, told = await other("POST", f"{path}/{asked}")
        assert (response.status, told["code"]) == (404, "unknown_sale"), asked


async def test_nothing_is_drawn_before_it_is_paid_nor_printed_without_a_printer(
    cashier: Client, key: Key
) -> None:
    path = await sold(cashier, key, paid=100)
    response, told = await cashier("GET", f"{path}/receipt.txt")
    assert (response.status, told["code"]) == (409, "no_receipt_yet")
    path = await sold(cashier, key)
    response, told = await cashier("POST", f"{path}/receipt/print")
    assert (response.status, told["code"], told["register"]) == (409, "no_printer", "R2")
    response, told = await cashier("GET", f"{path}/print-jobs")
    assert (response.status, told) == (200, {"jobs": []})


async def test_an_auditor_looks_and_prints_nothing(
    cashier: Client, log_in: LogIn, key: Key
) -> None:
    path = await sold(cashier, key)
    auditor = await log_in("DEMO", "auditor")
    response, _ = await auditor("GET", f"{path}/receipt.txt")
    assert response.status == 200
    for asked in ("receipt/print", "tenders/1/slips/print"):
        response, told = await auditor("POST", f"{path}/{asked}")
        assert (response.status, told["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"copies": []}, "/copies"),
        ({"copies": ["both"]}, "/copies/0"),
        ({"copy": ["customer"]}, "/copy"),
        ({"operation": "void"}, "/operation"),
    ],
)
async def test_a_wish_that_cannot_be_read_prints_nothing(
    cashier: Client, key: Key, body: dict[str, Any], pointer: str
) -> None:
    path = await sold(cashier, key)
    response, told = await cashier("POST", f"{path}/tenders/1/slips/print", body)
    assert (response.status, told["code"], told["pointer"]) == (422, "invalid_body", pointer)


async def test_paper_is_of_the_sale_as_its_asker_was_told_that_it_stands(
    cashier: Client, key: Key
) -> None:
    for _ in range(20):  # what `receipts` hears comes a moment after the answer, or just before
        path = await sold(cashier, key)
        response, _ = await cashier("GET", f"{path}/receipt.txt")
        assert response.status == 200
