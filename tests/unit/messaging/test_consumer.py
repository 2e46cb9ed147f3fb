import pytest

from messaging.consumer import Place, place_of


def test_the_acknowledgement_subject_tells_tries_sequence_and_time() -> None:
    reply = "$JS.ACK.TERMINALS.checkout.2.41.7.1795000000123456789.0"
    assert place_of(reply) == Place(2, 41, 1795000000.123456789)


def test_a_domain_and_an_account_may_stand_in_front() -> None:
    reply = "$JS.ACK.hub.ACCHASH.TERMINALS.checkout.1.41.7.1795000000000000000.3.token"
    assert place_of(reply) == Place(1, 41, 1795000000.0)


@pytest.mark.parametrize(
    "reply", ["", "_INBOX.x", "$JS.ACK.a.b", "$JS.ACK.S.d.x.1.1.1.1", "cmd.DEMO.S001.open"]
)
def test_anything_else_did_not_come_from_a_stream(reply: str) -> None:
    assert place_of(reply) is None
