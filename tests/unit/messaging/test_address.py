from pathlib import Path

import pytest

from messaging.address import read_address, with_credentials
from messaging.nkeys import (
    Credentials,
    KeyUnreadableError,
    Kind,
    new_key,
    signed,
    write_credentials,
)


def test_without_credentials_one_is_nobody() -> None:
    address = read_address("nats://user:secret@10.0.0.1:4222")
    assert address.url == "nats://user:secret@10.0.0.1:4222"
    assert address.options() == {"inbox_prefix": "_INBOX"}


def test_who_one_is_says_where_answers_come(tmp_path: Path) -> None:
    account, key = new_key(Kind.ACCOUNT), new_key(Kind.USER)
    name = "terminal_gateway.DEMO.S001"
    token = signed(account, key.public, name, {"type": "user"}, 7)
    path = tmp_path / "a box & its key.creds"
    path.write_text(write_credentials(Credentials(token, key)), encoding="utf-8")
    address = read_address(with_credentials("nats://127.0.0.1:1", path))
    assert address.url == "nats://127.0.0.1:1"
    options = address.options()
    assert options["inbox_prefix"] == f"_INBOX.{name}"
    assert options["user_jwt_cb"]() == token.encode()


def test_credentials_that_are_none_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    with pytest.raises(FileNotFoundError):
        read_address(f"nats://127.0.0.1:1?credentials={path}")
    path.touch()
    with pytest.raises(KeyUnreadableError):
        read_address(f"nats://127.0.0.1:1?credentials={path}")


def test_tls_is_asked_for_by_the_scheme() -> None:
    assert "tls" in read_address("tls://centre.example:4222").options()
    plain = read_address("nats://centre.example:4222").options()
    assert not {"tls", "tls_handshake_first"} & set(plain)
