"""/registers: which stores a person is offered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, Any]]]
LogIn = Callable[[str, str], Awaitable[Client]]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

PATIENCE_S = 30


async def shown(client: Client, path: str) -> tuple[int, str]:
    """Return a page, once the door has its copy of the stores."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            response, body = await client("GET", path)
            if response.status != 503:
                return response.status, bytes(body).decode()
            await asyncio.sleep(0.1)


async def test_every_register_of_the_own_company_is_offered(log_in: LogIn) -> None:
    status, page = await shown(await log_in("DEMO", "cashier"), "/registers")
    assert status == 200
    assert 'href="/registers/S001/R1"' in page
    assert 'href="/registers/S003/R1"' in page
    assert "S901" not in page


async def test_a_store_is_found_by_a_part_of_its_code(log_in: LogIn) -> None:
    _, page = await shown(await log_in("DEMO", "cashier"), "/registers?text=s00&page=1")
    assert "/registers/S002/R1" in page
    _, page = await shown(await log_in("DEMO", "cashier"), "/registers?text=S002")
    assert "/registers/S002/R1" in page
    assert "/registers/S001/R1" not in page


async def test_an_address_that_means_nothing_offers_everything(log_in: LogIn) -> None:
    status, page = await shown(await log_in("DEMO", "cashier"), "/registers?page=none")
    assert (status, "/registers/S001/R1" in page) == (200, True)


async def test_the_fleet_refuses_a_leaf_that_is_no_number(log_in: LogIn) -> None:
    admin = await log_in("DEMO", "admin")
    assert (await shown(admin, "/admin/fleet?page=2"))[0] == 200
    assert (await shown(admin, "/admin/fleet?page=none"))[0] == 400


async def test_people_and_contracted_stores_are_found_by_a_part_of_their_names(
    log_in: LogIn,
) -> None:
    admin = await log_in("DEMO", "admin")
    _, page = await shown(admin, "/admin/people?text=CASH")
    assert ('id="person-cashier"' in page, 'id="person-manager"' in page) == (True, False)
    _, page = await shown(admin, "/admin/option?text=s002&page=7")
    assert ('id="option-S002"' in page, 'id="option-S001"' in page) == (True, False)
