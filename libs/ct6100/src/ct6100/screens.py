"""The screens of a CT-6100 and the keys on each. Labels: the manual's."""

from enum import StrEnum
from typing import Final

from ct6100.records import Phase


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
    PAPER_OUT = "paper_out"
    BUSINESS = "business"
    REFUND_MEDIA = "refund_media"
    REFUND_CARD_AMOUNT = "refund_card_amount"
    REFUND_CARD_SLIP = "refund_card_slip"
    REFUND_CARD_MATCH = "refund_card_match"
    REFUND_CARD_KIND = "refund_card_kind"
    REFUND_CARD_EXECUTE = "refund_card_execute"
    REFUND_READ_CARD = "refund_read_card"
    REFUND_CARD_CONDITION = "refund_card_condition"
    REFUND_EMONEY_BRAND = "refund_emoney_brand"
    REFUND_EMONEY_MENU = "refund_emoney_menu"
    REFUND_EMONEY_AMOUNT = "refund_emoney_amount"
    REFUND_EMONEY_SLIP = "refund_emoney_slip"
    REFUND_EMONEY_KIND = "refund_emoney_kind"
    REFUND_TOUCH_EMONEY = "refund_touch_emoney"
    REFUND_CODE_AMOUNT = "refund_code_amount"
    REFUND_CODE_EXECUTE = "refund_code_execute"
    REFUND_READ_CODE = "refund_read_code"
    REFUND_CODE_ORDER = "refund_code_order"
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
    MATCHES = "一致"
    VOID = "取消"
    RETURN = "返品"
    REFUND = "取消返品"
    BY_HAND = "マニュアル"
    CLEAR = "訂正"
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
    ScreenName.PAPER_OUT: (),
    ScreenName.BUSINESS: (Key.CREDIT, Key.EMONEY, Key.CODE, Key.REPRINT, Key.BACK),
    ScreenName.REFUND_MEDIA: (Key.CREDIT, Key.EMONEY, Key.CODE, Key.RESET),
    ScreenName.REFUND_CARD_AMOUNT: (Key.RESET, Key.CLEAR, Key.CONFIRM),
    ScreenName.REFUND_CARD_SLIP: (Key.RESET, Key.CLEAR, Key.SET),
    ScreenName.REFUND_CARD_MATCH: (Key.RESET, Key.BACK, Key.MATCHES),
    ScreenName.REFUND_CARD_KIND: (Key.VOID, Key.RETURN, Key.RESET),
    ScreenName.REFUND_CARD_EXECUTE: (Key.RESET, Key.EXECUTE),
    ScreenName.REFUND_READ_CARD: (Key.RESET,),
    ScreenName.REFUND_CARD_CONDITION: (
        Key.LUMP_SUM,
        Key.INSTALMENTS,
        Key.REVOLVING,
        Key.BONUS,
        Key.RESET,
    ),
    ScreenName.REFUND_EMONEY_BRAND: (Key.RESET,),
    ScreenName.REFUND_EMONEY_MENU: (Key.REFUND, Key.RESET),
    ScreenName.REFUND_EMONEY_AMOUNT: (Key.RESET, Key.CLEAR, Key.CONFIRM),
    ScreenName.REFUND_EMONEY_SLIP: (Key.RESET, Key.CLEAR, Key.SET),
    ScreenName.REFUND_EMONEY_KIND: (Key.VOID, Key.RETURN, Key.RESET),
    ScreenName.REFUND_TOUCH_EMONEY: (Key.RESET,),
    ScreenName.REFUND_CODE_AMOUNT: (Key.RESET, Key.CLEAR, Key.CONFIRM),
    ScreenName.REFUND_CODE_EXECUTE: (Key.RESET, Key.EXECUTE),
    ScreenName.REFUND_READ_CODE: (Key.RESET, Key.BY_HAND),
    ScreenName.REFUND_CODE_ORDER: (Key.RESET, Key.CLEAR, Key.SET),
    ScreenName.REPRINT: (Key.BUSINESS, Key.BACK),
    ScreenName.REPRINT_MEDIA: (Key.CREDIT, Key.EMONEY, Key.CODE, Key.BACK),
    ScreenName.HISTORY: (Key.PREVIOUS, Key.NEXT, Key.BACK),
    ScreenName.HISTORY_ENTRY: (Key.BACK, Key.EXECUTE),
    ScreenName.FROZEN: (),
}
"""The fixed keys of each screen. `SKIP` is on the glass only with a sign pad, `CLEAR` only where
something is typed: the register's amount is not."""

REFUND_SCREENS: Final = tuple(name for name in ScreenName if name.startswith("refund_"))
"""取消返品, manual 4-2 to 4-4, in its order."""

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
            *REFUND_SCREENS,
        ),
        Phase.AWAITING_CUSTOMER,
    ),
    **dict.fromkeys(
        (
            ScreenName.ENTER_PIN,
            ScreenName.REFUND_CARD_CONDITION,
            ScreenName.CENTRE,
            ScreenName.CENTRE_SILENT,
        ),
        Phase.READ,
    ),
    **dict.fromkeys((ScreenName.APPROVED, ScreenName.DECLINED, ScreenName.INCOMPLETE), Phase.DONE),
}
"""How far the operation is, by its screen."""

HISTORY_LINES: Final = 5
"""What fits the glass beside its keys."""
