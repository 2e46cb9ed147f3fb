import pytest

from messaging.nkeys import (
    Credentials,
    Key,
    KeyUnreadableError,
    Kind,
    claims,
    key_of,
    new_key,
    read_credentials,
    signed,
    write_credentials,
)

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
"""The pair that NATS' own documentation shows."""


def test_a_seed_has_the_public_half_that_nats_says() -> None:
    assert key_of(SEED).public == PUBLIC
    assert key_of(SEED).seed == SEED


@pytest.mark.parametrize(
    ("kind", "first"), [(Kind.OPERATOR, "O"), (Kind.ACCOUNT, "A"), (Kind.USER, "U")]
)
def test_a_key_says_whose_it_is(kind: Kind, first: str) -> None:
    key = new_key(kind)
    assert key.public.startswith(first)
    assert key.seed.startswith(f"S{first}")
    assert key_of(key.seed) == key


@pytest.mark.parametrize("seed", ["", PUBLIC, SEED[:-1], SEED[:-1] + "A", "SU!!", "S" * 58, "A"])
def test_what_is_no_seed_is_refused(seed: str) -> None:
    with pytest.raises(KeyUnreadableError):
        key_of(seed)


def test_credentials_are_read_as_they_were_written() -> None:
    account, key = new_key(Kind.ACCOUNT), new_key(Kind.USER)
    held = Credentials(signed(account, key.public, "front", {"type": "user"}, 7), key)
    read = read_credentials(write_credentials(held))
    assert (read, read.name) == (held, "front")
    assert claims(read.token)["iss"] == account.public


@pytest.mark.parametrize(
    "text", ["", "nonsense", write_credentials(Credentials("x", key_of(SEED)))]
)
def test_what_is_no_credentials_file_is_refused(text: str) -> None:
    with pytest.raises(KeyUnreadableError):
        read_credentials(text)


def test_a_key_shows_no_secret() -> None:
    assert key_of(SEED).seed not in repr(Key(Kind.USER, key_of(SEED).private))
