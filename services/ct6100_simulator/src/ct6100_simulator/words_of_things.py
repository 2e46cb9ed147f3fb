"""Names of the wallet's cards, and of the faults with their parameters: Japanese and English."""

from typing import Final

THINGS: Final[dict[str, tuple[str, str]]] = {
    "card_amex": ("AMEX 377782…6304", "AMEX 377782…6304"),
    "card_visa": ("VISA", "VISA"),
    "card_mastercard": ("Mastercard", "Mastercard"),
    "card_jcb": ("JCB", "JCB"),
    "card_unionpay": ("銀聯", "UnionPay"),
    "card_declined": ("カード会社が承認しない VISA", "A VISA that its issuer declines"),
    "card_id": ("iD", "iD"),
    "card_quicpay": ("QUICPay", "QUICPay"),
    "card_transit": ("交通系電子マネー", "Transit e-money"),
    "card_nanaco": ("nanaco", "nanaco"),
    "card_waon": ("WAON", "WAON"),
    "card_edy": ("楽天Edy", "Rakuten Edy"),
    "card_paypay": ("PayPay", "PayPay"),
    "card_dbarai": ("d払い", "d Barai"),
    "card_aupay": ("au PAY", "au PAY"),
    "card_rakutenpay": ("楽天ペイ", "Rakuten Pay"),
    "fault_answer_lost": ("結果が届かない", "Answer lost"),
    "fault_answer_lost_how": (
        "端末では決まった結果が、レジへは一度も届きません。",
        "The outcome stands on the terminal, but never reaches the register.",
    ),
    "fault_answer_late": ("結果が遅れる", "Answer late"),
    "fault_answer_late_how": (
        "結果を指定の秒数だけ手元に留めます。",
        "The outcome is held back for so many seconds.",
    ),
    "fault_answer_twice": ("結果が二度届く", "Answer doubled"),
    "fault_answer_twice_how": (
        "同じ結果を続けて二度送ります。",
        "The same outcome is sent twice in a row.",
    ),
    "fault_answer_split": ("細切れに届く", "Answer in pieces"),
    "fault_answer_split_how": (
        "送る電文を指定のバイト数に刻みます。",
        "All that it sends is cut into pieces of so many bytes.",
    ),
    "fault_link_drop_at": ("回線が切れる", "Link drops"),
    "fault_link_drop_at_how": (
        "その画面になった瞬間に回線が切れます。",
        "The link is reset the moment that screen appears.",
    ),
    "fault_reboot_at": ("再起動する", "Reboots"),
    "fault_reboot_at_how": (
        "その画面になった瞬間に電源が落ち、1秒後に戻ります。",
        "Loses power the moment that screen appears; back after a second.",
    ),
    "fault_slow_centre": ("センタが遅い", "Slow centre"),
    "fault_slow_centre_how": (
        "カード会社の返事に指定の秒数かかります。",
        "The card centre takes so many seconds to answer.",
    ),
    "fault_decline": ("承認されない", "Declined"),
    "fault_decline_how": (
        "何を出しても、この理由で断られます。",
        "Whatever is presented is declined, for this reason.",
    ),
    "parameter_seconds": ("秒", "seconds"),
    "parameter_screen": ("画面", "screen"),
    "parameter_bytes": ("バイト", "bytes"),
    "parameter_code": ("理由", "reason"),
}
"""Key → (Japanese, English)."""
