"""What a gateway is told by its environment."""

from base64 import b64encode

import pytest

from servicekit.settings import Settings, SettingsError
from terminal_gateway.config import Config, read_config
from terminal_gateway.nacl_seal import NaclSeal

KEY = bytes(range(32))


def config(**env: str) -> Config:
    settings = Settings(
        {
            "RENKEI_COMPANY": "DEMO",
            "RENKEI_STORE": "S001",
            "RENKEI_EDGE_DIR": "edge",
            "RENKEI_NATS_URL": "nats://127.0.0.1:4222",
            **env,
        }
    )
    found = read_config(settings)
    settings.finish()
    return found


def test_without_a_key_nothing_is_sealed() -> None:
    assert config().receipts_key is None


def test_a_key_is_named_by_its_digest() -> None:
    key = config(RENKEI_RECEIPTS_PUBLIC_KEY=b64encode(KEY).decode()).receipts_key
    assert key == KEY
    assert NaclSeal(KEY).key_id == "630dcd2966c43366"


@pytest.mark.parametrize("text", ["AAAA", "no base64!", "鍵", b64encode(KEY + b"1").decode()])
def test_a_key_that_is_none_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="RENKEI_RECEIPTS_PUBLIC_KEY"):
        config(RENKEI_RECEIPTS_PUBLIC_KEY=text)
