"""Slips (manual 3-1, 3-2) through terminal, box, bus and door, as they are looked at and printed.

What the samples of the manual show stands in `tests/unit/receipts/goldens`; only what a terminal
counts or reads off its clock is another here. Slips of money given back: `test_refund_slips.py`.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from testkit.customer import CARD, CODE, EMONEY, Wallet
from testkit.http import RegisterClient, TerminalClient, until
from testkit.printers import PrinterClient
from testkit.slips import Papers, blankless, sample, uncounted
from testkit.system import RunningSystem

STEPS: Final = ["再印字", "業務", "再印字する項目", "実行"]
REPRINT: Final = "＊＊＊ 再印字 ＊＊＊"
BOTH: Final = ["加盟店控", "お客様控"]
STARTS: Final = {
    "svg": ("image/svg+xml", b"<svg "),
    "png": ("image/png", b"\x89PNG"),
    "pdf": ("application/pdf", b"%PDF"),
    "escpos": ("application/octet-stream", b"\x1b@"),
}

Pay = Callable[[Wallet], Papers]


@pytest.fixture
def buy(register: RegisterClient, terminal: TerminalClient) -> Pay:
    return lambda wallet: Papers(register, terminal, wallet)


def codes(reply: Any) -> tuple[int, str]:
    return reply.status, reply.body["code"]


@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize(
    ("wallet", "name", "copy"),
    [
        (CARD, "card-sale", "customer"),
        (CARD, "card-sale", "merchant"),
        (EMONEY, "emoney-sale", "customer"),
        (EMONEY, "emoney-sale", "merchant"),
    ],
)
def test_a_slip_is_the_manuals_sample_and_says_what_the_terminal_says(
    buy: Pay,
    manager: RegisterClient,
    terminal: TerminalClient,
    *,
    wallet: Wallet,
    name: str,
    copy: str,
    columns: int,
) -> None:
    paid = buy(wallet)
    seen = paid.slip(manager, copy, more=f"?columns={columns}")
    text = seen.content.decode()
    assert (seen.status, seen.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert uncounted(text) == uncounted(sample(name, copy, columns))
    number = paid.tender["slip_number"]
    assert f"{number}：" in text or f"伝票番号#{number}" in text
    (entry,) = [one for one in terminal.journal() if one["slip_number"] == number]
    assert entry["slip"]["used_at"] in text
    assert entry["slip"]["atc"] in text


@pytest.mark.manual("2-1.3")
@pytest.mark.parametrize(("wallet", "name"), [(CARD, "card-sale"), (EMONEY, "emoney-sale")])
def test_both_copies_come_out_of_the_printer_as_they_are_shown(
    buy: Pay, manager: RegisterClient, printer: PrinterClient, wallet: Wallet, name: str
) -> None:
    paid = buy(wallet)
    jobs = paid.print()
    assert [(job["state"], job["copy"]) for job in jobs] == [
        ("printed", "merchant"),
        ("printed", "customer"),
    ]
    for piece, copy in zip(printer.until_pieces(2), ("customer", "merchant"), strict=True):
        shown = paid.slip(manager, copy).content.decode()
        assert blankless("".join(piece["lines"])) == blankless(shown)
        assert blankless(uncounted(shown)) == blankless(uncounted(sample(name, copy)))
        assert piece["cut"]


def test_a_code_payment_never_has_a_slip_and_its_receipt_prints(
    buy: Pay, manager: RegisterClient, printer: PrinterClient
) -> None:
    paid = buy(CODE)
    for copy in ("customer", "merchant"):
        reply = manager.send("GET", f"/api/v1{paid.slips}/{copy}.txt")
        assert codes(reply) == (404, "no_slip_for_code_payment")
    assert codes(paid.register.post(f"{paid.slips}/print")) == (404, "no_slip_for_code_payment")
    asked = paid.register.done(202, f"/sales/{paid.sale}/receipt/print")["jobs"]
    assert [job["what"] for job in asked] == ["receipt"]
    (job,) = paid.until_ended(1)
    assert (job["id"], job["state"]) == (asked[0]["id"], "printed")
    (piece,) = printer.until_pieces(1)
    shown = manager.fetch(f"/api/v1/sales/{paid.sale}/receipt.txt").content.decode()
    assert blankless("".join(piece["lines"])) == blankless(shown)


@pytest.mark.parametrize("wallet", [CARD, EMONEY], ids=lambda wallet: wallet.media)
def test_a_slip_comes_in_every_format(buy: Pay, manager: RegisterClient, wallet: Wallet) -> None:
    paid = buy(wallet)
    for form, (media, start) in STARTS.items():
        seen = paid.slip(manager, "merchant", form)
        assert (seen.status, seen.headers["content-type"]) == (200, media)
        assert seen.content.startswith(start)
        assert seen.headers["cache-control"] == "no-store"
        assert (
            f'filename="slip-{paid.tender["slip_number"]}-merchant.{form}"'
            in (seen.headers["content-disposition"])
        )


@pytest.mark.parametrize("wallet", [CARD, EMONEY], ids=lambda wallet: wallet.media)
def test_auto_prints_both_copies_without_asking_and_tells_the_register(
    buy: Pay,
    register: RegisterClient,
    printer: PrinterClient,
    settings: Callable[..., None],
    wallet: Wallet,
) -> None:
    settings(customer_slip="auto")
    with register.events("/stores/S001/registers/R1/events") as events:
        paid = buy(wallet)
        jobs = paid.until_ended(2)
        told: dict[str, list[str]] = {}
        for event in events:
            if event.name == "paper" and event.data["sale"] == paid.sale:
                told.setdefault(event.data["copy"], []).append(event.data["state"])
            if sum("printed" in states for states in told.values()) == len(jobs):
                break
    assert told == {"customer": ["queued", "printed"], "merchant": ["queued", "printed"]}
    assert [(job["by"], job["state"]) for job in jobs] == [(None, "printed")] * 2
    ends = [piece["lines"][-1].strip() for piece in printer.until_pieces(2)]
    assert sorted(ends) == sorted(BOTH)


def test_manual_prints_nothing_by_itself(buy: Pay, printer: PrinterClient) -> None:
    paid = buy(CARD)
    paid.print(copies=["customer"])  # were there more, they would have been asked for before it
    assert len(paid.jobs()) == 1
    assert [piece["lines"][-1].strip() for piece in printer.until_pieces(1)] == ["お客様控"]


@pytest.mark.parametrize("fault", ["off", "paper_out", "cover_open"])
def test_a_printer_that_does_not_print_leaves_the_payment_as_it_is_and_is_told(
    buy: Pay, printer: PrinterClient, fault: str
) -> None:
    printer.fault(fault)
    paid = buy(CARD)
    jobs = paid.print()
    assert {(job["state"], job["reason"]) for job in jobs} == {("not_printed", fault)}
    sale = paid.register.sale(paid.sale)
    assert (sale["state"], sale["tenders"][0]["state"]) == ("paid", "approved")
    printer.clear_faults()
    again = paid.print()
    assert [job["state"] for job in again] == ["printed", "printed"]
    assert len(printer.until_pieces(2)) == 2  # what was given up does not come out after all
    paid.close()


@pytest.mark.manual("3-1.3")
def test_after_close_the_terminal_reprints_and_a_manager_may_still_look(
    buy: Pay, register: RegisterClient, manager: RegisterClient, printer: PrinterClient
) -> None:
    paid = buy(EMONEY)
    assert paid.slip(register, "customer", "svg").status == 200
    paid.close()
    reply = register.post(f"{paid.slips}/print")
    assert codes(reply) == (409, "reprint_on_terminal")
    assert reply.body["steps"] == STEPS
    assert (paid.jobs(), printer.pieces()) == ([], [])
    for form in ("svg", "png"):
        assert paid.slip(manager, "customer", form).status == 200
        assert paid.slip(register, "customer", form).status == 403


@pytest.mark.manual("3-1.3")
def test_a_store_may_let_its_registers_reprint_and_the_paper_says_what_it_is(
    buy: Pay, printer: PrinterClient, settings: Callable[..., None]
) -> None:
    paid = buy(CARD)
    paid.close()
    settings(slip_reprint="register")
    until(lambda: paid.register.post(f"{paid.slips}/print").status == 202, "a reprint")
    assert {job["state"] for job in paid.until_ended(2)} == {"printed"}
    for piece in printer.until_pieces(2):
        assert piece["lines"][0].strip() == REPRINT


def test_the_same_wish_under_the_same_key_prints_once(buy: Pay, printer: PrinterClient) -> None:
    paid = buy(CARD)
    first = paid.register.post(f"{paid.slips}/print", key=f"print-{paid.sale}")
    again = paid.register.post(f"{paid.slips}/print", key=f"print-{paid.sale}")
    assert (first.status, again.body) == (202, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = paid.register.post(
        f"{paid.slips}/print", {"copies": ["customer"]}, key=f"print-{paid.sale}"
    )
    assert codes(other) == (422, "idempotency_key_reused")
    paid.until_ended(2)
    assert len(paid.jobs()) == len(printer.until_pieces(2)) == 2


def test_a_cashier_sees_no_merchants_copy_and_another_company_nothing(
    system: RunningSystem, buy: Pay, register: RegisterClient
) -> None:
    paid = buy(EMONEY)
    assert codes(register.send("GET", f"/api/v1{paid.slips}/merchant.svg")) == (
        403,
        "not_permitted",
    )
    stranger = system.register("manager", "OTHER")
    for path in (f"{paid.slips}/customer.txt", f"/sales/{paid.sale}/print-jobs"):
        assert codes(stranger.send("GET", f"/api/v1{path}")) == (404, "unknown_sale")
    assert codes(stranger.post(f"{paid.slips}/print")) == (404, "unknown_sale")
