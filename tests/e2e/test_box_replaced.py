"""A store's box, enrolled with a code, replaced while it was paying, revoked, and renewed: each of
it with real processes, started as a person at the box does.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from testkit.customer import approved_for, finish, walk_to
from testkit.edge_box import KNOWN, STEP_S, TURNED_AWAY, EnrolledBox
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import STORE, RunningSystem

DAYS_30_S: Final = 30 * 86_400


@pytest.fixture(scope="module")
def own_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """A system of its own, whose store is taken over from the box of the start."""
    folder = tmp_path_factory.mktemp("boxes")
    folder.chmod(0o711)
    running = RunningSystem(folder / "data")
    running.start()
    yield running
    running.stop()
    running.discard()


@pytest.fixture
def boxes(own_system: RunningSystem, tmp_path: Path) -> Iterator[Callable[[str], EnrolledBox]]:
    made: list[EnrolledBox] = []

    def new(name: str) -> EnrolledBox:
        made.append(EnrolledBox(own_system, tmp_path / name))
        return made[-1]

    yield new
    for box in made:
        box.kill()


def linked(register: RegisterClient) -> None:
    check = f"/stores/{STORE}/terminals/T1/check"
    until(
        lambda: register.post(check).body.get("connected") is True,
        "the terminal to be linked",
        STEP_S,
    )


def pay(register: RegisterClient, terminal: TerminalClient) -> None:
    sale = register.open_sale(165)
    tender = register.tender(sale["id"], 165)
    finish(terminal)
    register.until_tender(sale["id"], tender["number"], "approved")
    assert len(approved_for(terminal, tender["operations"][0]["id"])) == 1


def view(admin: RegisterClient, box: str) -> Any:
    listed = admin.send("GET", "/api/v1/boxes").body["boxes"]
    return next(one for one in listed if one["box"] == box)


def test_a_new_box_resolves_what_the_dead_one_left_open(
    own_system: RunningSystem, boxes: Callable[[str], EnrolledBox]
) -> None:
    admin, register = own_system.register("admin"), own_system.register()
    terminal = own_system.terminal()
    old = boxes("old")
    old_id = old.enroll(admin, STORE)
    old.run()
    old.until_said(KNOWN)
    linked(register)
    pay(register, terminal)

    # It dies with the card on the reader; the customer goes on: nobody stops the CT-6100.
    sale = register.open_sale(330)
    tender = register.tender(sale["id"], 330)
    operation = tender["operations"][0]["id"]
    walk_to(terminal, "read_card")
    register.until_tender(sale["id"], tender["number"], "in_progress")
    old.kill()
    finish(terminal)
    until(lambda: approved_for(terminal, operation), "the terminal's approval", STEP_S)

    new = boxes("new")
    assert new.enroll(admin, STORE) != old_id
    new.run()
    until(
        lambda: register.sale(sale["id"])["tenders"][0]["state"] == "approved",
        "the new box to find out",
        STEP_S,
    )
    assert len(approved_for(terminal, operation)) == 1, "and the customer paid once"
    assert register.sale(sale["id"])["paid"] == 330

    # Somebody repairs the old one and switches it on.
    assert view(admin, old_id)["state"] == "replaced"
    old.run()
    old.until_said(TURNED_AWAY)
    linked(register)
    pay(register, terminal)


def test_a_revoked_box_is_off_the_bus_and_stays_so(
    own_system: RunningSystem, boxes: Callable[[str], EnrolledBox]
) -> None:
    admin, register = own_system.register("admin"), own_system.register()
    box = boxes("revoked")
    box_id = box.enroll(admin, STORE)
    box.run()
    box.until_said(KNOWN)
    linked(register)
    admin.done(200, f"/boxes/{box_id}/revoke", {})
    box.until_said(TURNED_AWAY)
    until(lambda: view(admin, box_id)["cut_off"], "the fleet page to say so", STEP_S)
    own_system.wait_ready("nats", other_than=own_system.kill("nats"))
    box.kill()
    box.run()
    box.until_said(TURNED_AWAY)

    until(lambda: admin.send("GET", "/api/v1/boxes").status == 200, "the centre", STEP_S)
    back = boxes("back")
    back.enroll(admin, STORE)
    back.run()
    back.until_said(KNOWN)
    linked(register)
    pay(register, own_system.terminal())


def test_a_token_is_renewed_before_it_ends_and_payments_go_on(
    own_system: RunningSystem, boxes: Callable[[str], EnrolledBox]
) -> None:
    admin, register = own_system.register("admin"), own_system.register()
    box = boxes("renewed")
    box.enroll(admin, STORE)
    ends_s = box.age(gone_s=120, left_s=50)  # due as the box starts
    box.run()
    box.until_said("connecting with the renewed token")
    said = box.token()
    assert said["exp"] - said["iat"] == DAYS_30_S
    linked(register)
    pay(register, own_system.terminal())
    until(lambda: time.time() > ends_s + 2, "the old token to have ended", STEP_S)  # noqa: TID251 - the server's clock
    pay(register, own_system.terminal())
    assert not box.has_said("does not let"), "it was never turned away"
