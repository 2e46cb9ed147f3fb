"""PostgreSQL that is stopped, or just starting, while this service runs."""

import socket
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from store_config.ports import OutOfReach
from store_config.postgres import PostgresStores

ASKED: dict[str, Callable[[PostgresStores], Awaitable[object]]] = {
    "everything": lambda stores: stores.everything(),
    "unpublished": lambda stores: stores.unpublished(),
    "published": lambda stores: stores.published("DEMO", "S001", 1),
    "lift": lambda stores: stores.lift("DEMO", "S001", 2),
}


@pytest.mark.parametrize("question", ASKED)
async def test_what_is_to_be_shown_waits_for_the_record_to_come_back(question: str) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        url = f"postgresql://renkei@127.0.0.1:{port}/renkei"
        async with asyncpg.create_pool(url, min_size=0, max_size=1) as pool:
            with pytest.raises(OutOfReach):
                await ASKED[question](PostgresStores(pool))
