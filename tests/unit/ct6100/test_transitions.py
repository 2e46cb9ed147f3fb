from collections.abc import Iterable

import pytest
from msgspec import structs

from ct6100 import transitions
from ct6100.effects import Kept
from ct6100.messages import Abort, Disconnect, Start
from ct6100.records import EntryState, Kind
from ct6100.screens import REFUND_SCREENS, Key, ScreenName
from ct6100.stimuli import (
    CentreAnswered,
    DayRolledOver,
    DigitsEntered,
    Hung,
    KeyPressed,
    MessageReceived,
    PaperPutIn,
    PaperRanOut,
    PowerOff,
    PowerOn,
    Presented,
    Stimulus,
    TimePassed,
)
from ct6100.transitions import TABLE, Happening, Trigger
from testkit.terminals import AMEX, MERCHANT, TO_THE_READER, TerminalBench

AMOUNT = 20_000
"""Above the PIN limit, so that an IC card asks for one."""

EXPECTED = """
off: power on > home
home: Start > choose_media, Start of a void or return > refund_media
home: 業務 > business, 再印字 > reprint, Disconnect > home
home: クレジットカード・銀聯 > home, 電子マネー > home, コード支払い > home
choose_media: クレジットカード・銀聯 > card_amount, 電子マネー > emoney_brand
choose_media: コード支払い > code_amount, リセット > home, Abort > home
card_amount: セット > card_condition, リセット > home, Abort > home
card_condition: 一括 > card_execute, リボ > card_execute, ボーナス > card_execute
card_condition: 分割 > card_instalments, リセット > home, Abort > home
card_instalments: choice > card_execute, リセット > home, Abort > home
card_execute: 実行 > read_card, リセット > home, Abort > home
read_card: card, no PIN > centre; IC card above the PIN limit > enter_pin
read_card: magnetic card > centre
read_card: リセット > home, Abort > home
enter_pin: digits > enter_pin, セット > centre, スキップ > centre, リセット > home
emoney_brand: choice > emoney_amount, リセット > home, Abort > home
emoney_amount: 確認 > touch_emoney, リセット > home, Abort > home
touch_emoney: e-money > centre, リセット > home, Abort > home
code_amount: セット > read_code, リセット > home, Abort > home
read_code: code > centre, リセット > home, Abort > home
centre: centre: approved > approved; centre: declined > declined
centre: centre: incomplete > incomplete; centre: no answer > centre_silent
centre_silent: centre: approved > approved; centre: declined > declined
centre_silent: centre: incomplete > incomplete; centre: never heard of it > home
centre_silent: centre: no answer > centre_silent; 確認 > home
approved: 確認 > home, Start > choose_media, shown long enough > home
approved: Start of a void or return > refund_media
declined: 確認 > home, Start > choose_media, Start of a void or return > refund_media
incomplete: 確認 > home, Start > choose_media, Start of a void or return > refund_media
approved: a slip waits for paper > paper_out
home: a slip waits for paper > paper_out
paper_out: paper put in > home
business: クレジット > refund_card_amount, 電子マネー > refund_emoney_brand
business: コード支払い > refund_code_amount, 再印字 > reprint, 戻る > home
refund_media: クレジット > refund_card_amount, 電子マネー > refund_emoney_brand
refund_media: コード支払い > refund_code_amount, リセット > home, Abort > home
refund_card_amount: 確認 > refund_card_slip, digits > refund_card_amount
refund_card_amount: 訂正 > refund_card_amount, リセット > home, Abort > home
refund_card_slip: セット > refund_card_match, digits > refund_card_slip
refund_card_slip: 訂正 > refund_card_slip, リセット > home, Abort > home
refund_card_match: 一致 > refund_card_kind, 戻る > refund_card_slip
refund_card_match: リセット > home, Abort > home
refund_card_kind: 取消 > refund_card_execute, 返品 > refund_card_execute
refund_card_kind: リセット > home, Abort > home
refund_card_execute: 実行 > refund_read_card, リセット > home, Abort > home
refund_read_card: card, no PIN > centre; IC card above the PIN limit > centre
refund_read_card: magnetic card > refund_card_condition, リセット > home, Abort > home
refund_card_condition: 一括 > centre, 分割 > centre, リボ > centre, ボーナス > centre
refund_card_condition: リセット > home
refund_emoney_brand: choice > refund_emoney_menu, リセット > home, Abort > home
refund_emoney_menu: 取消返品 > refund_emoney_amount, リセット > home, Abort > home
refund_emoney_amount: 確認 > refund_emoney_slip, digits > refund_emoney_amount
refund_emoney_amount: 訂正 > refund_emoney_amount, リセット > home, Abort > home
refund_emoney_slip: セット > refund_emoney_kind, digits > refund_emoney_slip
refund_emoney_slip: 訂正 > refund_emoney_slip, リセット > home, Abort > home
refund_emoney_kind: 取消 > refund_touch_emoney, 返品 > refund_touch_emoney
refund_emoney_kind: リセット > home, Abort > home
refund_touch_emoney: e-money > centre, リセット > home, Abort > home
refund_code_amount: 確認 > refund_code_execute, digits > refund_code_amount
refund_code_amount: 訂正 > refund_code_amount, リセット > home, Abort > home
refund_code_execute: 実行 > refund_read_code, リセット > home, Abort > home
refund_read_code: マニュアル > refund_code_order, リセット > home, Abort > home
refund_code_order: セット > centre, digits > refund_code_order
refund_code_order: 訂正 > refund_code_order, リセット > home, Abort > home
business: 再印字 > reprint, 戻る > home
reprint: 業務 > reprint_media, 戻る > home
reprint_media: クレジット > history, 電子マネー > history, コード支払い > history, 戻る > reprint
history: choice > history_entry, 次へ > history, 前へ > history, 戻る > reprint_media
history_entry: 実行 > reprint, 戻る > history
"""
"""What the manual and the issue ask for, written down a second time, by hand."""


