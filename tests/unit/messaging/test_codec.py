import pytest

from contracts.envelope import Call, encode
from contracts.operations import Accepted, Busy, Greet
from messaging import codec
from messaging.errors import NoAnswer, Undecodable

OPERATION = "0192f3a4-0000-7000-8000-000000000001"


def test_a_union_is_told_apart_by_its_tag() -> None:
    wire = encode(Accepted(operation_id=OPERATION))
    assert codec.decode(wire, Accepted | Busy, "s") == Accepted(operation_id=OPERATION)


@pytest.mark.parametrize(
    "wire", [b"", b"\xff\xfe", b"[]", b'{"type":"newer_than_us"}', b"nonsense", b'{"a":' * 20_000]
)
def test_what_is_no_such_message_is_undecodable(wire: bytes) -> None:
    with pytest.raises(Undecodable) as caught:
        codec.decode(wire, Accepted | Busy, "cmd.x")
    assert caught.value.subject == "cmd.x"


def test_an_undecodable_answer_counts_as_no_answer() -> None:
    assert issubclass(Undecodable, NoAnswer)


def test_decoders_are_made_once() -> None:
    assert codec.decoder(Call[Greet]) is codec.decoder(Call[Greet])
