"""Which processes make the system, and what each is told. Pure: facts in, environments out."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from contracts.permissions import box_identity
from supervisor import demo

FRONT: Final = "front"
SIMULATOR: Final = "ct6100_simulator"
NATS: Final = "nats"
POSTGRES: Final = "postgres"

RECORDS: Final = ("store_config", "checkout", "receipts")
"""Services with a record in PostgreSQL: each a role and a schema of its own name."""


class SimulatedTerminal(Struct, frozen=True, kw_only=True):
    """A terminal of the demo and the address on which it listens for its gateway."""

    company: str
    store: str
    terminal: str
    serial: str
    host: str
    port: int


class SimulatedPrinter(Struct, frozen=True, kw_only=True):
    """A receipt printer of the demo and the address on which it listens for its store's box."""

    company: str
    store: str
    printer: str
    host: str
    port: int
    columns: int
    register: str


class WayToCentre(Struct, frozen=True, kw_only=True):
    """Where a store's box reaches NATS when not straight: the near end of its WAN."""

    company: str
    store: str
    host: str
    port: int


class Facts(Struct, frozen=True, kw_only=True):
    """What is known before the first service starts."""

    data_dir: Path
    nats_urls: dict[str, str]
    """Where each identity of `contracts.permissions` connects, and as whom."""
    postgres_urls: dict[str, str]
    """Where each service with a record connects, and as whom."""
    box_keys: Path
    """What gives boxes their tokens and takes them away: `messaging.trust.BoxKeys`."""
    box_nats_url: str
    """Where a box connects that is enrolled, trusting `box_ca`."""
    box_ca: Path
    receipts_private_key: str
    receipts_public_key: str
    port: int
    simulator_port: int
    terminals: tuple[SimulatedTerminal, ...]
    printers: tuple[SimulatedPrinter, ...] = ()
    further_terminals: tuple[SimulatedTerminal, ...] = ()
    """In stores of their own, and not ours to simulate."""
    played_terminals: tuple[SimulatedTerminal, ...] = ()
    """Of `further_terminals`, those that the simulator plays all the same, and where it listens."""
    ways: tuple[WayToCentre, ...] = ()


class ServicePlan(Struct, frozen=True, kw_only=True):
    """One process: its key in `endpoints.json`, the module to run, its settings."""

    key: str
    module: str
    settings: dict[str, str]


def services(facts: Facts) -> tuple[ServicePlan, ...]:
    """Return every service process, those first that others wait for."""
    played = msgspec.json.encode((*facts.terminals, *facts.played_terminals)).decode()
    seeded = msgspec.json.encode((*facts.terminals, *facts.further_terminals)).decode()
    printers = msgspec.json.encode(facts.printers).decode()
    return (
        ServicePlan(
            key="store_config",
            module="store_config",
            settings=_bus(facts, "store_config")
            | _record(facts, "store_config")
            | {
                "RENKEI_SEED": "demo",
                "RENKEI_SEED_TERMINALS": seeded,
                "RENKEI_SEED_PRINTERS": printers,
                "RENKEI_KEYS_FILE": str(facts.box_keys),
                "RENKEI_BOX_NATS_URL": facts.box_nats_url,
                "RENKEI_BOX_CA_FILE": str(facts.box_ca),
                "RENKEI_RECEIPTS_PUBLIC_KEY": facts.receipts_public_key,
            },
        ),
        ServicePlan(
            key="checkout",
            module="checkout",
            settings=_bus(facts, "checkout") | _record(facts, "checkout"),
        ),
        ServicePlan(
            key="receipts",
            module="receipts",
            settings=_bus(facts, "receipts")
            | _record(facts, "receipts")
            | {"RENKEI_RECEIPTS_PRIVATE_KEY": facts.receipts_private_key},
        ),
        ServicePlan(
            key=SIMULATOR,
            module=SIMULATOR,
            settings={
                "RENKEI_SIMULATOR_PORT": str(facts.simulator_port),
                "RENKEI_SIMULATOR_TERMINALS": played,
                "RENKEI_SIMULATOR_PRINTERS": printers,
                "RENKEI_SIMULATOR_DIR": str(facts.data_dir / "simulator"),
            },
        ),
        *(_gateway(facts, gateway) for gateway in gateways(facts.further_terminals)),
        ServicePlan(
            key=FRONT,
            module=FRONT,
            settings=_bus(facts, FRONT) | {"RENKEI_PORT": str(facts.port)},
        ),
    )


def gateways(further: tuple[SimulatedTerminal, ...]) -> tuple[demo.Gateway, ...]:
    """Return every store that has a box."""
    return (*demo.GATEWAYS, *_further(further))


def _bus(facts: Facts, identity: str) -> dict[str, str]:
    return {"RENKEI_NATS_URL": facts.nats_urls[identity]}


def _record(facts: Facts, service: str) -> dict[str, str]:
    return {"RENKEI_POSTGRES_URL": facts.postgres_urls[service]}


def _further(further: tuple[SimulatedTerminal, ...]) -> tuple[demo.Gateway, ...]:
    places = dict.fromkeys((one.company, one.store) for one in further)
    return tuple(demo.Gateway(company=company, store=store) for company, store in places)


def _gateway(facts: Facts, gateway: demo.Gateway) -> ServicePlan:
    return ServicePlan(
        key=f"terminal_gateway:{gateway.store}",
        module="terminal_gateway",
        settings={
            "RENKEI_NATS_URL": _nats_of(facts, gateway),
            "RENKEI_COMPANY": gateway.company,
            "RENKEI_STORE": gateway.store,
            "RENKEI_RECEIPTS_PUBLIC_KEY": facts.receipts_public_key,
            "RENKEI_EDGE_DIR": str(facts.data_dir / "edge" / gateway.company / gateway.store),
        },
    )


def _nats_of(facts: Facts, gateway: demo.Gateway) -> str:
    straight = facts.nats_urls[box_identity(gateway.company, gateway.store)]
    for way in facts.ways:
        if (way.company, way.store) == (gateway.company, gateway.store):
            return urlsplit(straight)._replace(netloc=f"{way.host}:{way.port}").geturl()
    return straight
