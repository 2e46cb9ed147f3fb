from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from contracts.envelope import Fact, encode
from contracts.operations import ForeignResultSeen, Outcome, Phase, TerminalFact
from ct6100 import messages, records
from terminal_gateway import ct6100_words as words
from terminal_gateway import decide_word
from terminal_gateway.model import FactDraft, seal
from testkit.terminals import MORNING, TerminalBench

OURS = "019a9fd1-0000-7000-8000-000000000001"


def result_of(bench: TerminalBench) -> messages.Result:
    bench.on().pay(OURS)
    bench.answer("approved")
    (result,) = bench.told(messages.Result)
    return result


@pytest.fixture
def result() -> messages.Result:
    return result_of(TerminalBench())


def foreign(result: messages.Result, at: datetime, ahead: timedelta = timedelta()) -> FactDraft:
    return decide_word.foreign(
        words.ended(result),
        terminal="T1",
        serial="CT6100-S001-T1",
        at=at,
        ahead=ahead,
        fact_id=OURS,
    )


def as_fact(result: messages.Result, at: datetime) -> Fact[TerminalFact]:
    """What the centre reads of it; raises when it cannot."""
    told = foreign(result, at)
    sealed = seal(told, company="DEMO", store="S001", epoch=1, sequence=1)
    return msgspec.json.decode(sealed, type=Fact[TerminalFact])


def test_a_result_keeps_the_numbers_of_the_terminal(result: messages.Result) -> None:
    ended = words.ended(result)
    assert (ended.receipt, ended.number, ended.operation_id) == (1, 1, OURS)
    assert (ended.outcome, ended.amount, ended.slip_number) == (Outcome.APPROVED, 165, "00119")
    assert ended.slip is not None
    assert ended.slip.card_number == "377782****6304"


def test_what_is_stored_is_named_with_its_outcome(result: messages.Result) -> None:
    broke_off = replace(result, outcome=records.Outcome.INCOMPLETE)
    for told in (result, broke_off):
        said = words.stored(words.ended(told))
        assert said == messages.ResultStored(number=1, outcome=told.outcome)


def test_a_slip_with_an_unmasked_number_goes_no_further(
    result: messages.Result, caplog: pytest.LogCaptureFixture
) -> None:
    assert result.slip is not None
    bare = replace(result, slip=replace(result.slip, card_number="377782123456304"))
    assert words.ended(bare).slip is None
    assert "377782123456304" not in caplog.text


def test_an_echo_that_is_no_id_is_neither_ours_nor_no_echo(result: messages.Result) -> None:
    assert words.ended(replace(result, operation_id="x")).operation_id == words.NO_ID_OF_OURS
    assert words.ended(replace(result, operation_id=None)).operation_id is None


@pytest.mark.parametrize(
    "fields",
    [{"order_number": "注文1"}, {"order_number": ""}, {"operation_id": "'; --"}, {"slip": None}],
)
def test_whatever_a_terminal_says_the_centre_can_read_it(
    result: messages.Result, fields: dict[str, Any]
) -> None:
    assert as_fact(replace(result, **fields), MORNING).body


def test_the_glass_without_an_operation_has_no_phase() -> None:
    bench = TerminalBench().on()
    (hello,) = bench.told(messages.Hello)
    greeted = words.greeted(hello, MORNING)
    assert greeted.sight.home
    assert (greeted.sight.phase, greeted.serial) == (None, "CT6100-S001-T1")
    progress = messages.Progress(
        sequence=4, phase=records.Phase.READ, screen=records.Screen(name="centre")
    )
    assert words.progressed(progress).phase is Phase.READ


def test_a_page_of_the_journal_says_what_it_is_good_for() -> None:
    bench = TerminalBench()
    result_of(bench)
    (journal,) = [
        message
        for message in bench.say(messages.AskJournal(request=7, operation_id=OURS))
        if isinstance(message, messages.Journal)
    ]
    answer = words.journal_answer(journal, "CT6100-S001-T1")
    (entry,) = answer.entries
    assert (entry.number, entry.line.operation_id, entry.line.state) == (1, OURS, "approved")
    assert (answer.covers_first, answer.covers_last, answer.complete) == (1, 1, True)


def test_a_draft_is_read_back_as_it_was(result: messages.Result) -> None:
    draft = foreign(result, MORNING)
    assert encode(as_fact(result, MORNING).body) == encode(draft.body)


def test_a_card_number_in_free_text_is_masked_and_told_of_and_the_result_kept(
    result: messages.Result, caplog: pytest.LogCaptureFixture
) -> None:
    assert result.slip is not None
    slip = replace(result.slip, clerk="4111111111111111", inquiry_number="4111111111111111")
    ended = words.ended(replace(result, reason="read 4111111111111111", slip=slip))
    assert ended.reason == "read 411111******1111"
    assert (ended.outcome, ended.amount) == (Outcome.APPROVED, 165)
    assert ended.slip is not None
    assert ended.slip.clerk == "411111******1111"
    assert ended.slip.inquiry_number == "4111111111111111", "a number with a use of its own"
    assert "card number" in caplog.text
    assert "4111111111111111" not in caplog.text


def test_an_order_number_that_passes_by_chance_stays_whole(result: messages.Result) -> None:
    ended = words.ended(replace(result, order_number="4111111111111111"))
    assert ended.order_number == "4111111111111111"


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=3), -timedelta(days=2)])
def test_when_a_foreign_result_ended_is_told_by_our_clock_however_late_and_wrong_the_terminals_is(
    result: messages.Result, ahead: timedelta
) -> None:
    ended = words.ended(result)
    body = foreign(result, ended.at + timedelta(days=9), ahead).body
    assert isinstance(body, ForeignResultSeen)
    assert body.ended_at == ended.at - ahead
    assert body.evidence.terminal_at == ended.at


def test_what_has_ended_did_not_end_after_now_whatever_the_terminals_clock_says(
    result: messages.Result,
) -> None:
    ended = words.ended(result)
    for now, ahead in (
        (ended.at - timedelta(hours=1), timedelta()),
        (ended.at, -timedelta(days=999_999_999)),
    ):
        body = foreign(result, now, ahead).body
        assert isinstance(body, ForeignResultSeen)
        assert body.ended_at == now
