import pytest
from msgspec import structs

from ct6100.codec import printable
from ct6100.glass import Glass, render, yen
from ct6100.records import EntryState, JournalEntry, Kind
from ct6100.screens import KEYS, Key, ScreenName
from testkit.terminals import MORNING

ENTRY = JournalEntry(
    number=1,
    slip_number="00119",
    terminal_business_date="2026-05-25",
    kind=Kind.PAYMENT,
    state=EntryState.APPROVED,
    amount=1_650,
    at=MORNING,
    media="code",
    brand="PayPay",
    order_number="P-1",
)
FULL = Glass(
    amount=9_999_999,
    brand="楽天Edy",
    condition="分割24回",
    pin_length=4,
    sign_pad=True,
    slip_number="00119",
    kind="取消",
    typed="119",
    by_hand=True,
    refused="already_cancelled",
    reason="G12",
    history=(ENTRY,),
    entry=ENTRY,
)


LIT = [name for name in ScreenName if name not in (ScreenName.OFF, ScreenName.FROZEN)]


@pytest.mark.parametrize("name", list(ScreenName))
def test_all_that_a_screen_says_can_be_printed_and_sent(name: ScreenName) -> None:
    for glass in (Glass(), FULL):
        screen = render(name, glass)
        assert screen.name == name
        assert all(printable(text) and text for text in (*screen.lines, *screen.keys))


@pytest.mark.parametrize("name", LIT)
def test_every_lit_screen_says_something_and_shows_its_keys(name: ScreenName) -> None:
    screen = render(name, FULL)
    assert screen.lines
    assert set(KEYS[name]) <= set(screen.keys)


def test_the_key_that_skips_the_pin_needs_a_sign_pad() -> None:
    keys = render(ScreenName.ENTER_PIN, structs.replace(FULL, sign_pad=False)).keys
    assert Key.SKIP not in keys


def test_the_brands_are_keys_in_the_manuals_words() -> None:
    keys = render(ScreenName.EMONEY_BRAND, FULL).keys
    assert keys == ("iD", "QUICPay", "交通系", "nanaco", "WAON", "楽天Edy", "リセット")


def test_the_home_screen_has_the_keys_of_the_manual() -> None:
    assert render(ScreenName.HOME, Glass()).keys == (
        "クレジットカード・銀聯",
        "電子マネー",
        "コード支払い",
        "業務",
        "再印字",
    )


def test_the_details_of_a_line_of_the_history_are_shown() -> None:
    assert render(ScreenName.HISTORY_ENTRY, FULL).lines == (
        "伝票番号 00119",
        "2026/05/25 15:45:05",
        "売上 承認",
        "コード支払い",
        "PayPay",
        "金額 ¥1,650",
        "注文番号 P-1",
    )
    assert render(ScreenName.HISTORY, Glass()).lines == ("取引履歴", "取引はありません")


def test_money_is_written_with_its_sign_and_groups_of_three() -> None:
    assert yen(1_650) == "¥1,650"