def expected() -> dict[tuple[str, str], str]:
    rows: dict[tuple[str, str], str] = {}
    for line in EXPECTED.strip().splitlines():
        name, moves = line.split(": ", 1)
        for move in moves.replace("card, no PIN", "card; no PIN").split(";"):
            parts = move.split(",") if ">" in move else [move]
            for part in parts:
                if ">" in part:
                    trigger, to = part.rsplit(" > ", 1)
                    rows[name, trigger.strip()] = to
    for name in ("read_card", "refund_read_card"):
        rows[name, "card, no PIN"] = rows.pop((name, "no PIN"))
    for name in set(ScreenName) - {ScreenName.OFF}:
        rows[str(name), "power off"] = "off"
        if name is not ScreenName.FROZEN:
            rows[str(name), "hangs"] = "frozen"
        if name not in (ScreenName.HOME, ScreenName.FROZEN):
            rows[str(name), "Disconnect"] = "frozen"
    return rows


def test_the_table_is_complete_and_does_not_contradict_itself() -> None:
    assert transitions.faults() == []


def test_the_table_is_the_one_that_was_asked_for() -> None:
    table = {(str(name), str(trigger)): str(row.to) for (name, trigger), row in TABLE.items()}
    assert table == expected()


@pytest.mark.parametrize("place", list(TABLE), ids=lambda place: f"{place[0]}-{place[1]}")
def test_a_missing_row_is_noticed(
    place: tuple[ScreenName, Trigger], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {key: row for key, row in TABLE.items() if key != place}
    monkeypatch.setattr(transitions, "TABLE", rows)
    table = {(str(name), str(trigger)): str(row.to) for (name, trigger), row in rows.items()}
    assert transitions.faults() or table != expected()


IC = structs.replace(AMEX, entry="ic")
MAGNETIC = structs.replace(AMEX, entry="magnetic")
ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
CODE = Presented(media="code", brand="PayPay", entry="code", number="1")


def keys(*labels: str) -> list[Stimulus]:
    return [KeyPressed(label=label) for label in labels]


def start(operation_id: str) -> Stimulus:
    return MessageReceived(
        message=Start(operation_id=operation_id, kind=Kind.PAYMENT, amount=AMOUNT)
    )


def start_refund(operation_id: str, amount: int = 1_000) -> Stimulus:
    return MessageReceived(message=Start(operation_id=operation_id, kind=Kind.VOID, amount=amount))


def answered(outcome: str, number: int) -> Stimulus:
    return CentreAnswered(number=number, outcome=outcome)


CARDS = (
    (1_000, "一括", AMEX),
    (AMOUNT, "一括", IC),
    (1_000, "一括", MAGNETIC),
    (1_000, "分割", MAGNETIC),
    (1_000, "リボ", MAGNETIC),
    (1_000, "ボーナス", MAGNETIC),
    (1_000, "一括", AMEX),
)
"""Paid by card before, slips 00119 to 00125: the history of cards has two pages."""

EMONEY_SLIP, CODE_ORDER = "00126", "000009"

PAID = len(CARDS) + 2
"""Payments already in the journal."""

ORIGINALS: dict[Trigger, str] = {
    Happening.CARD_AND_PIN: "00120",
    Happening.MAGNETIC: "00121",
    Key.LUMP_SUM: "00121",
    Key.INSTALMENTS: "00122",
    Key.REVOLVING: "00123",
    Key.BONUS: "00124",
}
"""Which payment is given back, where that decides what the terminal takes."""

AT_READER: list[Stimulus] = [start("op"), *keys(*TO_THE_READER)]
AT_CENTRE: list[Stimulus] = [*AT_READER, AMEX]
SILENT: list[Stimulus] = [*AT_CENTRE, answered("unreachable", PAID + 1)]
HISTORY = keys("再印字", "業務", "クレジット")
WAYS: dict[ScreenName, list[Stimulus]] = {
    ScreenName.OFF: [PowerOff()],
    ScreenName.HOME: [],
    ScreenName.CHOOSE_MEDIA: [start("op")],
    ScreenName.CARD_AMOUNT: [start("op"), *keys(*TO_THE_READER[:1])],
    ScreenName.CARD_CONDITION: [start("op"), *keys(*TO_THE_READER[:2])],
    ScreenName.CARD_INSTALMENTS: [start("op"), *keys(*TO_THE_READER[:2], "分割")],
    ScreenName.CARD_EXECUTE: [start("op"), *keys(*TO_THE_READER[:3])],
    ScreenName.READ_CARD: AT_READER,
    ScreenName.ENTER_PIN: [*AT_READER, IC, DigitsEntered(digits="1234")],
    ScreenName.EMONEY_BRAND: [start("op"), *keys("電子マネー")],
    ScreenName.EMONEY_AMOUNT: [start("op"), *keys("電子マネー", "iD")],
    ScreenName.TOUCH_EMONEY: [start("op"), *keys("電子マネー", "iD", "確認")],
    ScreenName.CODE_AMOUNT: [start("op"), *keys("コード支払い")],
    ScreenName.READ_CODE: [start("op"), *keys("コード支払い", "セット")],
    ScreenName.CENTRE: AT_CENTRE,
    ScreenName.CENTRE_SILENT: SILENT,
    ScreenName.APPROVED: [*AT_CENTRE, answered("approved", PAID + 1)],
    ScreenName.DECLINED: [*AT_CENTRE, answered("declined", PAID + 1)],
    ScreenName.INCOMPLETE: [*AT_CENTRE, answered("incomplete", PAID + 1)],
    ScreenName.PAPER_OUT: [PaperRanOut(), *AT_CENTRE, answered("approved", PAID + 1)],
    ScreenName.BUSINESS: keys("業務"),
    ScreenName.REPRINT: keys("再印字"),
    ScreenName.REPRINT_MEDIA: keys("再印字", "業務"),
    ScreenName.HISTORY: [*HISTORY, *keys("次へ", "前へ")],
    ScreenName.HISTORY_ENTRY: [*HISTORY, *keys("00119")],
    ScreenName.FROZEN: [*keys("業務"), MessageReceived(message=Disconnect())],
}
CARD_REFUND = keys("クレジット", "確認")
EMONEY_REFUND = keys("電子マネー", "iD", "取消返品", "確認")
CODE_REFUND = keys("コード支払い", "確認", "実行", "マニュアル")


def typed(digits: str) -> Stimulus:
    return DigitsEntered(digits=digits)


def refund_ways(slip: str) -> dict[ScreenName, list[Stimulus]]:
    """Manual 4-2 to 4-4, key by key."""
    start = start_refund("op", AMOUNT if slip == "00120" else 1_000)
    found = [start, *CARD_REFUND, typed(slip), *keys("セット")]
    read = [*found, *keys("一致", "取消", "実行")]
    touched = [start, *EMONEY_REFUND, typed(EMONEY_SLIP), *keys("セット")]
    return {
        ScreenName.REFUND_MEDIA: [start],
        ScreenName.REFUND_CARD_AMOUNT: [start, *CARD_REFUND[:1]],
        ScreenName.REFUND_CARD_SLIP: [start, *CARD_REFUND, typed(slip[:4])],
        ScreenName.REFUND_CARD_MATCH: found,
        ScreenName.REFUND_CARD_KIND: [*found, *keys("一致")],
        ScreenName.REFUND_CARD_EXECUTE: read[:-1],
        ScreenName.REFUND_READ_CARD: read,
        ScreenName.REFUND_CARD_CONDITION: [*read, MAGNETIC],
        ScreenName.REFUND_EMONEY_BRAND: [start, *EMONEY_REFUND[:1]],
        ScreenName.REFUND_EMONEY_MENU: [start, *EMONEY_REFUND[:2]],
        ScreenName.REFUND_EMONEY_AMOUNT: [start, *EMONEY_REFUND[:3]],
        ScreenName.REFUND_EMONEY_SLIP: [start, *EMONEY_REFUND, typed(EMONEY_SLIP)],
        ScreenName.REFUND_EMONEY_KIND: touched,
        ScreenName.REFUND_TOUCH_EMONEY: [*touched, *keys("取消")],
        ScreenName.REFUND_CODE_AMOUNT: [start, *CODE_REFUND[:1]],
        ScreenName.REFUND_CODE_EXECUTE: [start, *CODE_REFUND[:2]],
        ScreenName.REFUND_READ_CODE: [start, *CODE_REFUND[:3]],
        ScreenName.REFUND_CODE_ORDER: [start, *CODE_REFUND, typed(CODE_ORDER)],
    }


def way_to(name: ScreenName, trigger: Trigger) -> list[Stimulus]:
    """Return what leads to a screen, so that this trigger may be taken there."""
    if name not in REFUND_SCREENS:
        return WAYS[name]
    slip = "00119"
    if name is ScreenName.REFUND_READ_CARD:
        slip = ORIGINALS.get(trigger, slip)
    elif name is ScreenName.REFUND_CARD_CONDITION:
        slip = ORIGINALS.get(trigger, "00121") if isinstance(trigger, Key) else "00121"
    way = refund_ways(slip)[name]
    if name is ScreenName.REFUND_CARD_SLIP and trigger is Key.SET:
        return [*way, typed(slip[4:])]
    kinds = (ScreenName.REFUND_CARD_KIND, ScreenName.REFUND_EMONEY_KIND)
    return [DayRolledOver(), *way] if trigger is Key.RETURN and name in kinds else way


WAYS[ScreenName.HISTORY_ENTRY] = [*HISTORY, *keys("次へ", "00119")]

CHOICES = {
    ScreenName.CARD_INSTALMENTS: "3回",
    ScreenName.EMONEY_BRAND: "iD",
    ScreenName.REFUND_EMONEY_BRAND: "iD",
    ScreenName.HISTORY: "00125",
}


def stimulus(name: ScreenName, trigger: Trigger) -> Stimulus:
    simple: dict[Trigger, Stimulus] = {
        Happening.POWER_ON: PowerOn(),
        Happening.POWER_OFF: PowerOff(),
        Happening.START: start("next"),
        Happening.START_REFUND: start_refund("next"),
        Happening.ABORT: MessageReceived(message=Abort(operation_id="op")),
        Happening.DISCONNECT: MessageReceived(message=Disconnect()),
        Happening.CHOICE: KeyPressed(label=CHOICES.get(name, "no such key")),
        Happening.DIGITS: DigitsEntered(digits="1"),
        Happening.CARD: AMEX,
        Happening.CARD_AND_PIN: IC,
        Happening.MAGNETIC: MAGNETIC,
        Happening.EMONEY: ID,
        Happening.CODE: CODE,
        Happening.APPROVED: answered("approved", PAID + 1),
        Happening.DECLINED: answered("declined", PAID + 1),
        Happening.INCOMPLETE: answered("incomplete", PAID + 1),
        Happening.NOT_AT_CENTRE: answered("unknown", PAID + 1),
        Happening.NO_ANSWER: answered("unreachable", PAID + 1),
        Happening.TIME_UP: TimePassed(),
        Happening.PAPER_IN: PaperPutIn(),
        Happening.HANG: Hung(),
    }
    return KeyPressed(label=str(trigger)) if isinstance(trigger, Key) else simple[trigger]


def paid_before() -> Kept:
    """Return what a terminal has kept that was paid on in every way."""
    bench = TerminalBench(structs.replace(MERCHANT, sign_pad=True)).on()
    for number, (amount, condition, card) in enumerate(CARDS):
        bench.start(f"card-{number}", amount)
        bench.press("クレジットカード・銀聯", "セット", condition)
        bench.press(*(("3回", "実行") if condition == "分割" else ("実行",)))
        bench.do(card)
        if bench.screen == ScreenName.ENTER_PIN:
            bench.digits("1234")
            bench.press("セット")
        bench.answer()
    bench.start("emoney", 1_000)
    bench.press("電子マネー", "iD", "確認")
    bench.do(ID)
    bench.answer()
    bench.start("code", 1_000)
    bench.press("コード支払い", "セット")
    bench.do(CODE)
    bench.answer(order_number=CODE_ORDER)
    assert bench.disk is not None
    assert [entry.state for entry in bench.disk.entries] == [EntryState.APPROVED] * PAID
    return bench.disk


BEFORE = paid_before()


def bench_at(name: ScreenName, trigger: Trigger) -> TerminalBench:
    bench = TerminalBench(structs.replace(MERCHANT, sign_pad=True), BEFORE).on()
    bench.do(*way_to(name, trigger))
    assert bench.screen == name
    return bench


def moves(name: ScreenName) -> Iterable[tuple[Trigger, str]]:
    rows = expected()
    for trigger in (*Key, *Happening):
        if trigger is Happening.NO_PAPER:  # comes of a slip, not of a stimulus: `test_paper_out`
            continue
        yield trigger, rows.get((str(name), str(trigger)), str(name))


@pytest.mark.parametrize("name", list(ScreenName))
def test_the_terminal_goes_where_the_table_says_and_nowhere_else(name: ScreenName) -> None:
    for trigger, to in moves(name):
        bench = bench_at(name, trigger)
        if (name, trigger) == (ScreenName.HISTORY, Key.PREVIOUS):
            bench.press("次へ")
        if trigger is Happening.TIME_UP:
            bench.wait(3)
        else:
            bench.do(stimulus(name, trigger))
        assert bench.screen == to, trigger
