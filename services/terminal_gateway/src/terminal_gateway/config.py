"""What one gateway is told by its environment."""

from base64 import b64decode
from pathlib import Path
from typing import NamedTuple

from servicekit import settings
from servicekit.settings import Settings

COMPANY = "RENKEI_COMPANY"
STORE = "RENKEI_STORE"
EDGE_DIR = "RENKEI_EDGE_DIR"
RECEIPTS_KEY = "RENKEI_RECEIPTS_PUBLIC_KEY"

KEY_SIZE = 32
"""Bytes of a Curve25519 public key."""


class Config(NamedTuple):
    """Whose gateway this is, where its journal is, and where the centre is."""

    company: str
    store: str
    folder: Path
    nats_url: str
    receipts_key: bytes | None = None
    """With which merchant's numbers are sealed; None: no terminal is asked for them."""


def read_config(env: Settings) -> Config:
    """Read the settings; problems are told by `env.finish`."""
    return Config(
        company=env.text(COMPANY),
        store=env.text(STORE),
        folder=env.path(EDGE_DIR),
        nats_url=env.line(settings.NATS_URL),
        receipts_key=_key(env),
    )


def _key(env: Settings) -> bytes | None:
    text = env.text(RECEIPTS_KEY, "")
    if not text:
        return None
    try:
        key = b64decode(text, validate=True)
    except ValueError:  # also of text that is not ASCII
        key = b""
    if len(key) != KEY_SIZE:
        env.wrong(f"{RECEIPTS_KEY} is not {KEY_SIZE} bytes in base64")
        return None
    return key
