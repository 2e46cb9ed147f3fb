import stat
from pathlib import Path

import msgspec
import pytest

from supervisor.demo import OPERATORS
from supervisor.endpoints import Endpoints, read_endpoints, remove_endpoints, write_endpoints

ENDPOINTS = Endpoints(
    api="http://127.0.0.1:1",
    register="http://127.0.0.1:1/",
    simulator="http://127.0.0.1:2",
    nats="nats://127.0.0.1:3",
    postgres="postgresql://127.0.0.1:4/renkei",
    supervisor=5,
    operators=OPERATORS,
    terminals=(),
    processes={"checkout": 6},
    health={"checkout": "http://127.0.0.1:7"},
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_endpoints(tmp_path, ENDPOINTS)
    assert read_endpoints(tmp_path) == ENDPOINTS


def test_the_promised_keys_are_there(tmp_path: Path) -> None:
    write_endpoints(tmp_path, ENDPOINTS)
    content = msgspec.json.decode((tmp_path / "endpoints.json").read_bytes())
    promised = {"api", "simulator", "nats", "postgres", "operators", "terminals", "processes"}
    assert promised <= set(content)
    assert content["operators"][0] == {
        "company_code": "DEMO",
        "operator_code": "cashier",
        "password": "cashier-demo",
        "role": "cashier",
    }


def test_only_its_owner_reads_the_passwords(tmp_path: Path) -> None:
    write_endpoints(tmp_path, ENDPOINTS)
    assert stat.S_IMODE((tmp_path / "endpoints.json").stat().st_mode) == 0o600


def test_nothing_is_left_beside_it_and_nothing_after_it(tmp_path: Path) -> None:
    write_endpoints(tmp_path, ENDPOINTS)
    assert [path.name for path in tmp_path.iterdir()] == ["endpoints.json"]
    remove_endpoints(tmp_path)
    remove_endpoints(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_endpoints(tmp_path)
