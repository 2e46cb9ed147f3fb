"""The glass of a CT-6100: its screens, the keys on each, and what it says. Labels: the manual's."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ct6100.brands import EMONEY_BRANDS
from ct6100.records import EntryState, JournalEntry, Kind, Phase, Screen


class ScreenName(StrEnum):
    """Every screen. The values are what the link and the simulator's API call them."""

    OFF = "off"
    HOME = "home"
    CHOOSE_MEDIA = "choose_media"
    CARD_AMOUNT = "card_amount"
    CARD_CONDITION = "card_condition"
    CARD_INSTALMENTS = "card_instalments"
    CARD_EXECUTE = "card_execute"
    READ_CARD = "read_card"
    ENTER_PIN = "enter_pin"
    EMONEY_BRAND = "emoney_brand"
    EMONEY_AMOUNT = "emoney_amount"
    TOUCH_EMONEY = "touch_emoney"
    CODE_AMOUNT = "code_amount"
    READ_CODE = "read_code"
    CENTRE = "centre"
    CENTRE_SILENT = "centre_silent"
    APPROVED = "approved"
    DECLINED = "declined"
    INCOMPLETE = "incomplete"
    BUSINESS = "business"
    REPRINT = "reprint"
    REPRINT_MEDIA = "reprint_media"
    HISTORY = "history"
    HISTORY_ENTRY = "history_entry"
    FROZEN = "frozen"


class Key(StrEnum):
    """Every key with a fixed label. Brands, instalments and history lines are keys too."""

    CREDIT_CARD = "クレジットカード・銀聯"
    EMONEY = "電子マネー"
    CODE = "コード支払い"
    BUSINESS = "業務"
    REPRINT = "再印字"
    CREDIT = "クレジット"
    SET = "セット"
    LUMP_SUM = "一括"
    INSTALMENTS = "分割"
    REVOLVING = "リボ"
    BONUS = "ボーナス"
    EXECUTE = "実行"
    CONFIRM = "確認"
    SKIP = "スキップ"
    RESET = "リセット"
    NEXT = "次へ"
    PREVIOUS = "前へ"
    BACK = "戻る"


KEYS: Final[dict[ScreenName, tuple[Key, ...]]] = {
    ScreenName.OFF: (),
    ScreenName.HOME: (Key.CREDIT_CARD, Key.EMONEY, Key.CODE, Key.BUSINESS, Key.REPRINT),
    ScreenName.CHOOSE_MEDIA: (Key.CREDIT_CARD, Key.EMONEY, Key.CODE, Key.RESET),
    ScreenName.CARD_AMOUNT: (Key.RESET, Key.SET),
    ScreenName.CARD_CONDITION: (
        Key.LUMP_SUM,
        Key.INSTALMENTS,
        Key.REVOLVING,
        Key.BONUS,
        Key.RESET,
    ),
    ScreenName.CARD_INSTALMENTS: (Key.RESET,),
    ScreenName.CARD_EXECUTE: (Key.RESET, Key.EXECUTE),
    ScreenName.READ_CARD: (Key.RESET,),
    ScreenName.ENTER_PIN: (Key.RESET, Key.SKIP, Key.SET),
    ScreenName.EMONEY_BRAND: (Key.RESET,),
    ScreenName.EMONEY_AMOUNT: (Key.RESET, Key.CONFIRM),
    ScreenName.TOUCH_EMONEY: (Key.RESET,),
    ScreenName.CODE_AMOUNT: (Key.RESET, Key.SET),
    ScreenName.READ_CODE: (Key.RESET,),
    ScreenName.CENTRE: (),
    ScreenName.CENTRE_SILENT: (Key.CONFIRM,),
    ScreenName.APPROVED: (Key.CONFIRM,),
    ScreenName.DECLINED: (Key.CONFIRM,),
    ScreenName.INCOMPLETE: (Key.CONFIRM,),
    ScreenName.BUSINESS: (Key.REPRINT, Key.BACK),
    ScreenName.REPRINT: (Key.BUSINESS, Key.BACK),
    ScreenName.REPRINT_MEDIA: (Key.CREDIT, Key.EMONEY, Key.CODE, Key.BACK),
    ScreenName.HISTORY: (Key.PREVIOUS, Key.NEXT, Key.BACK),
    ScreenName.HISTORY_ENTRY: (Key.BACK, Key.EXECUTE),
    ScreenName.FROZEN: (),
}
"""The fixed keys of each screen. `SKIP` is on the glass only with a sign pad."""

