"""What a service is to the bootstrap."""

from typing import Protocol, runtime_checkable


class Service(Protocol):
    """What a wiring builds and `servicekit.run` runs.

    A service that serves HTTP itself sets `serves_health = True`, mounts the health routes with
    `servicekit.health.add_routes`, and names its address in `endpoints()`.
    """

    name: str

    async def start(self) -> None:
        """Connect, migrate, subscribe; return when ready to be useful."""
        ...

    async def ready(self) -> dict[str, bool]:
        """Ask the service's own dependencies by a real round trip each, bounded by 1 s."""
        ...

    async def drain(self) -> None:
        """Stop taking work and finish what is under way; cut off after `DRAIN_S`."""
        ...


@runtime_checkable
class HasEndpoints(Protocol):
    """A service with addresses of its own, known once `start` has returned."""

    def endpoints(self) -> dict[str, str]:
        """Return name → address; `http` when it serves HTTP. They go into the ready file."""
        ...
