"""Who is there: asked of every process at once, on `contracts.subjects.CENSUS`."""

from contracts.envelope import Message


class ReadHealth(Message, tag="read_health", frozen=True, kw_only=True):
    """Every process answers for itself, to the asker's inbox."""


class InstanceHealth(Message, tag="instance_health", frozen=True, kw_only=True):
    """One process. `ready`: it has started and is not draining."""

    service: str
    instance: str
    version: str
    ready: bool
