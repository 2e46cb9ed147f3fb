"""Plain clients of NATS: operations, who may see and repair everything, and whoever knocks."""

from typing import Any

import nats
from nats.aio.client import Client

from messaging.address import read_address


async def connect(url: str, **options: Any) -> Client:
    """Return a connection to what `endpoints.json` names, under the identity that it names.

    `options` are those of nats-py, and come before what the identity asks for.
    """
    address = read_address(url)
    return await nats.connect(address.url, **(address.options() | options))  # pyright: ignore[reportUnknownMemberType]  # **options
