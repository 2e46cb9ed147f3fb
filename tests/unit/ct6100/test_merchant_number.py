"""会員番号 on the merchant's copy: kept, printed and told apart from the customer's."""

import pytest
from msgspec import json, structs

from ct6100.codec import decode, encode
from ct6100.effects import KeepMerchantNumber
from ct6100.messages import (
    AskMerchantNumber,
    LinkMessage,
    MerchantNumber,
    NotSupported,
    Result,
    ResultStored,
)
from ct6100.paper import mask_member, mask_merchant
from ct6100.records import MerchantMask
from ct6100.screens import Key
from ct6100.stimuli import Presented
from ct6100.terminal import TerminalSettings
from testkit.refunds import ID as REFUNDED
from testkit.refunds import paid_by_emoney
from testkit.terminals import MERCHANT, TerminalBench

ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
SHOWN = "6900 1111 0023 0***"


def paid(outcome: str = "approved", settings: TerminalSettings = MERCHANT) -> TerminalBench:
    bench = TerminalBench(settings).on()
    pay(bench, "op-1", outcome)
    return bench


def pay(bench: TerminalBench, operation_id: str, outcome: str = "approved") -> None:
    bench.start(operation_id, 500)
    bench.press("電子マネー", "iD", "確認")
    bench.do(ID)
    bench.answer(outcome)


def ask(bench: TerminalBench, number: int) -> list[LinkMessage]:
    return bench.say(AskMerchantNumber(request=7, number=number))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("6900111100230421", SHOWN),
        ("3110120000000421", "3110 1200 0000 0***"),
        ("JE801234567890421", "JE80 1234 5678 90** *"),
        ("12345678", "1234 5***"),
    ],
)
def test_all_but_the_last_three_are_shown_in_groups_of_four(number: str, shown: str) -> None:
    assert mask_merchant(number).shown == shown


def test_the_two_masks_together_are_the_whole_number_and_neither_alone() -> None:
    customer = mask_member(ID.number).replace(" ", "").strip("*")
    merchant = mask_merchant(ID.number).shown.replace(" ", "").strip("*")
    assert merchant + customer[-3:] == ID.number
    assert ID.number not in (customer, merchant)


def test_it_is_told_when_asked_for_and_in_no_other_message() -> None:
    bench = paid()
    for result in bench.told(Result):
        assert "6900" not in str(result)
    assert ask(bench, 1) == [MerchantNumber(request=7, number=1, mask=SHOWN)]


def test_it_survives_the_power_and_is_printed_on_a_reprint() -> None:
    bench = paid()
    assert bench.printed()[0].merchant_number == MerchantMask(shown=SHOWN)
    bench.cut_power()
    assert ask(bench, 1) == [MerchantNumber(request=7, number=1, mask=SHOWN)]
    bench.press(Key.BUSINESS, Key.REPRINT, Key.BUSINESS, Key.EMONEY, "00119", Key.EXECUTE)
    assert bench.printed()[0].merchant_number == MerchantMask(shown=SHOWN)


def test_it_is_kept_by_number_and_beside_no_entry() -> None:
    bench = paid()
    assert bench.disk is not None
    assert bench.disk.merchant_numbers == {1: MerchantMask(shown=SHOWN)}
    assert b"6900" not in json.encode(bench.disk.entries)


def test_the_slip_of_money_given_back_has_one_of_its_own() -> None:
    card = REFUNDED
    bench = paid_by_emoney(card)
    bench.start_refund("00119", 500)
    bench.press("電子マネー", card.brand, "取消返品", "確認")
    bench.digits("00119")
    bench.press("セット", "取消")
    bench.do(card)
    bench.answer()
    shown = mask_merchant(card.number)
    assert bench.printed()[0].merchant_number == shown
    assert ask(bench, 2) == [MerchantNumber(request=7, number=2, mask=shown.shown)]


def test_it_is_kept_before_the_centre_is_asked() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 500)
    bench.press("電子マネー", "iD", "確認")
    effects = [type(effect).__name__ for effect in bench.do(ID)]
    names = [name for name in effects if name in {"Keep", "KeepMerchantNumber", "CallCentre"}]
    assert names == ["Keep", "KeepMerchantNumber", "CallCentre"]


@pytest.mark.parametrize("outcome", ["declined", "incomplete"])
def test_of_what_was_not_approved_there_is_none(outcome: str) -> None:
    assert ask(paid(outcome), 1) == [MerchantNumber(request=7, number=1)]


def test_of_what_became_approved_at_the_next_touch_there_is_one() -> None:
    bench = paid("incomplete")
    bench.touched_again("approved", 1)
    assert ask(bench, 1) == [MerchantNumber(request=7, number=1, mask=SHOWN)]


def test_of_a_card_or_an_unknown_number_there_is_none() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer()
    assert bench.printed()[0].merchant_number is None
    assert ask(bench, 1) == [MerchantNumber(request=7, number=1)]
    assert ask(bench, 2) == [MerchantNumber(request=7, number=2)]


def test_it_goes_with_its_entry() -> None:
    bench = paid(settings=structs.replace(MERCHANT, journal_horizon=1))
    bench.say(ResultStored(number=1))
    pay(bench, "op-2")
    assert bench.disk is not None
    assert list(bench.disk.merchant_numbers) == [2]
    assert ask(bench, 1) == [MerchantNumber(request=7, number=1)]


def test_a_link_that_does_not_tell_it_says_so() -> None:
    bench = paid(settings=structs.replace(MERCHANT, tells_merchant_number=False))
    assert ask(bench, 1) == [NotSupported(ability="merchant_number", request=7)]


def test_it_goes_over_the_wire_and_into_no_log() -> None:
    told = MerchantNumber(request=7, number=1, mask=SHOWN)
    assert decode(encode(told)) == told
    kept = KeepMerchantNumber(number=1, mask=MerchantMask(shown=SHOWN))
    for each in (told, kept, paid().printed()[0]):
        assert "6900" not in repr(each)