PHASES: Final[dict[ScreenName, Phase]] = {
    **dict.fromkeys(ScreenName, Phase.IDLE),
    **dict.fromkeys(
        (
            ScreenName.CHOOSE_MEDIA,
            ScreenName.CARD_AMOUNT,
            ScreenName.CARD_CONDITION,
            ScreenName.CARD_INSTALMENTS,
            ScreenName.CARD_EXECUTE,
            ScreenName.READ_CARD,
            ScreenName.EMONEY_BRAND,
            ScreenName.EMONEY_AMOUNT,
            ScreenName.TOUCH_EMONEY,
            ScreenName.CODE_AMOUNT,
            ScreenName.READ_CODE,
        ),
        Phase.AWAITING_CUSTOMER,
    ),
    **dict.fromkeys(
        (ScreenName.ENTER_PIN, ScreenName.CENTRE, ScreenName.CENTRE_SILENT), Phase.READ
    ),
    **dict.fromkeys((ScreenName.APPROVED, ScreenName.DECLINED, ScreenName.INCOMPLETE), Phase.DONE),
}
"""How far the operation is, by its screen."""

INSTALMENTS: Final = ("2回", "3回", "5回", "6回", "10回", "12回", "15回", "18回", "20回", "24回")
"""The counts that Japanese card companies take."""

HISTORY_LINES: Final = 5
"""What fits the glass beside its keys."""


class Glass(Struct, frozen=True, kw_only=True):
    """All that the screens show of the machine's state."""

    amount: int = 0
    brand: str = ""
    condition: str = ""
    pin_length: int = 0
    sign_pad: bool = False
    slip_number: str = ""
    reason: str = ""
    history: tuple[JournalEntry, ...] = ()
    """The lines on the history screen."""
    entry: JournalEntry | None = None
    """The one that was picked."""


def yen(amount: int) -> str:
    """Return an amount as the glass and the paper write it: `¥1,650`."""
    return f"¥{amount:,}"


def choices(name: ScreenName, glass: Glass) -> tuple[str, ...]:
    """Return the labels of the keys that are not fixed."""
    if name is ScreenName.EMONEY_BRAND:
        return EMONEY_BRANDS
    if name is ScreenName.CARD_INSTALMENTS:
        return INSTALMENTS
    if name is ScreenName.HISTORY:
        return tuple(entry.slip_number for entry in glass.history)
    return ()


def render(name: ScreenName, glass: Glass) -> Screen:
    """Return what the glass shows."""
    fixed = tuple(key for key in KEYS[name] if key is not Key.SKIP or glass.sign_pad)
    keys = (*choices(name, glass), *(str(key) for key in fixed))
    return Screen(name=str(name), lines=_lines(name, glass), keys=keys)


