"""The rules of 会員番号 for the merchant's copy: whose is asked for, and what is answered.

Pure.
"""

from base64 import b64encode
from typing import Final

from contracts.identifiers import SerialNumber
from contracts.operations import Outcome
from contracts.slips import MerchantNumberPending, NoMerchantNumber, SealedMerchantNumber
from terminal_gateway import history
from terminal_gateway.model import OPEN, KeptNumber, Noted, Operation

EMONEY: Final = "emoney"

NumberReply = SealedMerchantNumber | MerchantNumberPending | NoMerchantNumber


def is_wanted(noted: Noted) -> bool:
    """Whether the terminal has a merchant's number for an entry, and somebody will ask for it."""
    line = noted.entry.line
    wanted = (line.media, line.state) == (EMONEY, history.APPROVED)
    return wanted and noted.operation_id is not None


def answer(
    kept: KeptNumber | None,
    operation: Operation | None,
    *,
    serial: SerialNumber,
    copied: bool,
) -> NumberReply:
    """Return what is known of an operation's number.

    `serial` is the terminal's that stands there now; `copied`: its journal was read to the end, so
    that an operation nobody knows is none of it.
    """
    if kept is not None:
        if not kept.sealed:
            return NoMerchantNumber()
        return SealedMerchantNumber(
            operation_id=kept.operation_id,
            key_id=kept.key_id,
            sealed=b64encode(kept.sealed).decode(),
        )
    if operation is None:
        return NoMerchantNumber() if copied else MerchantNumberPending()
    if operation.intent.serial != serial:
        return NoMerchantNumber()  # its terminal is gone, and nobody else knows it
    if operation.state in OPEN:
        return MerchantNumberPending()
    said = operation.conclusion
    has_one = said is not None and (said.media, said.outcome) == (EMONEY, Outcome.APPROVED)
    return MerchantNumberPending() if has_one else NoMerchantNumber()
