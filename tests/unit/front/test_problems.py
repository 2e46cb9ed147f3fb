"""Refusals on the wire."""

import msgspec
import pytest
from msgspec import Raw

from contracts.envelope import Answer, Refusal
from contracts.problems import PROBLEMS
from front.model import Refused
from front.problems import PROBLEM_TYPE, of_refused, problem, reply_of


def told(body: bytes) -> dict[str, object]:
    return msgspec.json.decode(body, type=dict[str, object])


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_has_its_status_and_its_shape(code: str) -> None:
    reply = problem(code)
    document = told(reply.body)
    assert reply.status == PROBLEMS[code].status == document["status"]
    assert reply.content_type == PROBLEM_TYPE
    assert document["code"] == code
    assert document["title"] == PROBLEMS[code].title
    assert document["detail"]


@pytest.mark.parametrize("code", [c for c, p in PROBLEMS.items() if p.status in {429, 503}])
def test_what_passes_by_itself_says_when_to_try_again(code: str) -> None:
    assert "Retry-After" in dict(problem(code).headers)


def test_the_time_that_a_service_told_goes_into_the_header() -> None:
    reply = problem("too_many_attempts", fields={"retry_after": 77})
    assert dict(reply.headers)["Retry-After"] == "77"
    assert told(reply.body)["retry_after"] == 77


def test_fields_stand_beside_but_never_replace_the_documents_own() -> None:
    document = told(problem("terminal_busy", fields={"holder": "R1", "status": 200}).body)
    assert document["holder"] == "R1"
    assert document["status"] == 409


def test_a_code_that_nobody_registered_is_our_fault_and_says_nothing() -> None:
    reply = problem("secret_internal_thing", "in module x", {"where": "x"})
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert b"module" not in reply.body


@pytest.mark.parametrize(("outcome", "status"), [("ok", 200), ("created", 201), ("accepted", 202)])
def test_a_good_answer_passes_through_byte_by_byte(outcome: str, status: int) -> None:
    body = b'{"b": 1,  "a":2}'
    reply = reply_of(Answer(outcome=outcome, body=Raw(body), replayed=True))
    assert (reply.status, reply.body, reply.replayed) == (status, body, True)


def test_what_is_done_and_has_nothing_to_say_is_204_the_second_time_too() -> None:
    reply = reply_of(Answer(outcome="ok", replayed=True))
    assert (reply.status, reply.body, reply.replayed) == (204, b"", True)


def test_a_refusal_keeps_its_words_and_fields() -> None:
    refusal = Refusal(code="amount_exceeds_balance", detail="165 is owed", fields={"limit": 165})
    answer = Answer(
        outcome="amount_exceeds_balance", body=Raw(msgspec.json.encode(refusal)), replayed=True
    )
    reply = reply_of(answer)
    document = told(reply.body)
    assert (reply.status, reply.replayed) == (422, True)
    assert document["limit"] == 165
    assert document["detail"] == "165 is owed"


def test_a_refusal_without_a_body_still_has_its_code() -> None:
    assert told(reply_of(Answer(outcome="unknown_sale")).body)["code"] == "unknown_sale"


def test_what_is_not_logged_in_is_told_how_to() -> None:
    assert "WWW-Authenticate" in dict(of_refused(Refused("not_authenticated")).headers)
