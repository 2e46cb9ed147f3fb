import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ct6100.machine import RESULT_AGAIN
from ct6100.messages import AskJournal, Journal, Progress, Result, Started
from servicekit.clock import SystemClock
from testkit.http import TerminalClient, until
from testkit.simulator_process import (
    T2,
    TO_THE_READER,
    Box,
    SimulatorProcess,
    connected,
)

CLOCK = SystemClock()


def test_power_off_resets_the_link_and_closes_the_port(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    address = simulator.address()
    with connected(simulator) as box:
        box.pay()
        box.until(Started)
        terminal.power("off")
        assert box.until_ended() == "reset"
    with pytest.raises(ConnectionRefusedError):
        Box(address)
    assert terminal.screen() == {"name": "off", "lines": [], "keys": []}
    refused = terminal.send("POST", f"/api/terminals/{terminal.serial}/press", {"key": "セット"})
    assert (refused.status, refused.body["code"]) == (409, "powered_off")
    terminal.power("on")
    assert simulator.address() == address
    assert terminal.screen()["name"] == "home"


def test_a_second_box_is_refused_while_the_first_is_alive_and_taken_when_it_is_gone(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.autopilot(on=False)
    with connected(simulator) as first:
        second = Box(simulator.address())
        assert second.until_ended() == "reset"
        second.close()
        first.pay()
        first.until(Started)
    with connected(simulator) as third:
        assert third.ended is None
    terminal.press("リセット")


def test_a_reboot_while_the_centre_is_asked_ends_in_what_the_centre_booked(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.autopilot(on=True, think_ms=0)
    terminal.fault("reboot_at", screen="centre", seconds=0)
    with connected(simulator) as box:
        operation = box.pay(4_321)
        assert box.until_ended() == "reset"
    until(lambda: simulator.view()["power"] == "on", "power to be back")
    with connected(simulator) as box:
        result = box.until_result(operation)
    assert (result.outcome, result.amount) == ("approved", 4_321)
    assert terminal.journal()[0]["state"] == "approved"


def test_the_link_drops_at_a_screen_and_the_payment_goes_on(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.autopilot(on=True, think_ms=0)
    terminal.fault("link_drop_at", screen="centre")
    with connected(simulator) as box:
        operation = box.pay(777)
        assert box.until_ended() == "reset"
    with connected(simulator) as box:
        assert box.until_result(operation).amount == 777
    assert simulator.view()["faults"] == []


def test_a_lost_answer_is_in_the_journal(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.autopilot(on=True, think_ms=0)
    terminal.fault("answer_lost")
    with connected(simulator) as box:
        began = CLOCK.monotonic()
        operation = box.pay()
        terminal.until_screen("approved")
        box.send(AskJournal(request=1, operation_id=operation))
        (entry,) = box.until(Journal).entries
        assert entry.state == "approved"
        sent_again = CLOCK.monotonic() - began >= RESULT_AGAIN.total_seconds()  # a slow machine
        assert sent_again or not any(isinstance(message, Result) for message in box.heard)


def test_doubled_and_split_answers_arrive_as_they_are(simulator: SimulatorProcess) -> None:
    person = simulator.terminal(T2)
    person.autopilot(on=True, think_ms=0)
    person.fault("answer_twice")
    person.fault("answer_split", bytes=3)
    with connected(simulator, T2) as box:
        first = box.until_result(box.pay())
        assert box.until(Result, 2) == first


def booked(directory: Path) -> bool:
    """Whether the acquirer's decision is on disk."""
    with closing(sqlite3.connect(directory / "terminals.sqlite3")) as db:
        return bool(db.execute("SELECT count(*) FROM bookings").fetchone()[0])


@pytest.mark.parametrize("moment", ["read_card", "centre", "approved"])
def test_killed_in_mid_payment_the_journal_is_right_afterwards(tmp_path: Path, moment: str) -> None:
    process = SimulatorProcess(tmp_path)
    process.start()
    try:
        person = process.terminal()
        if moment == "centre":
            person.fault("slow_centre", seconds=30)
        with connected(process, stores_results=False) as box:
            operation = box.pay(165)
            box.until(Started)
            for key in TO_THE_READER:
                person.press(key)
            if moment != "read_card":
                person.present()
            box.until(Result if moment == "approved" else Progress)
            person.until_screen(moment)
            if moment == "centre":
                until(lambda: booked(tmp_path), "the acquirer to have written it down")
            process.kill()
            assert box.until_ended()
        process.start()
        person = process.terminal()
        assert person.screen()["name"] in ("home", "centre", "centre_silent")
        if moment == "read_card":
            assert person.journal() == []
            return
        with connected(process) as box:
            result = box.until(Result)
        assert (result.outcome, result.amount) == ("approved", 165)
        (entry,) = person.journal()
        assert (entry["state"], entry["operation_id"]) == ("approved", operation)
    finally:
        assert process.stop() == 0
    with closing(sqlite3.connect(tmp_path / "terminals.sqlite3")) as db:
        rows = db.execute("SELECT state, amount FROM journal").fetchall()
    assert rows in ([], [("approved", 165)])
