"""Jobs on their way: sent once it is on disk, asked after with the same id, never printed twice."""

from datetime import timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contracts.printing import (
    InquirePrint,
    PrintDiffers,
    PrintEnded,
    PrintOutcome,
    PrintPaper,
    PrintQueued,
    PrintQueueFull,
    UnknownPrinter,
)
from contracts.receipts import Copy
from receipts.decide_job import ASK_AFTER, GIVEN_UP_AFTER
from receipts.errors import (
    NumberNotMaskedError,
    PaperTooLongError,
    UnknownLayoutError,
    UnknownProfileError,
)
from receipts.model import JobState, MerchantNumber, NumberState, PrintJob, SaleRecord
from receipts.ports import OutOfReach, Unanswered
from testkit.clock import START
from testkit.papers import sold

LATER_S: Final = ASK_AFTER.total_seconds()


def queued(command: PrintPaper | InquirePrint) -> PrintQueued:
    return PrintQueued(job_id=command.job_id)


def ended(outcome: PrintOutcome, reason: str = "", *, partly: bool = False) -> Any:
    def said(command: PrintPaper | InquirePrint) -> PrintEnded:
        return PrintEnded(
            job_id=command.job_id,
            printer=command.printer,
            outcome=outcome,
            at=START,
            reason=reason,
            partly=partly,
        )

    return said


PRINTED: Final = ended(PrintOutcome.PRINTED)


def how(job: PrintJob) -> tuple[str, str]:
    return str(job.state), job.reason


async def test_a_job_goes_out_as_it_was_ordered_and_is_on_disk_as_sent_before(shop: Any) -> None:
    job = await shop.ordered(reprint=True)
    states: list[JobState] = []

    def look(command: PrintPaper) -> PrintQueued:
        states.append(shop.record.jobs[job.id].state)
        return queued(command)

    shop.box.words["print_paper"] = [look]
    await shop.printing.send(job)
    (command,) = shop.box.heard
    assert states == [JobState.SENT]
    assert (command.job_id, command.printer, command.expires_at) == (job.id, "P1", job.expires_at)
    assert command.paper == b"00119 customer None 32 True"
    assert how(await shop.now(job)) == ("sent", "")


