"""What the glass of a CT-6100 says on each screen: lines, and keys whose labels are data."""

from typing import Final

from msgspec import Struct

from ct6100.brands import EMONEY_BRANDS
from ct6100.records import EntryState, JournalEntry, Kind, Screen
from ct6100.screens import KEYS, Key, ScreenName

INSTALMENTS: Final = ("2回", "3回", "5回", "6回", "10回", "12回", "15回", "18回", "20回", "24回")
"""The counts that Japanese card companies take."""


class Glass(Struct, frozen=True, kw_only=True):
    """All that the screens show of the machine's state."""

    amount: int = 0
    brand: str = ""
    condition: str = ""
    pin_length: int = 0
    sign_pad: bool = False
    slip_number: str = ""
    reason: str = ""
    order_number: str = ""
    kind: str = ""
    """取消 or 返品, of an operation that gives money back."""
    typed: str = ""
    """Digits that were typed and not taken yet."""
    by_hand: bool = False
    """Whether no register sent the amount, so that it is typed."""
    refused: str = ""
    """A code of `REFUSALS`."""
    history: tuple[JournalEntry, ...] = ()
    """The lines on the history screen."""
    entry: JournalEntry | None = None
    """The one that was picked, or the payment that is given back."""
    given_back: frozenset[int] = frozenset()
    """Numbers of those whose money is back with the customer."""


def yen(amount: int) -> str:
    """Return an amount as the glass and the paper write it: `¥1,650`."""
    return f"¥{amount:,}"


def choices(name: ScreenName, glass: Glass) -> tuple[str, ...]:
    """Return the labels of the keys that are not fixed."""
    if name in (ScreenName.EMONEY_BRAND, ScreenName.REFUND_EMONEY_BRAND):
        return EMONEY_BRANDS
    if name is ScreenName.CARD_INSTALMENTS:
        return INSTALMENTS
    if name is ScreenName.HISTORY:
        return tuple(entry.slip_number for entry in glass.history)
    return ()


def render(name: ScreenName, glass: Glass) -> Screen:
    """Return what the glass shows."""
    missing = set[Key]() if glass.sign_pad else {Key.SKIP}
    if name in AMOUNTS and not glass.by_hand:
        missing.add(Key.CLEAR)
    fixed = tuple(str(key) for key in KEYS[name] if key not in missing)
    return Screen(name=str(name), lines=_lines(name, glass), keys=(*choices(name, glass), *fixed))


AMOUNTS: Final = frozenset(
    {
        ScreenName.REFUND_CARD_AMOUNT,
        ScreenName.REFUND_EMONEY_AMOUNT,
        ScreenName.REFUND_CODE_AMOUNT,
    }
)
"""Where the amount that goes back is confirmed: the register's, or one that is typed here."""


_ON_SLIP: Final = "お客様控または加盟店控に印字されています"
_WHICH_KIND: Final = "当日分は取消 当日以外は返品"

REFUSALS: Final[dict[str, str]] = {
    "amount_missing": "金額を入力してください",
    "slip_unknown": "元の取引がありません",
    "order_unknown": "注文番号の取引がありません",
    "not_the_one_asked": "レジが指定した取引ではありません",
    "brand_not_cancellable": "このブランドは取消できません",
    "brand_differs": "元の取引とブランドが異なります",
    "amount_differs": "元の取引と金額が異なります",
    "already_cancelled": "すでに取消・返品されています",
    "cancel_unresolved": "取消・返品の結果を確認中です",
    "void_on_other_day": "当日の取引ではありません 返品を選択してください",
    "return_on_same_day": "当日の取引です 取消を選択してください",
    "reading_differs": "元の取引と読取方法が異なります",
    "card_differs": "元の取引のカードではありません",
    "condition_differs": "元の取引と支払方法が異なります",
}
"""Why a void or return is refused, by its code; the last stands on the glass until it goes on."""

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
    ScreenName.REFUND_MEDIA: ("業務", "取消・返品する支払種別を選択してください"),
    ScreenName.REFUND_CARD_AMOUNT: ("クレジット 取消返品", "金額を確認してください"),
    ScreenName.REFUND_CARD_SLIP: ("伝票番号を入力してください", _ON_SLIP),
    ScreenName.REFUND_CARD_MATCH: ("取引の内容を確認してください",),
    ScreenName.REFUND_CARD_KIND: ("取消区分を選択してください", _WHICH_KIND),
    ScreenName.REFUND_CARD_EXECUTE: ("内容を確認してください",),
    ScreenName.REFUND_READ_CARD: (
        "カードを読み取ってください",
        "元の取引と同じ方法で読み取ってください",
    ),
    ScreenName.REFUND_CARD_CONDITION: ("お客様の決済方法を選択してください",),
    ScreenName.REFUND_EMONEY_BRAND: ("電子マネーを選択してください",),
    ScreenName.REFUND_EMONEY_MENU: ("電子マネー", "業務を選択してください"),
    ScreenName.REFUND_EMONEY_AMOUNT: ("電子マネー 取消返品", "金額を確認してください"),
    ScreenName.REFUND_EMONEY_SLIP: ("伝票番号を入力してください", _ON_SLIP),
    ScreenName.REFUND_EMONEY_KIND: ("取消区分を選択してください", _WHICH_KIND),
    ScreenName.REFUND_TOUCH_EMONEY: ("タッチしてください",),
    ScreenName.REFUND_CODE_AMOUNT: ("コード支払い 取消返品", "金額を確認してください"),
    ScreenName.REFUND_CODE_EXECUTE: ("内容を確認してください",),
    ScreenName.REFUND_READ_CODE: ("バーコード読取", "読み取らずに「マニュアル」を押してください"),
    ScreenName.REFUND_CODE_ORDER: ("注文番号を入力してください", "レジの画面に表示されています"),
    ScreenName.CENTRE: ("センタ通信中", "しばらくお待ちください"),
    ScreenName.CENTRE_SILENT: ("センタと通信できません", "取引の結果を確認しています"),
    ScreenName.APPROVED: ("通信終了", "承認されました"),
    ScreenName.DECLINED: ("通信終了", "お取り扱いできません"),
    ScreenName.INCOMPLETE: ("処理未了", "取引の結果が確定していません"),
    ScreenName.PAPER_OUT: ("用紙切れ", "お支払いは成立しています", "用紙を補充してください"),
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
_VOID: Final = "取消"
_RETURN: Final = "返品"
KIND_NAMES: Final = {Kind.PAYMENT: "売上", Kind.VOID: _VOID, Kind.RETURN: _RETURN}
"""As the glass and the slip (取引内容) write them."""

