from typing import Any

import pytest

from testkit.http import JsonClient
from testkit.simulator_process import T1, T2, SimulatorProcess

ONE = f"/api/terminals/{T1}"


@pytest.fixture
def api(simulator: SimulatorProcess) -> JsonClient:
    return JsonClient(simulator.url)


def test_all_terminals_are_listed(api: JsonClient) -> None:
    body = api.expect(200, "GET", "/api/terminals")
    assert [each["serial"] for each in body["terminals"]] == [T1, T2]
    assert {each["power"] for each in body["terminals"]} == {"on"}


def test_the_glass_has_a_name_lines_and_keys(api: JsonClient) -> None:
    screen = api.expect(200, "GET", f"{ONE}/screen")
    assert set(screen) == {"name", "lines", "keys"}
    assert screen["name"] == "home"
    assert "クレジットカード・銀聯" in screen["keys"]


def test_a_key_that_is_not_on_the_glass_is_refused_with_those_that_are(api: JsonClient) -> None:
    reply = api.send("POST", f"{ONE}/press", {"key": "実行"})
    assert (reply.status, reply.body["code"]) == (409, "key_not_shown")
    assert reply.body["keys"] == api.expect(200, "GET", f"{ONE}/screen")["keys"]
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("enter", {"digits": "1"}),
        ("present", {"kind": "card", "brand": "VISA", "entry": "ic"}),
        ("press", {"key": "電子マネー"}),
    ],
)
def test_what_the_screen_has_no_use_for_is_refused(
    api: JsonClient, verb: str, body: dict[str, str]
) -> None:
    reply = api.send("POST", f"{ONE}/{verb}", body)
    assert (reply.status, reply.body["code"], reply.body["screen"]) == (409, "not_taken", "home")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/terminals/NONE/screen", None, 404, "unknown_terminal"),
        ("POST", "/api/terminals/NONE/press", {"key": "x"}, 404, "unknown_terminal"),
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("GET", f"{ONE}/press", None, 405, "method_not_allowed"),
        ("POST", f"{ONE}/press", {}, 422, "invalid_body"),
        ("POST", f"{ONE}/press", {"key": 7}, 422, "invalid_body"),
        ("POST", f"{ONE}/enter", {"digits": "12a"}, 422, "invalid_body"),
        ("POST", f"{ONE}/present", {"kind": "cheque", "brand": "X"}, 422, "invalid_body"),
        ("POST", f"{ONE}/power", {"state": "maybe"}, 422, "invalid_body"),
        ("POST", f"{ONE}/autopilot", {"on": True, "think_ms": -1}, 422, "invalid_body"),
        ("POST", f"{ONE}/faults", {"fault": "paper_jam"}, 422, "unknown_fault"),
        ("POST", f"{ONE}/faults", {"fault": "answer_late"}, 422, "fault_parameter_missing"),
        ("POST", f"{ONE}/press", {"key": "x" * 20_000}, 413, "body_too_large"),
    ],
)
def test_wrong_requests_are_told_apart(  # noqa: PLR0917 - one row of the table above
    api: JsonClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    reply = api.send(method, path, body)
    assert (reply.status, reply.body["code"]) == (status, code)


def test_a_body_that_is_not_json_is_refused(api: JsonClient) -> None:
    reply = api.send("POST", f"{ONE}/press", raw=b"{")
    assert (reply.status, reply.body["code"]) == (400, "not_json")
    reply = api.send("POST", f"{ONE}/press", raw=b"key=x", headers={"Content-Type": "text/plain"})
    assert (reply.status, reply.body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_pages_of_other_sites_are_refused(api: JsonClient, headers: dict[str, str]) -> None:
    reply = api.send("POST", f"{ONE}/press", {"key": "業務"}, headers=headers)
    assert (reply.status, reply.body["code"]) == (403, "not_local")


def test_faults_are_armed_listed_and_cleared(api: JsonClient) -> None:
    armed = api.expect(200, "POST", f"{ONE}/faults", {"fault": "slow_centre", "seconds": 2})
    assert [each["fault"] for each in armed["faults"]] == ["slow_centre"]
    assert api.expect(200, "DELETE", f"{ONE}/faults")["faults"] == []


def test_abilities_change_one_by_one_and_survive_a_power_cut(api: JsonClient) -> None:
    api.expect(200, "PUT", f"{ONE}/abilities", {"abort": False})
    api.expect(200, "POST", f"{ONE}/power", {"state": "off"})
    view = api.expect(200, "POST", f"{ONE}/power", {"state": "on"})
    assert view["abilities"] == {"abort": False, "progress": True, "journal": True, "echo": True}
    api.expect(200, "PUT", f"{ONE}/abilities", {"abort": True})


def test_it_is_live_and_ready(api: JsonClient) -> None:
    assert api.send("GET", "/live").status == 200
    assert api.expect(200, "GET", "/ready")["checks"] == {"disk": True}