_ASKS: Final[dict[ScreenName, tuple[str, ...]]] = {
    ScreenName.CHOOSE_MEDIA: ("支払種別を選択してください",),
    ScreenName.CARD_AMOUNT: ("クレジットカード・銀聯", "金額を確認してください"),
    ScreenName.CARD_CONDITION: ("支払方法を選択してください",),
    ScreenName.CARD_INSTALMENTS: ("分割回数を選択してください",),
    ScreenName.CARD_EXECUTE: ("内容を確認してください",),
    ScreenName.READ_CARD: ("カードを読み取ってください", "差込 スライド タッチ"),
    ScreenName.ENTER_PIN: ("暗証番号を入力してください",),
    ScreenName.EMONEY_BRAND: ("電子マネーを選択してください",),
    ScreenName.EMONEY_AMOUNT: ("売上金額確認",),
    ScreenName.TOUCH_EMONEY: ("タッチしてください",),
    ScreenName.CODE_AMOUNT: ("コード支払い", "金額を確認してください"),
    ScreenName.READ_CODE: ("バーコード読取", "お客様のコードを読み取ってください"),
    ScreenName.CENTRE: ("センタ通信中", "しばらくお待ちください"),
    ScreenName.CENTRE_SILENT: ("センタと通信できません", "取引の結果を確認しています"),
    ScreenName.APPROVED: ("通信終了", "承認されました"),
    ScreenName.DECLINED: ("通信終了", "お取り扱いできません"),
    ScreenName.INCOMPLETE: ("処理未了", "取引の結果が確定していません"),
}
"""What a screen of an operation asks or tells; its facts follow."""

_IDLE_LINES: Final[dict[ScreenName, tuple[str, ...]]] = {
    ScreenName.OFF: (),
    ScreenName.HOME: ("お支払い", "金額はレジから送信してください"),
    ScreenName.BUSINESS: ("業務",),
    ScreenName.REPRINT: ("再印字モード",),
    ScreenName.REPRINT_MEDIA: ("再印字", "支払種別を選択してください"),
    ScreenName.FROZEN: (),
}

_MEDIA_NAMES: Final = {
    "card": "クレジットカード・銀聯",
    "emoney": "電子マネー",
    "code": "コード支払い",
    "": "支払種別 未選択",
}
_STATE_NAMES: Final = {
    EntryState.APPROVED: "承認",
    EntryState.DECLINED: "不成立",
    EntryState.CANCELLED: "中止",
    EntryState.INCOMPLETE: "処理未了",
    EntryState.PENDING: "センタ確認中",
}
_KIND_NAMES: Final = {Kind.PAYMENT: "売上", Kind.VOID: "取消", Kind.RETURN: "返品"}


def _lines(name: ScreenName, glass: Glass) -> tuple[str, ...]:
    if name in _IDLE_LINES:
        return _IDLE_LINES[name]
    if name is ScreenName.HISTORY:
        return ("取引履歴", *map(_history_line, glass.history)) if glass.history else _NO_HISTORY
    if name is ScreenName.HISTORY_ENTRY:
        return () if glass.entry is None else _details(glass.entry)
    facts = (
        f"金額 {yen(glass.amount)}",
        glass.brand,
        glass.condition and f"支払方法 {glass.condition}",
        glass.pin_length and f"暗証番号 {'*' * glass.pin_length}",
        glass.slip_number and f"伝票番号 {glass.slip_number}",
        glass.reason and f"理由 {glass.reason}",
    )
    return (*_ASKS[name], *(fact for fact in facts if fact))


_NO_HISTORY: Final = ("取引履歴", "取引はありません")


def _history_line(entry: JournalEntry) -> str:
    state = _STATE_NAMES[entry.state]
    return f"{entry.slip_number} {_KIND_NAMES[entry.kind]} {yen(entry.amount)} {state}"


def _details(entry: JournalEntry) -> tuple[str, ...]:
    number = entry.slip and (entry.slip.card_number or entry.slip.member_number)
    lines = (
        f"伝票番号 {entry.slip_number}",
        f"{entry.at:%Y/%m/%d %H:%M:%S}",
        f"{_KIND_NAMES[entry.kind]} {_STATE_NAMES[entry.state]}",
        _MEDIA_NAMES.get(entry.media, entry.media),
        entry.brand,
        f"金額 {yen(entry.amount)}",
        number or "",
        f"注文番号 {entry.order_number}" if entry.order_number else "",
    )
    return tuple(line for line in lines if line)
