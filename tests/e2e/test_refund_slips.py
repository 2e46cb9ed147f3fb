"""Slips of money given back (manual 3-1, 3-2), beside those of the payments, from both sides.

All eight samples of 3-2 through terminal, box, bus and door, as text. What only this terminal and
this moment can say (its counts, its clock) is compared with the terminal's own journal.
"""

from collections.abc import Callable
from typing import Any

import pytest

from testkit.customer import CARD, CODE, EMONEY, Refund, Wallet, give_back
from testkit.http import RegisterClient, TerminalClient, until
from testkit.money_back import MANAGER, given_back
from testkit.printers import PrinterClient
from testkit.slips import Papers, blankless, sample, uncounted

PAPER = [CARD, EMONEY]
"""What has slips."""

BOTH = ["お客様控", "加盟店控"]


def ends(pieces: list[Any]) -> list[str]:
    """Return which copies lie in the tray."""
    return sorted(piece["lines"][-1].strip() for piece in pieces)


def codes(reply: Any) -> tuple[int, str]:
    return reply.status, reply.body["code"]


@pytest.fixture
def buy(register: RegisterClient, terminal: TerminalClient) -> Callable[[Wallet], Papers]:
    return lambda wallet: Papers(register, terminal, wallet)


Buy = Callable[[Wallet], Papers]


def of_sample(seen: str, name: str, copy: str, entry: Any, columns: int = 48) -> None:
    """Look that a slip is the sample, and that its own numbers are those of the journal."""
    assert uncounted(seen) == uncounted(sample(name, copy, columns))
    number = entry["slip_number"]
    assert f"\n{number}：" in seen or f"伝票番号#{number}\n" in seen
    assert entry["slip"]["used_at"] in seen
    assert f"ATC{entry['slip']['atc']}" in seen or not entry["slip"]["atc"]


@pytest.mark.manual("3-2.1–8")
@pytest.mark.parametrize(("wallet", "media"), [(CARD, "card"), (EMONEY, "emoney")])
def test_payment_and_money_back_are_the_manuals_samples_on_both_copies_and_in_the_journal(
    buy: Buy, manager: RegisterClient, wallet: Wallet, media: str
) -> None:
    bought = buy(wallet)
    bought.give_back()
    paid, back = bought.entries()
    assert (paid["state"], back["state"], back["voids"]) == (
        "approved",
        "approved",
        paid["slip_number"],
    )
    for of, name, entry in (
        ("payment", f"{media}-sale", paid),
        ("refund", f"{media}-void", back),
    ):
        for copy in ("customer", "merchant"):
            for columns in (48, 32):
                more = f"?operation={of}&columns={columns}"
                shown = bought.slip(manager, copy, more=more)
                assert shown.status == 200, shown.content
                of_sample(shown.content.decode(), name, copy, entry, columns)


@pytest.mark.manual("3-1.1")
@pytest.mark.parametrize(("wallet", "media"), [(CARD, "card"), (EMONEY, "emoney")])
def test_both_screens_print_both_copies_by_hand_as_the_samples_are(
    buy: Buy, manager: RegisterClient, printer: PrinterClient, wallet: Wallet, media: str
) -> None:
    bought = buy(wallet)
    for of, name in (("payment", f"{media}-sale"), ("refund", f"{media}-void")):
        if of == "refund":
            bought.give_back()
        jobs = bought.print()
        assert sorted((job["copy"], job["operation"], job["state"]) for job in jobs) == [
            ("customer", of, "printed"),
            ("merchant", of, "printed"),
        ]
        pieces = printer.until_pieces(2)
        for piece, copy in zip(pieces, ("customer", "merchant"), strict=True):
            shown = bought.slip(manager, copy, more=f"?operation={of}").content.decode()
            assert blankless("".join(piece["lines"])) == blankless(shown)
            assert blankless(uncounted(shown)) == blankless(uncounted(sample(name, copy)))
            assert piece["cut"]
        printer.throw_away()
    assert [entry["state"] for entry in bought.entries()] == ["approved", "approved"]


@pytest.mark.manual("3-1.1")
def test_a_code_that_is_given_back_has_no_slip_either(
    buy: Buy, manager: RegisterClient, terminal: TerminalClient, printer: PrinterClient
) -> None:
    bought = buy(CODE)
    bought.give_back()
    assert len(given_back(terminal, bought.register.sale(bought.sale))) == 1
    for copy in ("customer", "merchant"):
        for of in ("payment", "refund"):
            reply = manager.send("GET", f"/api/v1{bought.slips}/{copy}.txt?operation={of}")
            assert codes(reply) == (404, "no_slip_for_code_payment")
    reply = bought.register.post(f"{bought.slips}/print")
    assert codes(reply) == (404, "no_slip_for_code_payment")
    assert (bought.jobs(), printer.pieces()) == ([], [])


