"""The tables and the rights are the same thing, read in both directions."""

from itertools import product

import pytest

from contracts.permissions import (
    CENTRAL,
    COMPANY_TAG,
    PROVISIONERS,
    STORE_TAG,
    Rights,
    box_identity,
    inbox,
    rights_of,
    rights_of_box,
)
from contracts.registry import EVERY, GATEWAY, MESSAGES, Entry, Way
from contracts.streams import CONSUMERS, STREAMS

BOX = rights_of_box("DEMO", "S001")
EVERYBODY = {service: rights_of(service) for service in CENTRAL} | {GATEWAY: BOX}


def covers(pattern: str, subject: str) -> bool:
    """Tell whether a permission takes a subject (or a pattern) in, as the server does."""
    ours, theirs = pattern.split("."), subject.split(".")
    for place, token in enumerate(ours):
        if token == ">":
            return len(theirs) > place
        if place >= len(theirs) or (token != "*" and token != theirs[place]):
            return False
        if theirs[place] == ">":
            return False
    return len(ours) == len(theirs)


def allows(permitted: tuple[str, ...], subject: str) -> bool:
    return any(covers(pattern, subject) for pattern in permitted)


def example(entry: Entry) -> str:
    """Return the subject as it is for one terminal of the box's own store."""
    filled = entry.subject.replace("<company>", "DEMO").replace("<store>", "S001")
    told = ".".join("X1" if token.startswith("<") else token for token in filled.split("."))
    bucket, colon, key = told.partition(": ")
    return f"$KV.{bucket}.{key}" if colon else told


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.name)
def test_who_the_table_calls_a_sender_may_send_and_nobody_else(entry: Entry) -> None:
    senders = {who for who, may in EVERYBODY.items() if allows(may.publish, example(entry))}
    assert senders == set(entry.sender)


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.name)
def test_who_the_table_calls_a_receiver_may_hear_it_and_nobody_else(entry: Entry) -> None:
    hearers = {who for who, may in EVERYBODY.items() if allows(may.subscribe, example(entry))}
    streams = {spec.name for spec in STREAMS if allows(spec.subjects, example(entry))}
    readers = {spec.service for spec in CONSUMERS if spec.stream in streams}
    expected = set(EVERYBODY) if EVERY in entry.receiver else set(entry.receiver)
    assert hearers | readers == expected


@pytest.mark.parametrize("spec", CONSUMERS, ids=lambda spec: spec.durable)
def test_only_its_owner_reads_a_durable_consumer(spec: object) -> None:
    assert spec in CONSUMERS
    for who, may in EVERYBODY.items():
        for other in CONSUMERS:
            asked = f"$JS.API.CONSUMER.MSG.NEXT.{other.stream}.{other.durable}"
            assert allows(may.publish, asked) == (who == other.service)


def test_a_box_may_nothing_outside_its_own_store() -> None:
    shared = {"svc.all.read_health"}
    for pattern in (*BOX.publish, *BOX.subscribe):
        if pattern in shared:
            continue
        assert "DEMO.S001" in pattern, pattern
    other = rights_of_box("DEMO", "S002")
    assert set(BOX.publish) & set(other.publish) == set()
    assert set(BOX.subscribe) & set(other.subscribe) == shared


def test_codes_that_run_together_are_still_two_boxes() -> None:
    one, other = rights_of_box("A", "B-C"), rights_of_box("A-B", "C")
    assert set(one.publish) & set(other.publish) == set()
    assert box_identity("A", "B-C") != box_identity("A-B", "C")


def test_the_template_of_boxes_is_a_boxs_rights_with_tags_for_codes() -> None:
    template = rights_of_box(COMPANY_TAG, STORE_TAG)
    filled = Rights(
        *(
            tuple(
                sorted(
                    one.replace(COMPANY_TAG, "DEMO").replace(STORE_TAG, "S001") for one in patterns
                )
            )
            for patterns in template
        )
    )
    assert filled == BOX


def test_answers_to_one_are_heard_by_no_other() -> None:
    for (who, may), other in product(EVERYBODY.items(), EVERYBODY):
        name = box_identity("DEMO", "S001") if other == GATEWAY else other
        assert allows(may.subscribe, f"{inbox(name)}.a.b") == (who == other)


@pytest.mark.parametrize("call", ["CREATE", "UPDATE", "DELETE", "PURGE", "MSG.DELETE"])
def test_only_provisioners_make_streams_and_nobody_takes_one_away(call: str) -> None:
    may = {
        who for who, it in EVERYBODY.items() if allows(it.publish, f"$JS.API.STREAM.{call}.SALES")
    }
    assert may == (set(PROVISIONERS) if call in {"CREATE", "UPDATE"} else set())


def test_nobody_publishes_answers_but_to_whoever_asked() -> None:
    for may in EVERYBODY.values():
        assert not any(pattern.startswith(("_INBOX", ">", "*")) for pattern in may.publish)


def test_every_way_is_looked_at() -> None:
    assert {entry.way for entry in MESSAGES} == set(Way)