GIVEN_BACK: Final = "取消・返品"
"""Status of a payment whose money is back with the customer, manual 4-2."""


def _lines(name: ScreenName, glass: Glass) -> tuple[str, ...]:
    if name in _IDLE_LINES:
        return _IDLE_LINES[name]
    if name is ScreenName.HISTORY:
        lines = (_history_line(each, glass) for each in glass.history)
        return ("取引履歴", *lines) if glass.history else _NO_HISTORY
    if name is ScreenName.HISTORY_ENTRY:
        return () if glass.entry is None else _details(glass.entry, glass)
    if name is ScreenName.PAPER_OUT and glass.kind in (_VOID, _RETURN):
        return (
            "用紙切れ",
            "払い戻しは成立しています",
            "用紙を補充してください",
            *_facts(name, glass),
        )
    return (*_ASKS[name], *_facts(name, glass))


def _facts(name: ScreenName, glass: Glass) -> tuple[str, ...]:
    original = glass.entry
    if name is ScreenName.REFUND_CARD_MATCH and original is not None:
        return _details(original, glass)
    refund = glass.kind in (_VOID, _RETURN) and name not in _BEFORE_KIND
    facts = (
        f"金額 {_amount(name, glass)}",
        refund and f"取消区分 {glass.kind}",
        glass.brand,
        glass.condition and not refund and f"支払方法 {glass.condition}",
        glass.pin_length and f"暗証番号 {'*' * glass.pin_length}",
        glass.slip_number and f"伝票番号 {glass.slip_number}",
        glass.order_number and f"注文番号 {glass.order_number}",
        _typed(name, glass),
        refund and original is not None and f"元伝票番号 {original.slip_number}",
        glass.reason and f"理由 {glass.reason}",
        glass.refused and f"※ {REFUSALS.get(glass.refused, glass.refused)}",
    )
    return tuple(fact for fact in facts if fact)


_BEFORE_KIND: Final = frozenset(
    {
        ScreenName.REFUND_CARD_SLIP,
        ScreenName.REFUND_CARD_KIND,
        ScreenName.REFUND_EMONEY_SLIP,
        ScreenName.REFUND_EMONEY_KIND,
    }
)
"""Where 取消 or 返品 is not chosen yet."""


def _amount(name: ScreenName, glass: Glass) -> str:
    typing = name in AMOUNTS and glass.by_hand
    return yen(int(glass.typed or "0")) if typing else yen(glass.amount)


def _typed(name: ScreenName, glass: Glass) -> str:
    if name is ScreenName.REFUND_CODE_ORDER:
        return f"注文番号 {glass.typed}"
    if name in (ScreenName.REFUND_CARD_SLIP, ScreenName.REFUND_EMONEY_SLIP):
        return f"伝票番号 {glass.typed}"
    return ""


_NO_HISTORY: Final = ("取引履歴", "取引はありません")


def _history_line(entry: JournalEntry, glass: Glass) -> str:
    state = _state(entry, glass)
    return f"{entry.slip_number} {KIND_NAMES[entry.kind]} {yen(entry.amount)} {state}"


def _state(entry: JournalEntry, glass: Glass) -> str:
    return GIVEN_BACK if entry.number in glass.given_back else _STATE_NAMES[entry.state]


def _details(entry: JournalEntry, glass: Glass) -> tuple[str, ...]:
    number = entry.slip and (entry.slip.card_number or entry.slip.member_number)
    lines = (
        f"伝票番号 {entry.slip_number}",
        f"{entry.at:%Y/%m/%d %H:%M:%S}",
        f"{KIND_NAMES[entry.kind]} {_state(entry, glass)}",
        _MEDIA_NAMES.get(entry.media, entry.media),
        entry.brand,
        f"金額 {yen(entry.amount)}",
        number or "",
        f"注文番号 {entry.order_number}" if entry.order_number else "",
        f"元伝票番号 {entry.voids}" if entry.voids else "",
    )
    return tuple(line for line in lines if line)