@pytest.mark.manual("3-1.2")
@pytest.mark.parametrize(("wallet", "media"), [(CARD, "card"), (EMONEY, "emoney")])
def test_auto_prints_payments_and_refunds_without_asking(
    buy: Buy,
    manager: RegisterClient,
    printer: PrinterClient,
    settings: Callable[..., None],
    *,
    wallet: Wallet,
    media: str,
) -> None:
    settings(customer_slip="auto")
    bought = buy(wallet)
    bought.until_ended(2)
    printer.until_pieces(2)
    printer.throw_away()
    bought.give_back()
    jobs = bought.until_ended(4)
    assert {(job["by"], job["state"]) for job in jobs} == {(None, "printed")}
    assert sorted((job["operation"], job["copy"]) for job in jobs) == [
        ("payment", "customer"),
        ("payment", "merchant"),
        ("refund", "customer"),
        ("refund", "merchant"),
    ]
    pieces = printer.until_pieces(2)
    assert ends(pieces) == BOTH
    for piece in pieces:
        copy = "customer" if piece["lines"][-1].strip() == BOTH[0] else "merchant"
        shown = bought.slip(manager, copy, more="?operation=refund").content.decode()
        assert blankless("".join(piece["lines"])) == blankless(shown)
        assert blankless(uncounted(shown)) == blankless(uncounted(sample(f"{media}-void", copy)))


@pytest.mark.manual("3-1.3")
@pytest.mark.parametrize("wallet", PAPER, ids=lambda wallet: wallet.media)
def test_after_close_and_after_ok_the_terminal_prints_again_and_the_register_does_not(
    buy: Buy, terminal: TerminalClient, printer: PrinterClient, wallet: Wallet
) -> None:
    bought = buy(wallet)
    bought.close()
    assert codes(bought.register.post(f"{bought.slips}/print")) == (409, "reprint_on_terminal")
    bought.give_back(void=True)
    until(lambda: bought.register.sale(bought.sale)["state"] == "voided", "伝票取消")
    bought.print(copies=["customer"])  # 払戻完了 still stands on the register
    printer.until_pieces(1)
    bought.register.done(202, f"{bought.path}/acknowledge")
    reply = bought.register.post(f"{bought.slips}/print")
    assert codes(reply) == (409, "reprint_on_terminal")
    assert reply.body["steps"] == ["再印字", "業務", "再印字する項目", "実行"]
    assert len(printer.pieces()) == len(bought.jobs()) == 1

    _, back = bought.entries()
    media = "クレジット" if wallet.media == "card" else "電子マネー"
    terminal.press("業務")
    for key in ("再印字", "業務", media, back["slip_number"], "実行"):
        until(lambda key=key: key in terminal.screen()["keys"], f"the key {key}")
        terminal.press(key)
    title = "クレジットカード取消票" if wallet.media == "card" else "取消・返品"
    assert "再印字" in terminal.printed("再印字", title, back["slip_number"])
    terminal.until_screen("reprint")


@pytest.mark.parametrize("fault", ["off", "paper_out", "cover_open"])
def test_a_refund_stands_when_its_slip_does_not_print_and_the_slip_prints_later(
    buy: Buy, printer: PrinterClient, fault: str
) -> None:
    bought = buy(CARD)
    printer.fault(fault)
    bought.give_back()
    jobs = bought.print()
    assert {(job["state"], job["reason"]) for job in jobs} == {("not_printed", fault)}
    assert bought.register.sale(bought.sale)["tenders"][0]["state"] == "refunded"
    assert len(bought.entries()) == 2
    printer.clear_faults()
    assert [job["state"] for job in bought.print()] == ["printed", "printed"]
    pieces = printer.until_pieces(2)
    assert ends(pieces) == BOTH  # what was given up does not come out after all
    assert all(piece["lines"][0].strip() == "クレジットカード取消票" for piece in pieces)


def receipt(bought: Papers, manager: RegisterClient) -> list[str]:
    """Return the lines of the sale's receipt, with one blank where there are several."""
    seen = manager.fetch(f"/api/v1/sales/{bought.sale}/receipt.txt")
    assert seen.status == 200, seen.content
    return [" ".join(line.split()) for line in seen.content.decode().splitlines()]


