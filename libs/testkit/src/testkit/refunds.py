"""A CT-6100 on a workbench on which somebody has paid, and the way of giving that back."""

from typing import Final

from ct6100.stimuli import Presented
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench

ID: Final = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
QUICPAY: Final = Presented(
    media="emoney", brand="QUICPay", entry="contactless", number="3566000011112222"
)
PAYPAY: Final = Presented(media="code", brand="PayPay", entry="code", number="1234")
ORDER: Final = "2605250001000001"


def paid(card: Presented = AMEX, condition: str = "一括") -> TerminalBench:
    """Return a terminal on which a card paid ¥165, slip 00119, and which is home again."""
    bench = TerminalBench().on()
    bench.start()
    bench.press("クレジットカード・銀聯", "セット", condition, *TO_THE_READER[3:])
    bench.do(card)
    bench.answer()
    bench.press("確認")
    return bench


def paid_by_emoney(card: Presented = ID) -> TerminalBench:
    """Return one on which an e-money paid ¥500, slip 00119."""
    bench = TerminalBench().on()
    bench.start(amount=500)
    bench.press("電子マネー", card.brand, "確認")
    bench.do(card)
    bench.answer()
    bench.press("確認")
    return bench


def paid_by_code() -> TerminalBench:
    """Return one on which a code paid ¥800, with the order number `ORDER`."""
    bench = TerminalBench().on()
    bench.start(amount=800)
    bench.press("コード支払い", "セット")
    bench.do(PAYPAY)
    bench.answer(order_number=ORDER)
    bench.press("確認")
    return bench


def to_the_touch(bench: TerminalBench, brand: str = "iD", kind: str = "取消") -> None:
    """Go through the refund of an e-money until its touch is wanted."""
    bench.press("電子マネー", brand, "取消返品", "確認")
    bench.digits("119")
    bench.press("セット", kind)


def to_the_order(bench: TerminalBench, order: str = ORDER) -> None:
    """Go through the refund of a code until the centre is asked."""
    bench.press("コード支払い", "確認", "実行", "マニュアル")
    bench.digits(order)
    bench.press("セット")
