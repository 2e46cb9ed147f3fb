"""Says that we are alive, once a second, with what each terminal shows."""

import asyncio

from contracts.operations import HEARTBEAT_EVERY_S, Heartbeat
from terminal_gateway.floor import Floor
from terminal_gateway.office import Office


async def beat_forever(office: Office, floor: Floor) -> None:
    """Beat until cancelled or fenced: a gateway that was replaced must not look alive."""
    while not office.presence.fenced:
        await beat(office, floor)
        await asyncio.sleep(HEARTBEAT_EVERY_S)


async def beat(office: Office, floor: Floor) -> None:
    """Send one heartbeat."""
    number = office.presence.beat()
    await office.live.beat(
        Heartbeat(
            epoch=office.presence.epoch,
            number=number,
            at=office.clock.now(),
            terminals=floor.seen(),
            delivered=office.forwarder.delivered,
            version=office.version,
            configuration=floor.configuration.version if floor.configuration is not None else 0,
        )
    )
