from datetime import UTC, datetime

import msgspec

from contracts.envelope import Answer, Fact, encode
from contracts.operations import Evidence, OperationDoubted, TerminalFact

DOUBTED = Fact[OperationDoubted](
    id="0193a5c2-0000-7000-8000-000000000001",
    company="DEMO",
    store="S001",
    epoch=3,
    sequence=7,
    at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
    body=OperationDoubted(
        operation_id="0193a5c2-0000-7000-8000-000000000002", terminal="T1", reason="silence"
    ),
)


def test_a_fact_comes_back_as_it_was_sent() -> None:
    decoded = msgspec.json.decode(encode(DOUBTED), type=Fact[TerminalFact])
    assert decoded.body == DOUBTED.body
    assert decoded.sequence == 7


def test_a_newer_peers_unknown_fields_are_ignored() -> None:
    content = msgspec.json.decode(encode(DOUBTED))
    content["added_later"] = True
    content["body"]["added_too"] = {"x": 1}
    decoded = msgspec.json.decode(msgspec.json.encode(content), type=Fact[TerminalFact])
    assert decoded.body == DOUBTED.body


def test_a_stored_body_travels_byte_by_byte() -> None:
    body = msgspec.Raw(b'{"b" : 1,  "a":2}')
    answer = msgspec.json.decode(encode(Answer(outcome="ok", body=body)), type=Answer)
    assert bytes(answer.body) == bytes(body)


def test_times_keep_their_offset() -> None:
    evidence = Evidence(source="journal", at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    assert b'"2026-11-20T01:00:00Z"' in encode(evidence)
