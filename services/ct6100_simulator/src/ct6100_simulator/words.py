"""What the pages say, in Japanese and English. The glass itself speaks Japanese only.

Names of faults and wallet cards stand in `words_of_things`; both are checked by tests.
"""

from collections.abc import Callable
from typing import Final

from ct6100_simulator.view import HINTS
from ct6100_simulator.words_of_printers import OF_SCRIPT, PRINTER_WORDS
from ct6100_simulator.words_of_things import THINGS

LANGUAGES: Final = ("ja", "en")
"""The first one is what a new visitor sees."""

WORDS: Final[dict[str, tuple[str, str]]] = {
    # frame of every page
    "title": ("決済端末シミュレータ", "Simulated terminals"),
    "skip": ("本文へ", "Skip to content"),
    "language": ("言語", "Language"),
    # shelf
    "list_title": ("決済端末 CT-6100", "CT-6100 terminals"),
    "list_lede": (
        "店舗のレジとつながる、触って試せる決済端末です。端末を選んでください。実在のカードや金額は動きません。",
        "Terminals that you can touch, linked with the registers. No real card, no real money.",
    ),
    "list_empty": ("端末がまだありません。", "There is no terminal yet."),
    "power_is_off": ("電源 切", "switched off"),
    "link_connected": ("レジと接続中", "linked"),
    "link_disconnected": ("レジ未接続", "not linked"),
    "link_off": ("電源 切", "switched off"),
    "simulator_away": ("応答なし", "no answer"),
    "unanswered": (
        "シミュレータが応答しません。少し待ってからお試しください。",
        "The simulator does not answer. Wait a moment and try again.",
    ),
    # the device
    "device": ("決済端末", "Terminal"),
    "device_of": ("決済端末 {serial}", "Terminal {serial}"),
    "simulated": ("模擬端末", "simulated"),
    "power": ("電源", "Power"),
    "power_how": ("電源を入れる・切る", "Switch it on or off"),
    "soft_keys": ("画面のキー", "Keys of the screen"),
    "number_pad": ("数字キー", "Number pad"),
    "paper_in": ("用紙を入れる", "Put paper in"),
    "tear": ("切り取る", "Tear off"),
    "place_ic": ("カード差込口（IC）", "Card slot (IC)"),
    "place_magnetic": ("磁気を通す", "Swipe"),
    "place_contactless": ("タッチ", "Tap here"),
    "place_code": ("コード読取", "Code reader"),
    "glass_link_connected": ("レジ接続中", "レジ接続中"),
    "glass_link_disconnected": ("レジ未接続", "レジ未接続"),
    # the wallet
    "wallet": ("お客様の財布", "The customer's wallet"),
    "wallet_how": (
        "選んでから端末の読取口を押すか、そのまま引いて運びます。",
        "Choose one, then press a reader of the terminal; or drag it there.",
    ),
    "pocket_card": ("カード", "Cards"),
    "pocket_emoney": ("電子マネー", "E-money"),
    "pocket_code": ("スマホのコード", "Codes on a phone"),
    "declined_note": ("使えません", "is declined"),
    "choose_first": ("先に財布から選んでください。", "Choose something from the wallet first."),
    "wrong_place": (
        "ここでは読み取れません。光っている読取口へ。",
        "This reader cannot read that. Use one that is lit.",
    ),
    # at its side
    "side": ("端末の脇", "Beside the terminal"),
    "tray": ("切り取った控え", "Torn-off slips"),
    "throw_away": ("捨てる", "Throw away"),
    "autopilot": ("自動のお客様", "A customer who always pays"),
    "autopilot_how": (
        "金額が届くたびに、自分で操作して支払います。",
        "Taps and pays by itself whenever an amount arrives.",
    ),
    "pays_with": ("支払うもの", "Pays with"),
    "think_ms": ("画面ごとに考える時間（ミリ秒）", "Thinks this long at each screen (ms)"),
    "on": ("入", "On"),
    "off": ("切", "Off"),
    "drawer": ("故障の引き出し", "Drawer of faults"),
    "drawer_how": (
        "仕掛けた故障は、次の機会に起こります。",
        "A fault that is armed strikes at its next occasion.",
    ),
    "fault_set": ("仕掛ける", "Arm"),
    "fault_is_set": ("仕掛け中", "Armed"),
    "clear_faults": ("すべて外す", "Disarm all"),
    "open_touches": ("処理未了", "Broken off"),
    "settle_approved": ("成立にする", "It was a sale"),
    "settle_declined": ("不成立にする", "It was none"),
    "close_day": ("締め", "Close the day"),
    "log": ("回線の記録", "Link frames"),
    "log_legend": ("→ 端末へ　← 端末から", "→ to it　← from it"),
    # what to do next
    "hint_off": (
        "電源が切れています。左側面のスイッチを入れてください。",
        "It is off. Use the switch on its left side.",
    ),
    "hint_home": (
        "待機中です。レジで金額を送ると、ここから支払えます。",
        "At rest. Send an amount from the register, then pay here.",
    ),
    "hint_choose_media": (
        "お客様の支払種別を画面の下のキーで選びます。",
        "Choose how the customer pays, with the keys below the screen.",
    ),
    "hint_confirm_amount": (
        "金額を確かめて「セット」を押します。",
        "Check the amount and press セット (set).",
    ),
    "hint_card_condition": (
        "支払方法を選びます。ふつうは「一括」です。",
        "Choose the payment condition; usually 一括 (one payment).",
    ),
    "hint_card_instalments": ("分割の回数を選びます。", "Choose the number of instalments."),
    "hint_card_execute": (
        "内容を確かめて「実行」を押します。",
        "Check, then press 実行 (execute).",
    ),
    "hint_read_card": (
        "カードを選んで、差込口・タッチ・磁気のどれかへ。",
        "Choose a card and bring it to the slot, the mark or the groove.",
    ),
    "hint_enter_pin": (
        "暗証番号を4桁（どのカードも 1234）入れて「セット」。",
        "Type the PIN (1234 for every card), then セット (set).",
    ),
    "hint_emoney_brand": ("電子マネーの種類を選びます。", "Choose the brand of e-money."),
    "hint_emoney_amount": (
        "金額を確かめて「確認」を押します。",
        "Check the amount and press 確認 (confirm).",
    ),
    "hint_touch_emoney": (
        "同じ電子マネーを選んで、タッチの印へ。",
        "Choose the same e-money and hold it to the mark.",
    ),
    "hint_read_code": (
        "スマホのコードを選んで、コード読取へ。",
        "Choose a code on the phone and show it to the reader.",
    ),
    "hint_business_menu": (
        "レジを使わずに取消・返品する支払種別を選びます。「戻る」で待機に戻ります。",
        "Choose what to void or return without the register. 戻る (back) leads home.",
    ),
    "hint_refund_media": (
        "レジから取消・返品の指示が届きました。元の支払種別を選びます。",
        "The register asks for money back. Choose how it was paid.",
    ),
    "hint_refund_amount": (
        "返す金額を確かめて「確認」。レジを使わないときは金額を入力します。",
        "Check the amount, then 確認 (confirm). Without the register, type it.",
    ),
    "hint_refund_slip": (
        "控えの伝票番号を数字キーで入れて「セット」。間違えたら「訂正」。",
        "Type the slip number from the paper, then セット (set). 訂正 clears it.",
    ),
    "hint_refund_match": (
        "返す取引で間違いなければ「一致」を押します。",
        "If this is the payment to give back, press 一致 (matches).",
    ),
    "hint_refund_kind": (
        "締めの前の取引は「取消」、締めた後は「返品」。",
        "取消 (void) until the day was closed, 返品 (return) afterwards.",
    ),
    "hint_refund_read_card": (
        "支払ったカードを、支払ったときと同じ読取口へ。",
        "The card that paid, to the same reader as then.",
    ),
    "hint_refund_condition": (
        "支払ったときの支払方法を選びます。",
        "Choose the payment condition of the payment.",
    ),
    "hint_refund_menu": ("「取消返品」を押します。", "Press 取消返品 (void or return)."),
    "hint_refund_by_hand": (
        "コードは読み取らず、「マニュアル」を押します。",
        "Read no code: press マニュアル (by hand).",
    ),
    "hint_refund_order": (
        "レジの画面の注文番号を数字キーで入れて「セット」。",
        "Type the order number that the register shows, then セット (set).",
    ),
    "hint_centre": (
        "センタと通信しています。少しお待ちください。",
        "Talking to the card centre. A moment, please.",
    ),
    "hint_centre_silent": (
        "センタの返事がありません。端末が結果を確かめています。",
        "The centre does not answer. The terminal is finding out.",
    ),
    "hint_approved": (
        "取引が済みました。控えが出たら切り取ります。",
        "Done. Tear off the slip, if there is one.",
    ),
    "hint_declined": (
        "お取り扱いできませんでした。「確認」で戻ります。",
        "Declined. 確認 (confirm) leads back.",
    ),
    "hint_incomplete": (
        "処理未了です。同じ電子マネーを次にタッチした時に確定します。「確認」で戻ります。",
        "Broken off, outcome open until the same e-money is touched again. 確認 leads back.",
    ),
    "hint_paper_out": (
        "取引は済みました。用紙が切れています。「用紙を入れる」で控えが出ます。",
        "Done, but out of paper. Put paper in and the slip comes out.",
    ),
    "hint_frozen": (
        "固まっています。電源を切って入れ直してください。",
        "It hangs. Switch it off and on again.",
    ),
    "hint_business": (
        "業務・再印字の画面です。「戻る」で待機に戻ります。",
        "Business screens. 戻る (back) leads home.",
    ),
    # refusals of the control API that a hand can run into
    "problem_key_not_shown": ("そのキーは今の画面にありません。", "That key is not on the screen."),
    "problem_not_taken": ("今は受け付けていません。", "It does not take that now."),
    "problem_powered_off": ("電源が切れています。", "It is switched off."),
    "problem_fault_parameter_missing": ("値を入れてください。", "Fill in the value."),
    "problem_fault_parameter_invalid": (
        "その値は範囲の外です。",
        "That value is outside of its limits.",
    ),
    "problem_not_incomplete": (
        "その伝票番号の処理未了はありません。",
        "No such slip number is waiting for its outcome.",
    ),
    "problem_invalid_body": ("その値は使えません。", "That value cannot be used."),
    "problem_terminal_stuck": ("端末が反応しません。", "The terminal does not react."),
    **THINGS,
    **PRINTER_WORDS,
}
"""Key → (Japanese, English)."""

