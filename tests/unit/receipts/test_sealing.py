"""What opens a merchant's number, and what never does."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from nacl.public import PrivateKey, SealedBox

from receipts.model import MerchantNumber, NumberState
from receipts.ports import NumberLocked
from receipts.sealing import SealedNumbers, key_id, private_key

CLEAR = "6900 1111 0023 0***"
OLD, NEW = PrivateKey(b"\x01" * 32), PrivateKey(b"\x02" * 32)


def sealed_for(key: PrivateKey, clear: bytes = CLEAR.encode()) -> MerchantNumber:
    return MerchantNumber(
        operation_id="00000000-0000-7000-8000-000000000001",
        company="DEMO",
        store="S001",
        terminal="T1",
        state=NumberState.SEALED,
        asked=1,
        ask_at=datetime(2026, 5, 25, tzinfo=UTC),
        key_id=key_id(key),
        sealed=b64encode(SealedBox(key.public_key).encrypt(clear)).decode(),
    )


def test_a_number_opens_with_whichever_of_our_keys_it_was_sealed_for() -> None:
    opener = SealedNumbers((NEW, OLD))
    assert opener.open(sealed_for(OLD)) == CLEAR
    assert opener.open(sealed_for(NEW)) == CLEAR


def test_without_its_key_it_stays_closed_and_the_key_is_named() -> None:
    with pytest.raises(NumberLocked, match=key_id(OLD)):
        SealedNumbers((NEW,)).open(sealed_for(OLD))


@pytest.mark.parametrize(
    "sealed", ["", "not base64!", b64encode(b"short").decode(), b64encode(bytes(100)).decode()]
)
def test_what_was_damaged_does_not_open_and_its_error_does_not_show_it(sealed: str) -> None:
    with pytest.raises(NumberLocked) as refused:
        SealedNumbers((OLD,)).open(replace(sealed_for(OLD), sealed=sealed))
    assert refused.value.__cause__ is None
    assert not sealed or sealed not in str(refused.value)


def test_what_opens_and_is_no_text_is_not_shown_in_the_error() -> None:
    with pytest.raises(NumberLocked) as refused:
        SealedNumbers((OLD,)).open(sealed_for(OLD, b"\xff6900"))
    assert "6900" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_boxes_call_a_key_by_its_public_half() -> None:
    assert key_id(OLD) == hashlib.sha256(bytes(OLD.public_key)).hexdigest()[:16]
    assert key_id(OLD) != key_id(NEW)


def test_a_key_is_read_from_base64_as_it_was_written() -> None:
    assert bytes(private_key(b64encode(bytes(OLD)).decode())) == bytes(OLD)


@pytest.mark.parametrize(
    ("text", "why"),
    [("äöü", "not base64"), ("QQQ", "not base64"), ("AAAA", "3 bytes"), ("A" * 44 + "!", "base64")],
)
def test_what_is_no_key_is_refused_without_being_shown(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        private_key(text)
    assert text not in str(refused.value)
