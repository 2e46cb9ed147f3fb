from collections.abc import Iterable

import pytest
from msgspec import structs

from ct6100 import transitions
from ct6100.messages import Abort, Disconnect, Start
from ct6100.records import Kind
from ct6100.screens import Key, ScreenName
from ct6100.stimuli import (
    CentreAnswered,
    DigitsEntered,
    KeyPressed,
    MessageReceived,
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
home: Start > choose_media, 業務 > business, 再印字 > reprint, Disconnect > home
home: クレジットカード・銀聯 > home, 電子マネー > home, コード支払い > home
choose_media: クレジットカード・銀聯 > card_amount, 電子マネー > emoney_brand
choose_media: コード支払い > code_amount, リセット > home, Abort > home
card_amount: セット > card_condition, リセット > home, Abort > home
card_condition: 一括 > card_execute, リボ > card_execute, ボーナス > card_execute
card_condition: 分割 > card_instalments, リセット > home, Abort > home
card_instalments: choice > card_execute, リセット > home, Abort > home
card_execute: 実行 > read_card, リセット > home, Abort > home
read_card: card, no PIN > centre; IC card above the PIN limit > enter_pin
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
declined: 確認 > home, Start > choose_media
incomplete: 確認 > home, Start > choose_media
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
    rows["read_card", "card, no PIN"] = rows.pop(("read_card", "no PIN"))
    for name in set(ScreenName) - {ScreenName.OFF}:
        rows[str(name), "power off"] = "off"
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
ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
CODE = Presented(media="code", brand="PayPay", entry="code", number="1")


def keys(*labels: str) -> list[Stimulus]:
    return [KeyPressed(label=label) for label in labels]


def start(operation_id: str) -> Stimulus:
    return MessageReceived(
        message=Start(operation_id=operation_id, kind=Kind.PAYMENT, amount=AMOUNT)
    )


def answered(outcome: str, number: int) -> Stimulus:
    return CentreAnswered(number=number, outcome=outcome)


PAID = 7
"""Payments already in the journal: the history has two pages."""

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
    ScreenName.BUSINESS: keys("業務"),
    ScreenName.REPRINT: keys("再印字"),
    ScreenName.REPRINT_MEDIA: keys("再印字", "業務"),
    ScreenName.HISTORY: [*HISTORY, *keys("次へ", "前へ")],
    ScreenName.HISTORY_ENTRY: [*HISTORY, *keys("00119")],
    ScreenName.FROZEN: [*keys("業務"), MessageReceived(message=Disconnect())],
}
WAYS[ScreenName.HISTORY_ENTRY] = [*HISTORY, *keys("次へ", "00119")]

CHOICES = {
    ScreenName.CARD_INSTALMENTS: "3回",
    ScreenName.EMONEY_BRAND: "iD",
    ScreenName.HISTORY: "00125",
}


def stimulus(name: ScreenName, trigger: Trigger) -> Stimulus:
    simple: dict[Trigger, Stimulus] = {
        Happening.POWER_ON: PowerOn(),
        Happening.POWER_OFF: PowerOff(),
        Happening.START: start("next"),
        Happening.ABORT: MessageReceived(message=Abort(operation_id="op")),
        Happening.DISCONNECT: MessageReceived(message=Disconnect()),
        Happening.CHOICE: KeyPressed(label=CHOICES.get(name, "no such key")),
        Happening.DIGITS: DigitsEntered(digits="1"),
        Happening.CARD: AMEX,
        Happening.CARD_AND_PIN: IC,
        Happening.EMONEY: ID,
        Happening.CODE: CODE,
        Happening.APPROVED: answered("approved", PAID + 1),
        Happening.DECLINED: answered("declined", PAID + 1),
        Happening.INCOMPLETE: answered("incomplete", PAID + 1),
        Happening.NOT_AT_CENTRE: answered("unknown", PAID + 1),
        Happening.NO_ANSWER: answered("unreachable", PAID + 1),
        Happening.TIME_UP: TimePassed(),
    }
    return KeyPressed(label=str(trigger)) if isinstance(trigger, Key) else simple[trigger]


def bench_at(name: ScreenName) -> TerminalBench:
    bench = TerminalBench(structs.replace(MERCHANT, sign_pad=True)).on()
    for number in range(PAID):
        bench.pay(f"earlier-{number}", 1_000)
        bench.answer("approved")
    bench.press("確認")
    bench.do(*WAYS[name])
    assert bench.screen == name
    return bench


def moves(name: ScreenName) -> Iterable[tuple[Trigger, str]]:
    rows = expected()
    for trigger in (*Key, *Happening):
        yield trigger, rows.get((str(name), str(trigger)), str(name))


@pytest.mark.parametrize("name", list(ScreenName))
def test_the_terminal_goes_where_the_table_says_and_nowhere_else(name: ScreenName) -> None:
    for trigger, to in moves(name):
        bench = bench_at(name)
        if (name, trigger) == (ScreenName.HISTORY, Key.PREVIOUS):
            bench.press("次へ")
        if trigger is Happening.TIME_UP:
            bench.wait(3)
        else:
            bench.do(stimulus(name, trigger))
        assert bench.screen == to, trigger
