"""The same servers from container images, for those who prefer to test against what they deploy.

Chosen by `RENKEI_TEST_SERVERS=containers`; needs a container engine that can pull the images.
"""

import random
import secrets
from typing import Final

from docker.models.containers import Container
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy, LogMessageWaitStrategy

from supervisor.addresses import free_port
from supervisor.errors import ServerFailedError

NATS_IMAGE: Final = "nats:2.15-alpine"
POSTGRES_IMAGE: Final = "postgres:18-alpine"
NATS_PORT: Final = 4222
POSTGRES_PORT: Final = 5432
USER: Final = "renkei"
NATS_CONFIGURATION: Final = "/etc/nats/renkei.conf"

NATS_SETTINGS: Final = b"""
port: 4222
ping_interval: "5s"
ping_max: 2
jetstream { store_dir: "/data", max_file_store: 64GB, sync_interval: always }
"""


class ContainerNats:
    """NATS from its image; see `testkit.running.Nats` for what each method promises."""

    def __init__(self) -> None:
        self._port = free_port(random.SystemRandom())
        self._container = (
            DockerContainer(NATS_IMAGE)
            .with_bind_ports(NATS_PORT, self._port)
            .with_copy_into_container(NATS_SETTINGS, NATS_CONFIGURATION)
            .with_command(["--config", NATS_CONFIGURATION])
            .waiting_for(LogMessageWaitStrategy("Server is ready"))
        )
        self._made = False

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{self._container.get_container_host_ip()}:{self._port}"

    def start(self) -> None:
        """Start it, on the same address and data as before."""
        if self._made:
            self._wrapped().start()
        else:
            self._container.start()
            self._made = True

    def stop(self) -> None:
        """End it in good order."""
        self._wrapped().stop()

    def kill(self) -> None:
        """End it with -9."""
        self._wrapped().kill()

    def pause(self) -> None:
        """Stop it from answering without closing anything."""
        self._wrapped().pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._wrapped().unpause()

    def discard(self) -> None:
        """Remove the container and what it stored."""
        self._container.stop()

    def _wrapped(self) -> Container:
        return self._container.get_wrapped_container()


class ContainerPostgres:
    """PostgreSQL from its image; see `testkit.running.Postgres`."""

    def __init__(self) -> None:
        self._port = free_port(random.SystemRandom())
        self._password = secrets.token_hex(8)
        ready = ExecWaitStrategy(["pg_isready", "-q", "-h", "127.0.0.1", "-U", USER])
        self._container = (
            DockerContainer(POSTGRES_IMAGE)
            .with_bind_ports(POSTGRES_PORT, self._port)
            .with_envs(POSTGRES_USER=USER, POSTGRES_PASSWORD=self._password, POSTGRES_DB=USER)
            .with_command(["postgres", "-c", "fsync=off", "-c", "full_page_writes=off"])
            .waiting_for(ready)
        )

    def url(self, database: str) -> str:
        """Return where clients connect."""
        host = self._container.get_container_host_ip()
        return f"postgresql://{USER}:{self._password}@{host}:{self._port}/{database}"

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Copy a database that nobody is connected to."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        """Throw a database away, connections and all."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start it for the first time."""
        self._container.start()

    def discard(self) -> None:
        """Remove the container and its data."""
        self._container.stop()

    def _execute(self, sql: str) -> None:
        argv = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", "postgres", "-c", sql]
        code, output = self._container.exec(argv)
        if code != 0:
            raise ServerFailedError("psql", str(output))