async def test_a_printer_that_answers_at_once_ends_the_job_and_it_is_told(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [PRINTED]
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("printed", "")
    assert [one.job.state for one in shop.news.told] == ["printed"]


async def test_a_store_out_of_reach_has_nothing_and_is_told_so(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [OutOfReach("away")]
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("not_printed", "store_unreachable")
    assert not (await shop.now(job)).partly
    assert len(shop.box.heard) == 1


async def test_after_a_try_that_nobody_answered_out_of_reach_proves_nothing(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [Unanswered("?"), OutOfReach("away")]
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("sent", "")


async def test_a_box_that_cannot_just_now_is_asked_again_with_the_same_bytes(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [Unanswered("?"), Unanswered("?"), queued]
    await shop.printing.send(job)
    first, *others = shop.box.heard
    assert others == [first, first]
    assert how(await shop.now(job)) == ("sent", "")


async def test_a_box_that_never_answers_is_asked_later_with_the_same_id(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words |= {"print_paper": [Unanswered("?")], "inquire": [PRINTED]}
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("sent", "")
    assert len(shop.box.heard) == 3
    await shop.printing.tick()
    assert len(shop.box.heard) == 3, "asked too early"
    shop.clock.advance(LATER_S)
    await shop.printing.tick()
    assert shop.box.heard[3:] == [InquirePrint(job_id=job.id, printer="P1")]
    assert how(await shop.now(job)) == ("printed", "")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (PrintQueueFull(limit=16), ("not_printed", "queue_full")),
        (UnknownPrinter(), ("not_printed", "printer_changed")),
        (PrintDiffers(field="paper"), ("sent", "")),
        (ended(PrintOutcome.NOT_PRINTED, "paper_out"), ("not_printed", "paper_out")),
    ],
)
async def test_what_the_box_says_is_how_it_is(
    shop: Any, word: Any, expected: tuple[str, str]
) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [word]
    await shop.printing.send(job)
    assert how(await shop.now(job)) == expected


async def test_paper_of_which_some_may_have_come_out_says_so(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [ended(PrintOutcome.NOT_PRINTED, "cable", partly=True)]
    await shop.printing.send(job)
    assert (await shop.now(job)).partly


# --- after a restart, and beside another process ---


async def test_after_a_restart_a_job_that_was_sent_is_asked_about_and_never_sent(shop: Any) -> None:
    job = await shop.ordered(state=JobState.SENT)
    shop.box.words["inquire"] = [Unanswered("?"), queued, PRINTED]
    reborn = shop.born()
    for _ in range(3):
        shop.clock.advance(60)
        await reborn.tick()
    assert {type(one) for one in shop.box.heard} == {InquirePrint}
    assert {one.job_id for one in shop.box.heard} == {job.id}
    assert how(await shop.now(job)) == ("printed", "")


async def test_after_a_restart_a_job_that_was_not_sent_is_sent_once(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [queued]
    reborn = shop.born()
    await reborn.tick()
    await reborn.tick()
    assert [type(one) for one in shop.box.heard] == [PrintPaper]
    assert how(await shop.now(job)) == ("sent", "")


async def test_of_two_processes_one_sends(shop: Any) -> None:
    job = await shop.ordered()
    shop.box.words["print_paper"] = [queued]
    await shop.printing.send(job)
    await shop.born().send(job)  # it has read the job before the first one moved it
    assert len(shop.box.heard) == 1


async def test_a_question_is_put_again_after_pauses_that_grow(shop: Any) -> None:
    await shop.ordered(state=JobState.SENT)
    shop.box.words["inquire"] = [queued]
    asked: list[int] = []
    for second in range(120):
        before = len(shop.box.heard)
        await shop.printing.tick()
        if len(shop.box.heard) > before:
            asked.append(second)
        shop.clock.advance(1)
    assert asked == [3, 6, 12, 24, 48, 96]


async def test_what_has_ended_is_forgotten(shop: Any) -> None:
    job = await shop.ordered(state=JobState.SENT)
    shop.box.words["inquire"] = [queued]
    shop.clock.advance(LATER_S)
    await shop.printing.tick()
    await shop.printing.on_ended("DEMO", "S001", PRINTED(InquirePrint(job_id=job.id, printer="P1")))
    shop.record.jobs[job.id] = replace(job, requested_at=shop.clock.now() - timedelta(seconds=9))
    before = len(shop.box.heard)
    await shop.printing.tick()
    assert len(shop.box.heard) == before + 1, "its pause was kept"


# --- told live ---


async def test_what_is_told_live_ends_the_job(shop: Any) -> None:
    job = await shop.ordered(state=JobState.SENT)
    told = ended(PrintOutcome.NOT_PRINTED, "cover_open")(InquirePrint(job_id=job.id, printer="P1"))
    await shop.printing.on_ended("DEMO", "S001", told)
    assert how(await shop.now(job)) == ("not_printed", "cover_open")
    await shop.printing.on_ended("DEMO", "S001", replace(told, outcome=PrintOutcome.PRINTED))
    assert how(await shop.now(job)) == ("not_printed", "cover_open")
    assert len(shop.news.told) == 1


@pytest.mark.parametrize(
    ("company", "store", "printer"),
    [("OTHER", "S001", "P1"), ("DEMO", "S002", "P1"), ("DEMO", "S001", "P2")],
)
async def test_another_stores_box_or_printer_ends_nothing(
    shop: Any, company: str, store: str, printer: str
) -> None:
    job = await shop.ordered(state=JobState.SENT)
    told = PRINTED(InquirePrint(job_id=job.id, printer=printer))
    await shop.printing.on_ended(company, store, told)
    assert how(await shop.now(job)) == ("sent", "")


async def test_the_end_of_a_job_that_nobody_knows_is_nothing(shop: Any) -> None:
    told = PRINTED(InquirePrint(job_id=shop.ids.uuid(), printer="P1"))
    await shop.printing.on_ended("DEMO", "S001", told)
    assert not shop.news.told


# --- too late ---


async def test_paper_that_waited_too_long_is_never_sent(shop: Any) -> None:
    job = await shop.ordered()
    shop.clock.advance(60)
    await shop.printing.tick()
    assert how(await shop.now(job)) == ("not_printed", "expired")
    assert not shop.box.heard


async def test_a_box_away_for_a_day_is_asked_a_last_time_and_given_up(shop: Any) -> None:
    job = await shop.ordered(state=JobState.SENT)
    shop.box.words["inquire"] = [OutOfReach("away")]
    shop.clock.advance(60 + GIVEN_UP_AFTER.total_seconds())
    await shop.printing.tick()
    assert [type(one) for one in shop.box.heard] == [InquirePrint]
    assert how(await shop.now(job)) == ("not_printed", "no_answer")
    assert (await shop.now(job)).partly


async def test_a_box_that_comes_back_after_a_day_is_believed(shop: Any) -> None:
    job = await shop.ordered(state=JobState.SENT)
    shop.box.words["inquire"] = [PRINTED]
    shop.clock.advance(60 + GIVEN_UP_AFTER.total_seconds())
    await shop.printing.tick()
    assert how(await shop.now(job)) == ("printed", "")


# --- what is printed ---


async def test_a_slip_that_is_on_its_way_waits_and_is_sent_when_it_came(shop: Any) -> None:
    slip = shop.slip()
    job = shop.job(slip)
    shop.record.jobs[job.id] = job
    shop.box.words["print_paper"] = [queued]
    await shop.printing.send(job)
    assert not shop.box.heard
    await shop.record.keep_slip(slip, None)
    await shop.printing.send_waiting(slip.operation_id)
    assert len(shop.box.heard) == 1


async def test_of_an_operation_the_customers_copy_goes_first_and_no_other_goes(shop: Any) -> None:
    slip = shop.slip()
    jobs = [await shop.ordered(slip, copy=copy) for copy in Copy]
    await shop.ordered()
    shop.box.words["print_paper"] = [queued]
    await shop.printing.send_waiting(slip.operation_id)
    assert [one.job_id for one in shop.box.heard] == [job.id for job in jobs]


async def test_a_merchants_copy_waits_for_its_number(shop: Any) -> None:
    slip = shop.slip("emoney")
    job = await shop.ordered(slip, copy=Copy.MERCHANT)
    shop.box.words["print_paper"] = [queued]
    wanted = MerchantNumber(
        operation_id=slip.operation_id,
        company="DEMO",
        store="S001",
        terminal="T1",
        state=NumberState.WANTED,
        asked=0,
        ask_at=START,
    )
    shop.record.numbers[slip.operation_id] = wanted
    await shop.printing.send(job)
    assert not shop.box.heard
    sealed = replace(wanted, state=NumberState.SEALED, key_id="0" * 16, sealed="x")
    shop.record.numbers[slip.operation_id] = sealed
    await shop.printing.send(job)
    assert shop.box.heard[0].paper == b"00112 merchant 6900 1111 0023 0*** 32 False"


async def test_where_there_is_no_number_the_merchants_copy_shows_the_customers(shop: Any) -> None:
    slip = shop.slip("emoney")
    job = await shop.ordered(slip, copy=Copy.MERCHANT)
    shop.box.words["print_paper"] = [queued]
    shop.record.numbers[slip.operation_id] = MerchantNumber(
        operation_id=slip.operation_id,
        company="DEMO",
        store="S001",
        terminal="T1",
        state=NumberState.NONE,
        asked=1,
        ask_at=START,
    )
    await shop.printing.send(job)
    assert shop.box.heard[0].paper == b"00112 merchant None 32 False"


async def test_a_number_that_cannot_be_opened_is_told(shop: Any) -> None:
    slip = shop.slip("emoney")
    job = await shop.ordered(slip, copy=Copy.MERCHANT)
    shop.record.numbers[slip.operation_id] = MerchantNumber(
        operation_id=slip.operation_id,
        company="DEMO",
        store="S001",
        terminal="T1",
        state=NumberState.SEALED,
        asked=1,
        ask_at=START,
    )
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("not_printed", "cannot_be_drawn")


async def test_a_receipt_is_printed_of_the_sale_as_it_stands(shop: Any) -> None:
    view = sold()
    await shop.record.keep_sale(SaleRecord(company="DEMO", view=view, layout=1, heard_at=START), ())
    job = await shop.ordered(what="receipt", sale=view.id, operation_id=None, copy=None)
    shop.box.words["print_paper"] = [queued]
    await shop.printing.send(job)
    assert shop.box.heard[0].paper == f"{view.number} 渋谷 32".encode()


async def test_a_receipt_of_a_sale_that_is_on_its_way_waits(shop: Any) -> None:
    job = await shop.ordered(what="receipt", operation_id=None, copy=None)
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("waiting", "")


@pytest.mark.parametrize(
    "error",
    [
        NumberNotMaskedError("card_number", "customer"),
        PaperTooLongError("escpos", 9, 8),
        UnknownProfileError("x"),
    ],
)
async def test_what_makes_no_paper_is_told_and_nothing_is_sent(shop: Any, error: Exception) -> None:
    job = await shop.ordered()
    shop.board.error = error
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("not_printed", "cannot_be_drawn")
    assert not shop.box.heard


async def test_a_newer_releases_layout_is_left_to_one_of_its_processes(shop: Any) -> None:
    job = await shop.ordered()
    shop.board.error = UnknownLayoutError(99)
    await shop.printing.tick()
    assert how(await shop.now(job)) == ("waiting", "")
    shop.board.error = None
    shop.box.words["print_paper"] = [queued]
    await shop.printing.tick()
    assert how(await shop.now(job)) == ("sent", "")


@pytest.mark.parametrize("gone", ["printer", "store"])
async def test_a_printer_that_is_no_more_is_told(shop: Any, gone: str) -> None:
    job = await shop.ordered()
    shop.stores.store = replace(shop.stores.store, printers=()) if gone == "printer" else None
    await shop.printing.send(job)
    assert how(await shop.now(job)) == ("not_printed", "printer_changed")
