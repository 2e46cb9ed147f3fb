"""What is said to a printer, byte by byte, without one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_gateway.printer_protocol import (
    ANSWER_S,
    CHUNK,
    CLEAR_S,
    DONE_S,
    POLL_FIRST_S,
    STALL_S,
    Run,
    Stage,
)

EPSON = "TM-T88V"
TOKEN = b"0042"
FINE = (0x16, 0x12, 0x12, 0x12)
CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08 10 05 02")
PROCESS_ID = b"\x1d(H\x06\x0000" + TOKEN
DONE = b"\x37\x22" + TOKEN + b"\x00"


def ask(n: int) -> bytes:
    return bytes((0x10, 0x04, n))


def asked(run: Run, statuses: tuple[int, ...] = FINE, now: float = 0.0) -> Run:
    """Answer a whole round of questions."""
    for n, status in enumerate(statuses, start=1):
        assert run.outgoing(now) == ask(n)
        run.receive(bytes((status,)), now)
    return run


def ready(profile: str = EPSON) -> Run:
    run = asked(Run(profile, TOKEN, 0.0))
    assert run.stage is Stage.READY
    return run


def sent(paper: bytes = b"paper", profile: str = EPSON) -> Run:
    run = ready(profile)
    run.begin(paper, 0.0)
    request = PROCESS_ID if profile == EPSON else b"\x1dr\x01"
    assert run.outgoing(0.0) == paper + request
    assert run.outgoing(0.0) == b""
    return run


def test_a_printer_is_asked_four_things_one_after_the_other() -> None:
    run = Run(EPSON, TOKEN, 0.0)
    assert run.outgoing(0.0) == ask(1)
    assert run.outgoing(0.0) == b""
    assert not run.rests
    run.receive(b"\x16", 0.0)
    assert run.outgoing(0.0) == ask(2)


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ((0x1E, 0x16, 0x12, 0x12), "cover_open"),
        ((0x1E, 0x32, 0x12, 0x12), "paper_out"),
        ((0x1E, 0x12, 0x12, 0x72), "paper_out"),
        ((0x1E, 0x36, 0x12, 0x7E), "cover_open"),
        ((0x1E, 0x12, 0x12, 0x12), "offline"),
        ((0x1E, 0x52, 0x1A, 0x12), "offline"),
    ],
)
def test_what_keeps_it_from_printing_has_a_name(statuses: tuple[int, ...], reason: str) -> None:
    run = asked(Run(EPSON, TOKEN, 0.0), statuses)
    assert (run.stage, run.reason, run.begun) == (Stage.ENDED, reason, False)


def test_paper_that_is_nearly_used_up_keeps_it_from_nothing() -> None:
    run = asked(Run(EPSON, TOKEN, 0.0), (0x16, 0x12, 0x12, 0x1E))
    assert run.stage is Stage.READY
    assert run.near_end


def test_no_byte_of_the_job_goes_before_it_is_begun() -> None:
    run = ready()
    assert run.outgoing(0.0) == b""
    assert run.deadline() is None
    assert not run.begun


def test_it_is_printed_when_the_printer_says_its_own_token() -> None:
    run = sent()
    run.receive(b"\x37\x220041\x00", 1.0)
    assert not run.rests
    run.receive(DONE, 1.0)
    assert (run.stage, run.reason) == (Stage.ENDED, "")


def test_a_printer_without_process_ids_is_asked_for_its_paper() -> None:
    run = sent(profile="default")
    run.receive(b"\x00", 1.0)
    assert (run.stage, run.reason) == (Stage.ENDED, "")


def test_long_paper_goes_in_pieces() -> None:
    run, paper = ready(), b"x" * (CHUNK + 1)
    run.begin(paper, 0.0)
    assert run.outgoing(0.0) == paper[:CHUNK]
    assert run.stage is Stage.SENDING
    assert run.outgoing(0.0) == b"x" + PROCESS_ID
    assert run.stage is Stage.FINISHING


def test_a_fault_that_is_seen_twice_breaks_it_off_and_clears_the_rest() -> None:
    run = sent()
    run.on_deadline(POLL_FIRST_S)
    asked(run, (0x1E, 0x16, 0x12, 0x12), POLL_FIRST_S)
    assert not run.rests
    run.on_deadline(POLL_FIRST_S)
    asked(run, (0x1E, 0x16, 0x12, 0x12), POLL_FIRST_S)
    assert (run.stage, run.reason) == (Stage.CLEARING, "cover_open")
    assert run.outgoing(POLL_FIRST_S) == CLEAR
    run.receive(b"\x37\x25\x00", 1.0)
    assert (run.stage, run.reason, run.begun, run.washed) == (
        Stage.ENDED,
        "cover_open",
        True,
        True,
    )


def test_one_that_was_done_while_it_was_given_up_is_printed() -> None:
    run = sent()
    for _ in range(2):
        run.on_deadline(POLL_FIRST_S)
        asked(run, (0x1E, 0x32, 0x12, 0x12), POLL_FIRST_S)
    run.receive(DONE, 1.0)
    assert (run.stage, run.reason) == (Stage.ENDED, "")


def test_a_printer_that_does_not_answer_is_given_up() -> None:
    run = Run(EPSON, TOKEN, 0.0)
    run.on_deadline(ANSWER_S)
    assert (run.stage, run.reason, run.begun) == (Stage.ENDED, "no_answer", False)


def test_one_that_falls_silent_in_the_middle_is_given_up() -> None:
    run = sent()
    run.on_deadline(POLL_FIRST_S)
    assert run.outgoing(POLL_FIRST_S) == ask(1)
    run.on_deadline(POLL_FIRST_S + ANSWER_S)
    assert (run.stage, run.reason) == (Stage.CLEARING, "no_answer")
    run.on_deadline(POLL_FIRST_S + ANSWER_S + CLEAR_S)
    assert (run.stage, run.washed) == (Stage.ENDED, False)


def test_one_that_never_says_that_it_is_done_is_given_up() -> None:
    run, now = sent(), 0.0
    while not run.reason:
        deadline = run.deadline()
        assert deadline is not None
        now = max(now, deadline)
        run.on_deadline(now)
        if run.stage is Stage.FINISHING:
            asked(run, now=now)
    assert run.reason == "no_answer"
    assert now >= DONE_S


def test_one_that_takes_no_more_bytes_is_asked_why() -> None:
    run = ready()
    run.begin(b"x" * CHUNK * 3, 0.0)
    run.outgoing(0.0)
    run.on_deadline(STALL_S)
    asked(run, (0x1E, 0x32, 0x12, 0x12), STALL_S)
    assert (run.stage, run.reason) == (Stage.CLEARING, "paper_out")


def test_a_connection_that_is_lost_says_how_far_it_had_come() -> None:
    run = ready()
    run.connection_lost()
    assert (run.reason, run.begun) == ("cable", False)
    run = sent()
    run.connection_lost()
    assert (run.reason, run.begun, run.washed) == ("cable", True, False)


def test_what_an_earlier_job_left_is_cleared_first() -> None:
    run = Run(EPSON, TOKEN, 0.0, wash=True)
    assert run.outgoing(0.0) == CLEAR
    run.receive(b"\x37\x25\x00", 0.0)
    assert asked(run).stage is Stage.READY
    run = Run(EPSON, TOKEN, 0.0, wash=True)
    assert run.outgoing(0.0) == CLEAR
    run.on_deadline(CLEAR_S)
    assert asked(run, now=CLEAR_S).stage is Stage.READY


def test_an_automatic_status_is_nobodys_answer() -> None:
    run = sent(profile="default")
    run.receive(b"\x10\x00\x00\x0f", 1.0)
    assert not run.rests
    run.receive(b"\x00", 1.0)
    assert run.rests


@given(st.lists(st.binary(max_size=12), max_size=30))
def test_whatever_a_printer_says_nothing_breaks_and_it_rests_in_the_end(
    said: list[bytes],
) -> None:
    run, now = Run(EPSON, TOKEN, 0.0), 0.0
    for data in said:
        run.outgoing(now)
        run.receive(data, now)
        if run.stage is Stage.READY:
            run.begin(b"paper", now)
    for _ in range(2_000):
        if run.stage is Stage.READY:
            run.begin(b"paper", now)
        run.outgoing(now)
        deadline = run.deadline()
        if deadline is None:
            break
        now = max(now, deadline)
        run.on_deadline(now)
    assert run.stage is Stage.ENDED


@given(st.integers(1, 6))
def test_answers_split_anywhere_are_whole(at: int) -> None:
    run = sent()
    run.receive(DONE[:at], 1.0)
    assert not run.rests
    run.receive(DONE[at:], 1.0)
    assert run.rests
