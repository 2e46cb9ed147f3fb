from pathlib import Path

import msgspec
from msgspec.structs import replace

from contracts.permissions import CENTRAL, box_identity
from supervisor.demo import GATEWAYS, OPERATORS, PRINTERS, TERMINALS
from supervisor.plan import (
    RECORDS,
    SIMULATOR,
    Facts,
    SimulatedPrinter,
    SimulatedTerminal,
    WayToCentre,
    gateways,
    services,
)

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

PRINTING = tuple(
    SimulatedPrinter(
        company=place.company,
        store=place.store,
        printer=place.printer,
        host="127.0.0.1",
        port=22_000 + number,
        columns=place.columns,
        register=place.register,
    )
    for number, place in enumerate(PRINTERS)
)

FURTHER = SimulatedTerminal(
    company="DEMO", store="C001", terminal="T1", serial="CT6100-C001-T1", host="127.0.0.1", port=5
)

URLS = {
    identity: f"nats://127.0.0.1:1?credentials=/{identity}"
    for identity in (
        *CENTRAL,
        *(box_identity(one.company, one.store) for one in gateways((FURTHER,))),
    )
}

FACTS = Facts(
    data_dir=Path("data"),
    nats_urls=URLS,
    postgres_urls={name: f"postgresql://{name}:x@127.0.0.1:2/renkei" for name in RECORDS},
    box_keys=Path("data/nats/credentials/box_keys.json"),
    box_nats_url="tls://127.0.0.1:1",
    box_ca=Path("data/nats/tls/ca.pem"),
    receipts_private_key="private",
    receipts_public_key="public",
    port=3,
    simulator_port=4,
    terminals=SIMULATED,
    printers=PRINTING,
)


def settings_of(key: str, facts: Facts = FACTS) -> dict[str, str]:
    return next(plan.settings for plan in services(facts) if plan.key == key)


def test_every_service_is_a_process_and_every_store_with_a_box_has_a_gateway() -> None:
    assert {plan.key for plan in services(FACTS)} == {
        "checkout",
        "receipts",
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


def test_each_demo_till_of_a_store_with_a_box_has_a_printer_that_the_simulator_plays() -> None:
    seeded = settings_of("store_config")["RENKEI_SEED_PRINTERS"]
    assert seeded == settings_of("ct6100_simulator")["RENKEI_SIMULATOR_PRINTERS"]
    assert msgspec.json.decode(seeded, type=tuple[SimulatedPrinter, ...]) == PRINTING
    assert [(one.store, one.register, one.printer) for one in PRINTING] == [
        ("S001", "R1", "P1"),
        ("S001", "R2", "P2"),
        ("S002", "R1", "P1"),
        ("S002", "R2", "P2"),
        ("S901", "R1", "P1"),
    ]
    assert {one.store for one in PRINTING} == {gateway.store for gateway in GATEWAYS}


def test_a_cable_may_stand_between_a_further_terminal_and_its_gateway() -> None:
    plug = replace(FURTHER, port=6)
    facts = replace(FACTS, further_terminals=(FURTHER,), played_terminals=(plug,))
    seeded = settings_of("store_config", facts)["RENKEI_SEED_TERMINALS"]
    played = settings_of("ct6100_simulator", facts)["RENKEI_SIMULATOR_TERMINALS"]
    as_listed = tuple[SimulatedTerminal, ...]
    assert msgspec.json.decode(seeded, type=as_listed) == (*SIMULATED, FURTHER)
    assert msgspec.json.decode(played, type=as_listed) == (*SIMULATED, plug)


def test_only_the_store_with_a_way_of_its_own_goes_round_to_the_bus() -> None:
    way = WayToCentre(company="DEMO", store="S001", host="127.0.0.1", port=7)
    facts = replace(FACTS, ways=(way,))
    round_about = settings_of("terminal_gateway:S001", facts)["RENKEI_NATS_URL"]
    assert round_about == "nats://127.0.0.1:7?credentials=/terminal_gateway.DEMO.S001"
    straight = settings_of("terminal_gateway:S002", facts)["RENKEI_NATS_URL"]
    assert straight == URLS["terminal_gateway.DEMO.S002"]


def test_each_process_is_somebody_else_on_the_bus() -> None:
    urls = [plan.settings["RENKEI_NATS_URL"] for plan in services(FACTS) if plan.key != SIMULATOR]
    assert len(urls) == len(set(urls)) == len(CENTRAL) + len(GATEWAYS)


def test_a_gateway_knows_the_bus_and_its_store_and_no_database() -> None:
    settings = settings_of("terminal_gateway:S901")
    assert settings["RENKEI_COMPANY"] == "OTHER"
    assert settings["RENKEI_STORE"] == "S901"
    assert "RENKEI_POSTGRES_URL" not in settings


def test_each_service_with_a_record_has_a_role_of_its_own() -> None:
    urls = {name: settings_of(name)["RENKEI_POSTGRES_URL"] for name in RECORDS}
    assert urls == FACTS.postgres_urls
    others = [plan.key for plan in services(FACTS) if "RENKEI_POSTGRES_URL" in plan.settings]
    assert sorted(others) == sorted(RECORDS)


def test_no_two_gateways_share_a_folder() -> None:
    folders = [settings_of(f"terminal_gateway:{one.store}")["RENKEI_EDGE_DIR"] for one in GATEWAYS]
    assert len(set(folders)) == len(folders)


def test_the_door_reaches_the_database_only_through_others() -> None:
    assert "RENKEI_POSTGRES_URL" not in settings_of("front")


def test_serial_numbers_and_log_ins_of_the_demo_are_distinct() -> None:
    assert len({place.serial for place in TERMINALS}) == len(TERMINALS)
    assert len({(one.company_code, one.operator_code) for one in OPERATORS}) == len(OPERATORS)


def test_who_enrols_boxes_is_told_what_they_are_to_be_told() -> None:
    told = settings_of("store_config")
    assert told["RENKEI_BOX_NATS_URL"] == "tls://127.0.0.1:1"
    assert told["RENKEI_RECEIPTS_PUBLIC_KEY"] == "public"
    assert told["RENKEI_KEYS_FILE"] == "data/nats/credentials/box_keys.json"
    others = [plan for plan in services(FACTS) if plan.key != "store_config"]
    assert not any("RENKEI_KEYS_FILE" in plan.settings for plan in others), "nobody else signs"
