"""Every fault of the simulated terminal's drawer ends in a known state, with its evidence kept.

One line a script: what is armed, what the customer pays with, what people do to mend it, how it may
end, and by whose word. Whatever it is: charged at most once, and each charge on its sale.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from testkit.customer import CARD, Wallet, approved_for, pay, walk_to_reader
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import until_linked

AMOUNT: Final = 165
NANACO: Final = Wallet(media="emoney", brand="nanaco", entry="contactless")
HEALS_S: Final = 40.0
SETTLED: Final = frozenset({"approved", "declined", "cancelled", "not_performed"})

RESULT: Final = frozenset({"result"})
BY_ASKING: Final = frozenset({"journal", "status"})
"""The answer itself never came, or not in a shape that one may believe."""

EITHER: Final = RESULT | BY_ASKING
"""Whoever was quicker: the answer, sent again, or the question about it."""


def nobody(_terminal: TerminalClient) -> None:
    """Nothing is mended by hand."""


def switch_off_and_on(terminal: TerminalClient) -> None:
    """What the register advises for a terminal that hangs."""
    terminal.until_screen("frozen")
    terminal.power("off")
    terminal.power("on")


def new_paper(terminal: TerminalClient) -> None:
    terminal.put_paper_in()


def touch_again(terminal: TerminalClient) -> None:
    """処理未了: the card's next touch shows what became of it."""
    terminal.until_screen("incomplete")
    entry = next(one for one in terminal.journal() if one["state"] == "incomplete")
    terminal.settle_incomplete(entry["slip_number"], "approved")


class Script(NamedTuple):
    fault: str
    more: dict[str, Any]
    ends: str
    by: frozenset[str]
    wallet: Wallet = CARD
    mend: Callable[[TerminalClient], None] = nobody
    cases: tuple[str, ...] = ()
    """Kinds of the cases that it leaves, for people to look at."""


SCRIPTS: Final = (
    # A terminal that hears no thanks tells its result again: on a busy machine before it is asked.
    Script("answer_lost", {}, "approved", EITHER),
    Script("answer_late", {"seconds": 0.8}, "approved", EITHER),
    Script("answer_twice", {}, "approved", RESULT),
    Script("answer_split", {"bytes": 1}, "approved", RESULT),
    Script("wrong_amount", {"amount": 999}, "approved", BY_ASKING, cases=("amount_differs",)),
    Script("foreign_operation", {}, "approved", BY_ASKING, cases=("foreign_result",)),
    Script("link_drop_at", {"screen": "read_card"}, "approved", EITHER),
    Script("link_drop_at", {"screen": "centre"}, "approved", EITHER),
    Script("link_drop_at", {"screen": "approved"}, "approved", EITHER),
    Script("nak_every", {"n": 2}, "approved", RESULT),
    Script("reboot_at", {"screen": "read_card", "seconds": 0.2}, "not_performed", BY_ASKING),
    Script("reboot_at", {"screen": "centre", "seconds": 0.2}, "approved", EITHER),
    Script("reboot_at", {"screen": "approved", "seconds": 0.2}, "approved", EITHER),
    Script("freeze", {"screen": "read_card"}, "not_performed", BY_ASKING, mend=switch_off_and_on),
    Script("freeze", {"screen": "approved"}, "approved", EITHER, mend=switch_off_and_on),
    Script("paper_out", {}, "approved", RESULT, mend=new_paper),
    Script("slow_centre", {"seconds": 0.5}, "approved", RESULT),
    Script("decline", {"code": "card_expired"}, "declined", RESULT),
    Script("incomplete", {"brand": "nanaco"}, "approved", EITHER, NANACO, touch_again),
    Script("close_day_mid_payment", {}, "approved", RESULT),
    Script("clock_skew", {"seconds": -300}, "approved", RESULT),
)


def test_every_fault_of_the_drawer_has_a_script(terminal: TerminalClient) -> None:
    refused = terminal.send(
        "POST", f"/api/terminals/{terminal.serial}/faults", {"fault": "no_such_fault"}
    )
    assert refused.status == 422, refused.body
    assert set(refused.body["known"]) == {script.fault for script in SCRIPTS}


@pytest.mark.parametrize(
    "script", SCRIPTS, ids=lambda one: "-".join((one.fault, *map(str, one.more.values())))
)
def test_it_ends_in_a_known_state_with_its_evidence_and_one_charge_at_most(
    register: RegisterClient, terminal: TerminalClient, script: Script
) -> None:
    terminal.fault(script.fault, **script.more)
    sale = register.open_sale(AMOUNT)["id"]
    operation = register.tender(sale, AMOUNT)["operations"][0]["id"]
    act(terminal, script)
    script.mend(terminal)

    def ended() -> Any:
        (tender,) = register.sale(sale)["tenders"]
        return tender if tender["state"] in SETTLED else None

    tender = until(ended, "a known state", HEALS_S)
    charged = approved_for(terminal, operation)
    assert (tender["state"], len(charged)) == (script.ends, int(script.ends == "approved"))
    evidence = tender["operations"][0]["evidence"]
    assert evidence["source"] in script.by
    assert tender.get("resolved_from", evidence["source"]) == evidence["source"]
    assert evidence["at"]
    after = register.sale(sale)
    assert (after["paid"], after["pending"]) == (AMOUNT * len(charged), 0)
    assert sorted(case["kind"] for case in after["cases"]) == sorted(script.cases)
    if charged:
        assert tender["slip_number"] == charged[0]["slip_number"]
        assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"
    terminal.clear_faults()
    terminal.bring_home()
    until_linked(register, terminal)


def act(terminal: TerminalClient, script: Script) -> None:
    """Do what a customer does, as far as the terminal lets them."""
    if script.more.get("screen") == "read_card" and script.ends != "approved":
        terminal.until_screen("choose_media")
        for key in ("クレジットカード・銀聯", "セット", "一括", "実行"):
            terminal.press(key)
    elif script.fault == "link_drop_at":
        walk_to_reader(terminal, script.wallet)
        terminal.present()
    else:
        pay(terminal, script.wallet)
