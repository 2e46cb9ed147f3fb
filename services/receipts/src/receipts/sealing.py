"""Opens what stores' boxes sealed (libsodium's sealed box). The one place that holds a private key.

Nothing of it is ever logged: neither the key, nor what opens, nor what does not.
"""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Iterable
from typing import Final

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from receipts.model import MerchantNumber
from receipts.ports import NumberLocked, Opener

KEY_SIZE: Final = 32

KEY_ID_LENGTH: Final = 16
"""As `contracts.slips.SealedMerchantNumber` has it: hexadecimal digits of the key's SHA-256."""


def private_key(text: str) -> PrivateKey:
    """Return the key that stands in a setting, base64; raise ValueError when it is none."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not base64") from error
    if len(raw) != KEY_SIZE:
        raise ValueError(f"it is {len(raw)} bytes long, not {KEY_SIZE}")
    return PrivateKey(raw)


def key_id(key: PrivateKey) -> str:
    """Return what boxes call the public half of a key."""
    return hashlib.sha256(bytes(key.public_key)).hexdigest()[:KEY_ID_LENGTH]


class SealedNumbers(Opener):
    """Opens with whichever of our keys it was sealed for: an old one opens what it once did."""

    def __init__(self, keys: Iterable[PrivateKey]) -> None:
        self._boxes = {key_id(key): SealedBox(key) for key in keys}

    def open(self, number: MerchantNumber) -> str:
        """Return the number in clear."""
        box = self._boxes.get(number.key_id)
        if box is None:
            raise NumberLocked(f"sealed for key {number.key_id}")
        try:
            return box.decrypt(b64decode(number.sealed, validate=True)).decode("utf-8")
        except (CryptoError, binascii.Error, ValueError):
            # without what it was: an error's text goes into a log
            raise NumberLocked(f"key {number.key_id} does not open it") from None
