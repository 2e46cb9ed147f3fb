from pathlib import Path

import msgspec

from supervisor.demo import GATEWAYS, OPERATORS, TERMINALS
from supervisor.plan import Facts, SimulatedTerminal, services

SIMULATED = tuple(
    SimulatedTerminal(
        company=place.company,
        store=place.store,
        terminal=place.terminal,
        serial=place.serial,
        host="127.0.0.1",
        port=21_000 + number,
    )
    for number, place in enumerate(TERMINALS)
)

FACTS = Facts(
    data_dir=Path("data"),
    nats_url="nats://127.0.0.1:1",
    postgres_url="postgresql://127.0.0.1:2/renkei",
    port=3,
    simulator_port=4,
    terminals=SIMULATED,
)


def settings_of(key: str) -> dict[str, str]:
    return next(plan.settings for plan in services(FACTS) if plan.key == key)


def test_every_service_is_a_process_and_every_store_with_a_box_has_a_gateway() -> None:
    assert {plan.key for plan in services(FACTS)} == {
        "checkout",
        "store_config",
        "front",
        "ct6100_simulator",
        "terminal_gateway:S001",
        "terminal_gateway:S002",
        "terminal_gateway:S901",
    }


def test_the_simulator_listens_where_the_seed_says() -> None:
    seeded = settings_of("store_config")["RENKEI_SEED_TERMINALS"]
    played = settings_of("ct6100_simulator")["RENKEI_SIMULATOR_TERMINALS"]
    assert seeded == played
    assert msgspec.json.decode(seeded, type=tuple[SimulatedTerminal, ...]) == SIMULATED


def test_a_gateway_knows_the_bus_and_its_store_and_no_database() -> None:
    settings = settings_of("terminal_gateway:S901")
    assert settings["RENKEI_COMPANY"] == "OTHER"
    assert settings["RENKEI_STORE"] == "S901"
    assert "RENKEI_POSTGRES_URL" not in settings


def test_no_two_gateways_share_a_folder() -> None:
    folders = [settings_of(f"terminal_gateway:{one.store}")["RENKEI_EDGE_DIR"] for one in GATEWAYS]
    assert len(set(folders)) == len(folders)


def test_the_door_reaches_the_database_only_through_others() -> None:
    assert "RENKEI_POSTGRES_URL" not in settings_of("front")


def test_serial_numbers_and_log_ins_of_the_demo_are_distinct() -> None:
    assert len({place.serial for place in TERMINALS}) == len(TERMINALS)
    assert len({(one.company_code, one.operator_code) for one in OPERATORS}) == len(OPERATORS)
