"""kill -9 of any one process at any moment of a payment ends in the terminal's truth."""

import time
from typing import Any, Final

import pytest

from testkit.customer import approved_for, finish, walk_to
from testkit.http import RegisterClient, Reply, TerminalClient, until
from testkit.system import RunningSystem

PROCESSES: Final = (
    "checkout",
    "terminal_gateway:S001",
    "ct6100_simulator",
    "front",
    "store_config",
    "nats",
    "postgres",
)

MOMENTS: Final = ("sent", "choose_media", "card_execute", "read_card", "centre", "unacknowledged")
"""The states of an operation. `unacknowledged`: the terminal has approved and journalled it, and
its answer is on the way for a second and a half: nobody has acknowledged it."""

KILLS: Final = [
    (process, moment)
    for number, process in enumerate(PROCESSES)
    for place, moment in enumerate(MOMENTS)
    if number < 3 or place % 3 == number % 3 or moment == "unacknowledged"
]
"""The three on the money's way at every moment, the others spread over them."""

SETTLED: Final = ("approved", "declined", "cancelled", "not_performed")

HEALS_S: Final = 40.0


def persistently(call: Any) -> Any:
    """Ask as a register does that lost the answer: again, until there is a definite one."""

    def definite() -> Any:
        try:
            reply: Reply = call()
        except OSError:
            return None
        return reply if reply.status < 500 else None

    return until(definite, "a definite answer", HEALS_S)


@pytest.mark.parametrize(("process", "moment"), KILLS)
def test_sale_and_terminal_agree_after_a_kill(
    system: RunningSystem,
    terminal: TerminalClient,
    record_property: Any,
    process: str,
    moment: str,
) -> None:
    register = system.register()
    until(lambda: register.post("/stores/S001/terminals/T1/check").body["connected"], "the link")
    sale = register.open_sale(165)
    if moment == "centre":
        terminal.fault("slow_centre", seconds=1.5)
    if moment == "unacknowledged":
        terminal.fault("answer_late", seconds=1.5)
    path, body = f"/sales/{sale['id']}/tenders", {"method": "terminal", "amount": 165}
    tender = register.done(202, path, body)
    operation = tender["operations"][0]["id"]
    if moment in {"centre", "unacknowledged"}:
        walk_to(terminal, "read_card")
        terminal.present()
        terminal.until_screen("centre", "approved")
    elif moment != "sent":
        walk_to(terminal, moment)
    if moment == "unacknowledged":
        until(lambda: approved_for(terminal, operation), "the terminal's approval")

    dead = system.kill(process)
    started = time.monotonic()  # noqa: TID251 - a figure for the table
    system.wait_ready(process, other_than=dead)

    fresh = RegisterClient(system.api, register.headers["Authorization"].removeprefix("Bearer "))
    person = system.terminal()
    finish(person)

    def settled() -> Any:
        reply = persistently(lambda: fresh.send("GET", f"/api/v1/sales/{sale['id']}"))
        (found,) = reply.body["tenders"]
        return reply.body if found["state"] in SETTLED else None

    after = until(settled, "the tender to be settled", HEALS_S)
    took_s = time.monotonic() - started  # noqa: TID251 - a figure for the table
    (found,) = after["tenders"]
    charged = approved_for(person, operation)
    assert len(charged) == (1 if found["state"] == "approved" else 0)
    assert after["paid"] == (165 if found["state"] == "approved" else 0)
    if moment == "unacknowledged" or process != "ct6100_simulator":
        assert found["state"] == "approved", "nothing stopped the customer from paying"
    person.clear_faults()
    row = (process, moment, found["state"], str(len(charged)), f"{took_s:.1f}")
    record_property("kill", row)
