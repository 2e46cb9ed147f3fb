"""nats-py as it is, with types: what the floor and the counting need of it."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from testkit import operations


async def connected(url: str) -> Client:
    """Return a connection."""
    return await operations.connect(url)


async def listen(connection: Client, subject: str, heard: Callable[[Msg], Awaitable[None]]) -> None:
    """Subscribe, and return when the server has surely heard of it."""
    await connection.subscribe(subject, cb=heard)  # pyright: ignore[reportUnknownMemberType]  # Future
    await asyncio.sleep(0)  # or the flush may overtake the SUB
    await connection.flush()


def jetstream_of(connection: Client) -> JetStreamContext:
    """Return nats-py's own JetStream API."""
    return connection.jetstream()  # pyright: ignore[reportUnknownMemberType]  # **opts