_PROBLEM: Final = "problem_"


def translator(language: str) -> Callable[..., str]:
    """Return the function that looks words up; its keyword arguments fill `{names}` in them."""
    column = LANGUAGES.index(language)

    def t(key: str, **names: str) -> str:
        text = WORDS[key][column]
        return text.format(**names) if names else text

    return t


def for_script(language: str) -> dict[str, str | dict[str, str]]:
    """Return what the page's script says by itself."""
    t = translator(language)
    plain = (
        "unanswered",
        "choose_first",
        "wrong_place",
        "simulator_away",
        "fault_set",
        "fault_is_set",
        "on",
        "off",
    )
    return {
        **{key: t(key) for key in plain},
        "hints": {hint: t(f"hint_{hint}") for hint in HINTS},
        "link": {each: t(f"link_{each}") for each in ("connected", "disconnected", "off")},
        "glass_link": {each: t(f"glass_link_{each}") for each in ("connected", "disconnected")},
        "problems": {
            key.removeprefix(_PROBLEM): t(key) for key in WORDS if key.startswith(_PROBLEM)
        },
    }


def for_printer_script(language: str) -> dict[str, str | dict[str, str]]:
    """Return what the script of the receipt printer says by itself."""
    t = translator(language)
    problems = {key.removeprefix(_PROBLEM): t(key) for key in WORDS if key.startswith(_PROBLEM)}
    return {**{key: t(f"printer_{key}") for key in OF_SCRIPT}, "problems": problems}
