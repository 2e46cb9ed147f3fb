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
    "fault_wrong_amount": ("金額の違う結果", "Wrong amount"),
    "fault_wrong_amount_how": (
        "結果だけが違う金額を伝えます。端末の履歴は正しいままです。",
        "The result names another amount; the terminal's journal stays right.",
    ),
    "fault_foreign_operation": ("別の取引の結果", "Foreign operation"),
    "fault_foreign_operation_how": (
        "結果に別の取引番号が付きます。空欄なら誰のものでもない番号です。",
        "The result carries another operation id; left empty, one that is nobody's.",
    ),
    "fault_nak_every": ("電文が化ける", "Damaged frames"),
    "fault_nak_every_how": (
        "双方向とも n 個に 1 個の電文が壊れ、NAK で送り直されます。",
        "Every n-th frame, each way, is damaged, answered with NAK and sent again.",
    ),
    "fault_freeze": ("固まる", "Freezes"),
    "fault_freeze_how": (
        "その画面で（指定がなければ今すぐ）固まります。電源を切るまで戻りません。",
        "Hangs at that screen, or at once; only cutting its power helps.",
    ),
    "fault_paper_out": ("用紙切れ", "Out of paper"),
    "fault_paper_out_how": (
        "支払いは成立しますが、用紙を入れるまで控えが出ず、次の取引に進みません。",
        "The payment stands, but its slip and the next payment wait for paper.",
    ),
    "fault_incomplete": ("処理未了", "Breaks off"),
    "fault_incomplete_how": (
        "次の電子マネーのタッチが途中で切れます。同じカードの次のタッチで確定します。",
        "The next e-money touch breaks off; its card's next touch shows what it came to.",
    ),
    "fault_close_day_mid_payment": ("決済中の締め", "Day closed in mid-payment"),
    "fault_close_day_mid_payment_how": (
        "センタ通信中に締めが行われ、その支払いは翌営業日に付きます。",
        "The day is closed while the centre is asked; that payment books on the next one.",
    ),
    "fault_clock_skew": ("時計のずれ", "Wrong clock"),
    "fault_clock_skew_how": (
        "端末の時計が指定の秒数だけ進みます（負なら遅れます）。",
        "Its clock is ahead by so many seconds (behind, if negative).",
    ),
    "fault_link_drop_at": ("回線が切れる", "Link drops"),
    "fault_link_drop_at_how": (
        "その画面になった瞬間に回線が切れます。",
        "The link is reset the moment that screen appears.",
    ),
    "fault_reboot_at": ("再起動する", "Reboots"),
    "fault_reboot_at_how": (
        "その画面になった瞬間に電源が落ち、指定の秒数（なければ1秒）で戻ります。",
        "Loses power the moment that screen appears; back after so many seconds (1).",
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
    "parameter_any": ("指定なし", "any"),
    "parameter_seconds": ("秒", "seconds"),
    "parameter_screen": ("画面", "screen"),
    "parameter_bytes": ("バイト", "bytes"),
    "parameter_code": ("理由", "reason"),
    "parameter_amount": ("円", "yen"),
    "parameter_operation_id": ("取引番号", "operation id"),
    "parameter_brand": ("ブランド", "brand"),
    "parameter_outcome": ("判明する結果", "what it came to"),
    "parameter_n": ("n", "n"),
}
"""Key → (Japanese, English)."""
