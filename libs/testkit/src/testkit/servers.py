"""Pytest plugin: real servers.

- `postgres_server` (one a worker): a `Postgres`; `database`: the address of an empty database that
  is the test's own; `database_from(name, build)`: the same, copied from one that `build(url)` made
  once (a template, so that migrations run once and not once a test).
- `nats_server`: a `Nats` of the test's own, ready in 30 ms, with `kill()`, `start()`, `pause()`.
- `shared_nats` (one a worker): for tests that name their subjects and streams apart.

From the wheels by default; from container images with `RENKEI_TEST_SERVERS=containers`.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from testkit.running import Nats, Postgres, WheelNats, WheelPostgres


class Discardable(Protocol):
    """What a fixture starts before the test and throws away after it."""

    def start(self) -> None:
        """Return when it is ready."""
        ...

    def discard(self) -> None:
        """Leave nothing behind."""
        ...


class NatsToDiscard(Nats, Discardable, Protocol):
    """A NATS that the fixture owns."""


class PostgresToDiscard(Postgres, Discardable, Protocol):
    """A PostgreSQL that the fixture owns."""


Build = Callable[[str], None]
"""Fills a fresh database, given its address; runs once a worker, and closes its connections."""

DatabaseFrom = Callable[[str, Build], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for all tests of this worker."""
    server = _new_postgres()
    try:
        server.start()
        yield server
    finally:
        server.discard()


@pytest.fixture
def database(postgres_server: Postgres) -> Iterator[str]:
    """An empty database of the test's own."""
    name = _fresh_name()
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def database_templates() -> set[str]:
    """Names of the templates that this worker has built."""
    return set()


@pytest.fixture
def database_from(
    postgres_server: Postgres, database_templates: set[str]
) -> Iterator[DatabaseFrom]:
    """Databases of the test's own, copied from a template that is built on first use."""
    made: list[str] = []

    def copy(template: str, build: Build) -> str:
        source = f"template_{template}"
        if template not in database_templates:
            postgres_server.create_database(source)
            build(postgres_server.url(source))
            database_templates.add(template)
        made.append(_fresh_name())
        postgres_server.create_database(made[-1], template=source)
        return postgres_server.url(made[-1])

    yield copy
    for name in made:
        postgres_server.drop_database(name)


@pytest.fixture
def nats_server() -> Iterator[Nats]:
    """A server of the test's own, with JetStream and nothing in it."""
    yield from _running_nats()


@pytest.fixture(scope="session")
def shared_nats() -> Iterator[Nats]:
    """One server for all tests of this worker."""
    yield from _running_nats()


def _running_nats() -> Iterator[Nats]:
    server = _new_nats()
    try:
        server.start()
        yield server
    finally:
        server.discard()


def _fresh_name() -> str:
    return f"test_{secrets.token_hex(6)}"


def _from_containers() -> bool:
    return os.environ.get("RENKEI_TEST_SERVERS") == "containers"  # noqa: TID251 - choice of a test run


def _new_nats() -> NatsToDiscard:
    if _from_containers():
        from testkit.containers import ContainerNats  # noqa: PLC0415 - the engine's client is optional

        return ContainerNats()
    return WheelNats()


def _new_postgres() -> PostgresToDiscard:
    if _from_containers():
        from testkit.containers import ContainerPostgres  # noqa: PLC0415 - the same

        return ContainerPostgres()
    return WheelPostgres()
