"""How a central service refuses, and which answers are kept for an idempotency key."""

import msgspec
import pytest
from msgspec import Raw, Struct

from contracts.envelope import Answer, Idempotency, Refusal
from contracts.problems import PROBLEMS
from servicekit import answers

ASKED = Idempotency(key="k", fingerprint="a" * 64)


class Kept(Struct, frozen=True):
    """As a service keeps it."""

    fingerprint: str
    outcome: str = "created"
    body: bytes = b'{"id":1}'


def told(answer: Answer) -> Refusal:
    return msgspec.json.decode(answer.body, type=Refusal)


def test_a_refusal_says_what_a_program_needs() -> None:
    answer = answers.refused("amount_exceeds_balance", "too much", {"balance": 1})
    assert answer.outcome == "amount_exceeds_balance"
    assert told(answer) == Refusal(
        code="amount_exceeds_balance", detail="too much", fields={"balance": 1}
    )


@pytest.mark.parametrize("code", [code for code, one in PROBLEMS.items() if one.status == 503])
def test_what_may_be_asked_again_says_after_how_long(code: str) -> None:
    assert told(answers.refused(code)).fields == {"retry_after": answers.RETRY_AFTER_S}
    assert told(answers.refused(code, "", {"retry_after": 9})).fields == {"retry_after": 9}


@pytest.mark.parametrize("code", PROBLEMS)
def test_what_was_decided_is_kept_and_nothing_else(code: str) -> None:
    decided = PROBLEMS[code].status in {409, 422}
    before = code in {"request_in_progress", "register_taken_over"}
    assert answers.is_kept(answers.refused(code)) is (decided and not before)


def test_what_was_granted_is_kept() -> None:
    assert all(answers.is_kept(Answer(outcome=one)) for one in ("ok", "created", "accepted"))


def test_a_repeat_gets_the_same_bytes_and_another_request_none() -> None:
    again = answers.replayed(Kept(fingerprint="a" * 64), ASKED)
    assert again == Answer(outcome="created", body=Raw(b'{"id":1}'), replayed=True)
    other = answers.replayed(Kept(fingerprint="b" * 64), ASKED)
    assert (other.outcome, other.replayed) == ("idempotency_key_reused", False)
