"""What is heard live is kept, and told only to those whom it concerns."""

from datetime import timedelta
from typing import Any

import msgspec

from contracts.operations import Phase, Screen, ScreenShown
from contracts.sales import DoubtAsked
from front import ears
from front.hub import RegisterTopic, SaleTopic
from front.live import Live
from testkit.clock import START

SALE = "00000000-0000-7000-8000-00000000000a"
OPERATION = "00000000-0000-7000-8000-00000000000b"
ASKED = DoubtAsked(operation_id=OPERATION, sale=SALE, asked=4, at=START, answer="working")
SHOWN = ScreenShown(
    terminal="T1",
    operation_id=OPERATION,
    sequence=1,
    phase=Phase.READ,
    screen=Screen(name="centre"),
    at=START,
)


def test_what_was_heard_last_of_an_operation_is_its_glass_and_its_doubt() -> None:
    live = Live()
    assert ears.last_heard(live, [OPERATION]) == []
    live.on_screen("C", "S", SHOWN)
    live.on_doubt(ASKED)
    told = ears.last_heard(live, [OPERATION, SALE])
    assert [one.kind for one in told] == ["screen", "doubt"]
    assert [one.about for one in told] == ["T1", OPERATION]


def test_a_doubt_is_told_by_the_names_that_its_tender_has_for_it() -> None:
    assert msgspec.json.decode(ears.doubt_told(ASKED).payload) == {
        "operation": OPERATION,
        "sale": SALE,
        "asked": 4,
        "last_asked_at": "2026-11-20T01:00:00Z",
        "answer": "working",
    }


def test_only_operations_that_wait_are_followed() -> None:
    def gist(state: str) -> ears.EventGist:
        operations = [{"id": SALE}, {"id": OPERATION}]
        tender = {"number": 2, "state": state, "operations": operations}
        event: dict[str, Any] = {
            "company": "C",
            "store": "S",
            "register": "R1",
            "sale_id": SALE,
            "sequence": 1,
            "sale": {"tenders": [tender]},
        }
        return msgspec.convert(event, ears.EventGist)

    assert ears.waiting_operations(gist("in_doubt")) == {OPERATION: 2}
    assert ears.waiting_operations(gist("approved")) == {}


async def test_a_doubt_is_told_to_its_sale_and_to_the_registers_of_its_store(house: Any) -> None:
    await house.with_store()
    listeners = {
        topic: house.hub.listen(topic, "t")
        for topic in (
            SaleTopic("C", SALE),
            RegisterTopic("C", "S", "R1"),
            SaleTopic("C", OPERATION),
            SaleTopic("D", SALE),
            RegisterTopic("C", "S2", "R1"),
        )
    }
    await house.ears.on_doubt("C", "S", ASKED)
    older = msgspec.structs.replace(ASKED, at=START - timedelta(seconds=1))
    await house.ears.on_doubt("C", "S", older)
    told = [await listener.next(0.001) for listener in listeners.values()]
    assert [one is not None for one in told] == [True, True, False, False, False]
    assert [await listener.next(0.001) for listener in listeners.values()] == [None] * 5
