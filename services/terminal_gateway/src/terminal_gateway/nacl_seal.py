"""Sealed boxes of libsodium: what is closed with the public key, only its other half opens."""

from hashlib import sha256
from typing import Final

from nacl.public import PublicKey, SealedBox

KEY_ID_LENGTH: Final = 16


class NaclSeal:
    """`ports.Seal` for one public key of 32 bytes."""

    def __init__(self, public_key: bytes) -> None:
        self.key_id = sha256(public_key).hexdigest()[:KEY_ID_LENGTH]
        self._box = SealedBox(PublicKey(public_key))

    def seal(self, text: str) -> bytes:
        """See `Seal`."""
        return bytes(self._box.encrypt(text.encode()))
