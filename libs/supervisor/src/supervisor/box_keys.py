"""The key pair between stores' boxes and `receipts`: boxes seal with its public half alone."""

from base64 import b64decode, b64encode

from nacl.public import PrivateKey


def new_private_key() -> str:
    """Return a new private key, base64."""
    return b64encode(bytes(PrivateKey.generate())).decode()


def public_half(private_key: str) -> str:
    """Return what boxes are told, base64."""
    return b64encode(bytes(PrivateKey(b64decode(private_key)).public_key)).decode()
