"""Keys and tokens of NATS' operator mode, and the file in which a client carries them. No I/O.

Keys are Ed25519 in a text form of NATS' own; the formats are written down in its documents on nkeys
and JWT v2. A server that takes our tokens is the test.
"""

import hashlib
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import crc_hqx
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, NamedTuple

import msgspec
from nacl.signing import SigningKey

SEED: Final = 18 << 3
SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 32

JWT_BEGINS: Final = "-----BEGIN NATS USER JWT-----"
JWT_ENDS: Final = "------END NATS USER JWT------"
SEED_BEGINS: Final = "-----BEGIN USER NKEY SEED-----"
SEED_ENDS: Final = "------END USER NKEY SEED------"


class Kind(IntEnum):
    """Whose key it is; the number is what makes its text start with O, A or U."""

    OPERATOR = 14 << 3
    ACCOUNT = 0
    USER = 20 << 3


class KeyUnreadableError(Exception):
    """It is no key or token of this form."""


class Key(NamedTuple):
    """A private key."""

    kind: Kind
    private: SigningKey

    @property
    def public(self) -> str:
        """Return the public half in its text form."""
        return _text(bytes([self.kind]) + bytes(self.private.verify_key))

    @property
    def seed(self) -> str:
        """Return the private half in its text form."""
        head = bytes([SEED | self.kind >> 5, (self.kind & 31) << 3])
        return _text(head + bytes(self.private))

    def sign(self, what: bytes) -> bytes:
        """Return the bare signature."""
        return self.private.sign(what).signature

    def __repr__(self) -> str:
        """Show the public half alone."""
        return f"Key({self.public})"


class Credentials(NamedTuple):
    """Who a client is: the token that says so, and the key that proves it."""

    token: str
    key: Key

    @property
    def name(self) -> str:
        """Return the identity's name, as whoever signed the token wrote it."""
        return str(claims(self.token).get("name", ""))


def new_key(kind: Kind) -> Key:
    """Return a new key."""
    return Key(kind, SigningKey.generate())


def key_of(seed: str) -> Key:
    """Return the key of a seed; `KeyUnreadableError` when it is none."""
    raw = _bytes(seed)
    if len(raw) != SEED_BYTES + 2 or raw[0] & 0xF8 != SEED:
        raise KeyUnreadableError("not a seed")
    try:
        kind = Kind((raw[0] & 7) << 5 | raw[1] >> 3)
    except ValueError as error:
        raise KeyUnreadableError("a seed of another kind") from error
    return Key(kind, SigningKey(raw[2:]))


def is_public(text: str, kind: Kind) -> bool:
    """Tell whether this is the public half of a key of a kind, its check sum included."""
    try:
        raw = _bytes(text)
    except KeyUnreadableError:
        return False
    return len(raw) == PUBLIC_BYTES + 1 and raw[0] == kind


def signed(  # noqa: PLR0917 - what a token is made of
    issuer: Key,
    subject: str,
    name: str,
    nats: Mapping[str, Any],
    issued_at: int,
    expires_at: int | None = None,
) -> str:
    """Return a token: `issuer` says who `subject` is, and what it may do (times: Unix seconds).

    The same arguments give the same token, byte for byte.
    """
    said = {"iat": issued_at, "iss": issuer.public, "name": name, "nats": nats, "sub": subject}
    if expires_at is not None:
        said["exp"] = expires_at
    digest = hashlib.sha256(msgspec.json.encode(said)).digest()
    said["jti"] = b32encode(digest).decode().rstrip("=")
    head = _url(b'{"typ":"JWT","alg":"ed25519-nkey"}')
    body = f"{head}.{_url(msgspec.json.encode(said))}"
    return f"{body}.{_url(issuer.sign(body.encode()))}"


def claims(token: str) -> dict[str, Any]:
    """Return what a token says, unchecked: the server checks."""
    try:
        body = token.split(".")[1]
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (IndexError, ValueError, msgspec.DecodeError) as error:
        raise KeyUnreadableError("not a token") from error


def write_credentials(held: Credentials) -> str:
    """Return the text of a credentials file, as every NATS client reads it."""
    return (
        f"{JWT_BEGINS}\n{held.token}\n{JWT_ENDS}\n\n{SEED_BEGINS}\n{held.key.seed}\n{SEED_ENDS}\n"
    )


def read_credentials(text: str) -> Credentials:
    """Read the text of a credentials file; `KeyUnreadableError` when it is none."""
    token = text.partition(JWT_BEGINS)[2].partition(JWT_ENDS)[0].strip()
    seed = text.partition(SEED_BEGINS)[2].partition(SEED_ENDS)[0].strip()
    claims(token)
    return Credentials(token, key_of(seed))


def _text(raw: bytes) -> str:
    return b32encode(raw + crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        raw = b32decode(text + "=" * (-len(text) % 8))
    except ValueError as error:
        raise KeyUnreadableError("not base32") from error
    if crc_hqx(raw[:-2], 0).to_bytes(2, "little") != raw[-2:]:
        raise KeyUnreadableError("its check sum does not fit")
    return raw[:-2]


def _url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
