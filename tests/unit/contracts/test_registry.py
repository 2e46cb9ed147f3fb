import importlib
import pkgutil

import pytest

import contracts
from contracts.envelope import Message
from contracts.registry import MESSAGES, STREAM_OF, Entry, Way
from contracts.streams import STREAMS


def every_tagged_message() -> set[type[Message]]:
    found: set[type[Message]] = set()
    for module in pkgutil.iter_modules(contracts.__path__):
        if module.name == "generate":
            continue
        for value in vars(importlib.import_module(f"contracts.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Message):
                found.add(value)
    return {one for one in found if one.__struct_config__.tag is not None}


def test_every_tagged_message_stands_in_the_table() -> None:
    known = {entry.message for entry in MESSAGES}
    known |= {reply for entry in MESSAGES for reply in entry.replies}
    assert every_tagged_message() - known == set()


def test_no_two_questions_share_a_subject() -> None:
    subjects = [entry.subject for entry in MESSAGES if entry.way in {Way.QUESTION, Way.COMMAND}]
    assert len(subjects) == len(set(subjects))


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.name)
def test_the_subject_starts_with_the_word_for_its_way(entry: Entry) -> None:
    first = {
        Way.QUESTION: "svc.",
        Way.COMMAND: "cmd.<company>.<store>.",
        Way.FACT: "evt.<company>.<store>.terminal.",
        Way.EVENT: "evt.<company>.<store>.sale.",
        Way.LIVE: "live.<company>.<store>.",
        Way.DOCUMENT: "",
    }[entry.way]
    assert entry.subject.startswith(first)


def test_the_verb_of_a_request_is_the_messages_tag() -> None:
    for entry in MESSAGES:
        if entry.way in {Way.QUESTION, Way.COMMAND}:
            assert entry.subject.rsplit(".", 1)[1] == entry.name


def test_replies_that_share_a_subject_are_told_apart_by_their_tags() -> None:
    for entry in MESSAGES:
        if entry.way is Way.COMMAND and len(entry.replies) > 1:
            tags = [reply.__struct_config__.tag for reply in entry.replies]
            assert len(tags) == len(set(tags))
            assert None not in tags


def test_durable_messages_name_a_stream_that_exists() -> None:
    assert set(STREAM_OF.values()) <= {spec.name for spec in STREAMS}