@pytest.mark.parametrize("wallet", [CARD, EMONEY, CODE], ids=lambda wallet: wallet.media)
def test_the_receipt_of_a_voided_sale_names_the_original_and_what_went_back(
    buy: Buy, manager: RegisterClient, printer: PrinterClient, wallet: Wallet
) -> None:
    bought = buy(wallet)
    bought.close()
    number = bought.register.sale(bought.sale)["number"]
    assert not [line for line in receipt(bought, manager) if "元の会計" in line]
    bought.give_back(void=True)
    lines = until(
        lambda: found if "取消レシート" in (found := receipt(bought, manager)) else None,
        "the receipt of the voided sale",
    )
    assert f"元の会計番号 {number}" in lines
    assert [line for line in lines if line.startswith("伝票取消 ")]
    amount = bought.tender["amount"]
    assert [line for line in lines if line.endswith(f"ご返金 -¥{amount}")]
    bought.register.done(202, f"/sales/{bought.sale}/receipt/print")
    (piece,) = printer.until_pieces(1)
    text = "".join(line for line in lines if not line.startswith("||"))  # bars are bars on paper
    assert blankless("".join(piece["lines"])).startswith(blankless(text))


def test_the_receipt_of_a_corrected_sale_names_the_original_and_shows_what_holds_now(
    buy: Buy, manager: RegisterClient
) -> None:
    bought = buy(CARD)
    bought.close()
    number = bought.register.sale(bought.sale)["number"]
    bought.give_back()
    tenders = [{"method": "cash", "amount": 165, "received": 200}]
    body = {"tenders": tenders, "authorised_by": MANAGER}
    bought.register.done(200, f"/sales/{bought.sale}/correct", body)
    lines = until(
        lambda: found if "訂正レシート" in (found := receipt(bought, manager)) else None,
        "the receipt of the corrected sale",
    )
    assert f"元の会計番号 {number}" in lines
    assert [line for line in lines if line.startswith("伝票訂正 ")]
    assert "現金お預り ¥200" in lines
    assert not [line for line in lines if line.startswith("クレジット AMEX ¥")]


@pytest.mark.manual("4-2.4")
@pytest.mark.parametrize("wallet", PAPER, ids=lambda wallet: wallet.media)
def test_given_back_stands_on_the_registers_tender_and_in_the_terminals_own_history(
    buy: Buy, terminal: TerminalClient, wallet: Wallet
) -> None:
    bought = buy(wallet)
    bought.close()
    bought.give_back()
    paid, back = bought.entries()
    (tender,) = bought.register.sale(bought.sale)["tenders"]
    assert (tender["state"], tender["voided_by"]) == ("refunded", back["slip_number"])
    listed = bought.register.read("/stores/S001/terminals/T1/journal?limit=2")["entries"]
    assert [(one["slip_number"], one.get("voided_by")) for one in listed] == [
        (back["slip_number"], None),
        (paid["slip_number"], back["slip_number"]),
    ]
    terminal.press("業務")
    media = "クレジット" if wallet.media == "card" else "電子マネー"
    for key in ("再印字", "業務", media):
        until(lambda key=key: key in terminal.screen()["keys"], f"the key {key}")
        terminal.press(key)
    glass = terminal.until_screen("history")["lines"]
    (line,) = [each for each in glass if each.startswith(paid["slip_number"])]
    assert line.split()[1:] == ["売上", f"¥{tender['amount']}", "取消・返品"]


@pytest.mark.manual("4-2.5")
@pytest.mark.parametrize("wallet", PAPER, ids=lambda wallet: wallet.media)
def test_cut_off_after_the_read_the_terminal_gives_back_and_the_sale_is_voided_from_the_list(
    buy: Buy, terminal: TerminalClient, wallet: Wallet
) -> None:
    bought = buy(wallet)
    bought.close()
    terminal.fault("slow_centre", seconds=1.5)
    told = bought.register.done(202, f"{bought.path}/refund")
    give_back(terminal, Refund(number=told["slip_number"], wallet=wallet))
    bought.register.done(202, f"{bought.path}/disconnect")
    bought.tender = bought.register.until_tender(bought.sale, 1, "refunded")
    paid, back = bought.entries()
    assert (back["voids"], back["state"]) == (paid["slip_number"], "approved")
    assert bought.register.sale(bought.sale)["state"] == "closed"

    def listed(state: str) -> list[bool]:
        """Find it in 伝票明細; newest first."""
        asked = f"store=S001&register=R1&state={state}&limit=5"
        sales = bought.register.read(f"/sales?{asked}")["sales"]
        return [sale["void_due"] for sale in sales if sale["id"] == bought.sale]

    assert listed("closed") == [True]
    voided = bought.register.done(200, f"/sales/{bought.sale}/void")
    assert {case["state"] for case in voided["cases"]} == {"settled"}
    assert (listed("closed"), listed("voided")) == ([], [False])
    assert len(bought.entries()) == 2
