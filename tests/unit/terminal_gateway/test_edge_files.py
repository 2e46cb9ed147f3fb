from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from contracts.boxes import Enrolled
from messaging.address import read_address
from messaging.nkeys import Key, Kind, new_key, signed
from terminal_gateway.edge_files import AnotherStoreError, EdgeFolder, life_of

NOW = datetime(2026, 11, 27, tzinfo=UTC)
AT_S = int(NOW.timestamp())


def told(key: Key, store: str = "S001", ca: str = "-----BEGIN CERTIFICATE-----") -> Enrolled:
    token = signed(new_key(Kind.ACCOUNT), key.public, "box", {}, AT_S, AT_S + 60)
    return Enrolled(
        company="DEMO",
        store=store,
        box=f"0190b8a0-0000-7000-8000-00000000{store[1:]}0",
        token=token,
        expires_at=NOW + timedelta(seconds=60),
        nats_url="tls://centre.example:4222",
        ca=ca,
        receipts_public_key="a2V5",
    )


def test_the_same_code_goes_with_the_same_key_and_another_with_another(tmp_path: Path) -> None:
    code = "ABCD-EFGH-JK1M-NPQ0"
    key = EdgeFolder(tmp_path / "box").key_for(code)
    assert EdgeFolder(tmp_path / "box").key_for(code) == key, "an answer may have been lost"
    assert EdgeFolder(tmp_path / "box").key_for("abcd efgh jkLm npqo") == key
    assert EdgeFolder(tmp_path / "box").key_for("ABCD-EFGH-JK1M-NPQX") != key


def test_what_is_kept_is_for_its_owner_alone_and_starts_a_gateway(tmp_path: Path) -> None:
    folder = EdgeFolder(tmp_path / "box")
    assert folder.read() is None
    key = folder.key_for("CODE")
    box = folder.adopt(told(key), key, "https://centre.example", NOW)
    assert folder.read() == box
    env = folder.environment(box)
    address = read_address(env["RENKEI_NATS_URL"])
    assert address.url == "tls://centre.example:4222"
    assert address.credentials is not None
    assert address.credentials.key == key
    assert address.authority is not None
    assert address.authority.read_text().startswith("-----BEGIN CERTIFICATE")
    assert (env["RENKEI_COMPANY"], env["RENKEI_STORE"]) == ("DEMO", "S001")
    for path in (tmp_path / "box").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert not (tmp_path / "box" / "pending.json").exists()


def test_a_box_that_is_enrolled_anew_keeps_its_journal(tmp_path: Path) -> None:
    folder = EdgeFolder(tmp_path)
    key = folder.key_for("ONE")
    first = folder.adopt(told(key), key, "https://centre.example", NOW)
    journal = folder.environment(first)["RENKEI_EDGE_DIR"]
    key = folder.key_for("TWO")
    again = folder.adopt(told(key, ca=""), key, "https://centre.example", NOW)
    assert folder.environment(again)["RENKEI_EDGE_DIR"] == journal
    assert read_address(folder.environment(again)["RENKEI_NATS_URL"]).authority is None


def test_the_key_of_a_former_box_is_deleted(tmp_path: Path) -> None:
    folder = EdgeFolder(tmp_path)
    key = folder.key_for("ONE")
    first = folder.adopt(told(key), key, "https://centre.example", NOW)
    key = folder.key_for("TWO")
    enrolled = structs.replace(told(key), box="0190b8a0-0000-7000-8000-000000000002")
    second = folder.adopt(enrolled, key, "https://centre.example", NOW)
    assert not folder.credentials(first.box).parent.exists()
    assert folder.credentials(second.box).exists()


def test_a_folder_of_one_store_is_not_given_to_another(tmp_path: Path) -> None:
    folder = EdgeFolder(tmp_path / "first")
    key = folder.key_for("ONE")
    first = folder.adopt(told(key), key, "https://centre.example", NOW)
    key = folder.key_for("TWO")
    with pytest.raises(AnotherStoreError, match="DEMO/S001"):
        folder.adopt(told(key, "S002"), key, "https://centre.example", NOW)
    assert folder.read() == first
    assert folder.credentials(first.box).exists()
    # As the refusal says: with the key moved, the same code is answered once more.
    other = EdgeFolder(tmp_path / "other")
    other.path.mkdir()
    (folder.path / "pending.json").rename(other.path / "pending.json")
    assert other.key_for("TWO") == key
    assert other.adopt(told(key, "S002"), key, "https://centre.example", NOW).store == "S002"


def test_a_token_says_from_when_to_when_it_counts() -> None:
    account = new_key(Kind.ACCOUNT)
    life = life_of(signed(account, "U1", "box", {}, AT_S, AT_S + 60))
    assert life is not None
    assert (life.issued_at, life.length) == (NOW, timedelta(seconds=60))
    assert life_of(signed(account, "U1", "box", {}, AT_S)) is None
