import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from testkit.http import JsonClient, TerminalClient
from testkit.simulator_process import T1, SimulatorProcess


def get(simulator: SimulatorProcess, path: str) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "決済端末シミュレータ"),
        ("/?lang=en", "Simulated terminals"),
        (f"/terminals/{T1}", "カード差込口"),
        (f"/terminals/{T1}?lang=en", "Card slot"),
    ],
)
def test_pages_speak_both_languages_and_run_nothing_but_our_own_files(
    simulator: SimulatorProcess, path: str, text: str
) -> None:
    status, headers, body = get(simulator, path)
    assert status == 200
    assert text in body
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "<style" not in body
    assert " style=" not in body
    assert " onclick" not in body


@pytest.mark.parametrize(
    "name", ["terminal.js", "printer.js", "page.css", "device.css", "printer.css", "icon.svg"]
)
def test_its_files_are_served(simulator: SimulatorProcess, name: str) -> None:
    status, _, body = get(simulator, f"/static/{name}")
    assert status == 200
    assert "http://" not in body.replace("http://www.w3.org", "")
    assert "https://" not in body


def test_an_unknown_terminal_leads_back_to_the_shelf(simulator: SimulatorProcess) -> None:
    status, headers, _ = get(simulator, "/terminals/NONE")
    assert (status, headers["location"]) == (302, "/")


def test_a_page_hears_at_once_what_changes(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    connection = HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
    connection.request("GET", f"/api/terminals/{T1}/events")
    response = connection.getresponse()

    def next_state() -> dict[str, object]:
        while True:
            if response.readline() == b"event: state\n":
                return json.loads(response.readline().removeprefix(b"data: "))

    try:
        first = next_state()
        assert (first["serial"], first["power"]) == (T1, "on")
        terminal.power("off")
        assert next_state()["power"] == "off"
        terminal.power("on")
        assert next_state()["power"] == "on"
    finally:
        connection.close()


def test_events_of_an_unknown_terminal_are_not_found(simulator: SimulatorProcess) -> None:
    reply = JsonClient(simulator.url).send("GET", "/api/terminals/NONE/events")
    assert reply.body["code"] == "unknown_terminal"
