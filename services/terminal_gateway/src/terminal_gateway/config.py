"""What one gateway is told by its environment."""

from pathlib import Path
from typing import NamedTuple

from servicekit import settings
from servicekit.settings import Settings

COMPANY = "RENKEI_COMPANY"
STORE = "RENKEI_STORE"
EDGE_DIR = "RENKEI_EDGE_DIR"


class Config(NamedTuple):
    """Whose gateway this is, where its journal is, and where the centre is."""

    company: str
    store: str
    folder: Path
    nats_url: str


def read_config(env: Settings) -> Config:
    """Read the settings; problems are told by `env.finish`."""
    return Config(
        company=env.text(COMPANY),
        store=env.text(STORE),
        folder=env.path(EDGE_DIR),
        nats_url=env.text(settings.NATS_URL),
    )
