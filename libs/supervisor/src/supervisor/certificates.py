"""X.509 certificates for the embedded NATS server: an authority of our own, and what it signs.

Ed25519 throughout, written as RFC 5280 and RFC 8410 lay down; only written, never read: OpenSSL on
a box's side and Go's library on the server's side are who must find them in order (decision 0110).
Pure: keys, names and times in, PEM out.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from textwrap import wrap
from typing import Final, NamedTuple

from nacl.signing import SigningKey

AUTHORITY_NAME: Final = "Renkei boxes' way to the centre"
SERVER_NAME: Final = "Renkei NATS"

AUTHORITY_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
AUTHORITY_UNTIL: Final = datetime(2049, 12, 31, tzinfo=UTC)
"""Always the same, so that the authority's certificate is, too: boxes keep a copy for years. Times
from 2050 on are written in another form."""

SERVER_LIFE: Final = timedelta(days=800)
"""Made anew at every start of the server."""

CLOCKS_APART: Final = timedelta(days=1)
"""A box whose clock is behind must not find the certificate too young."""

_ED25519: Final = "1.3.101.112"
_COMMON_NAME: Final = "2.5.4.3"
_KEY_USAGE: Final = "2.5.29.15"
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_SUBJECT_ALT_NAME: Final = "2.5.29.17"
_SUBJECT_KEY: Final = "2.5.29.14"
_AUTHORITY_KEY: Final = "2.5.29.35"
_EXTENDED_USAGE: Final = "2.5.29.37"
_SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"

_INTEGER, _BITS, _OCTETS, _OID = 0x02, 0x03, 0x04, 0x06
_UTF8, _UTC_TIME, _SEQUENCE, _SET = 0x0C, 0x17, 0x30, 0x31
_DNS_NAME, _IP_ADDRESS, _KEY_ID = 0x82, 0x87, 0x80
_VERSION, _EXTENSIONS = 0xA0, 0xA3

_TRUE: Final = b"\x01\x01\xff"

_SIGNS_CERTIFICATES: Final = b"\x01\x06"
_SIGNS_HANDSHAKES: Final = b"\x07\x80"
"""Key usages: how many bits at the end do not count, and the bits."""


class Certificate(NamedTuple):
    """A server's certificate and the private key to it, both PEM."""

    certificate: str
    key: str


def authority(key: SigningKey) -> str:
    """Return the authority's own certificate, PEM: of one key always the same."""
    name = _name(AUTHORITY_NAME)
    extensions = [
        _extension(_BASIC_CONSTRAINTS, _TRUE, _der(_OCTETS, _der(_SEQUENCE, _TRUE, _integer(0)))),
        _extension(_KEY_USAGE, _TRUE, _der(_OCTETS, _der(_BITS, _SIGNS_CERTIFICATES))),
        _extension(_SUBJECT_KEY, _der(_OCTETS, _der(_OCTETS, _key_id(key)))),
    ]
    life = (AUTHORITY_FROM, AUTHORITY_UNTIL)
    return _pem("CERTIFICATE", _signed(key, name, key, name, life, extensions))


def server(signer: SigningKey, key: SigningKey, hosts: Sequence[str], now: datetime) -> Certificate:
    """Return a certificate by which a server with this key is any of `hosts`: names, addresses."""
    names = b"".join(_host(host) for host in hosts)
    extensions = [
        _extension(_BASIC_CONSTRAINTS, _TRUE, _der(_OCTETS, _der(_SEQUENCE))),
        _extension(_KEY_USAGE, _TRUE, _der(_OCTETS, _der(_BITS, _SIGNS_HANDSHAKES))),
        _extension(_EXTENDED_USAGE, _der(_OCTETS, _der(_SEQUENCE, _oid(_SERVER_AUTH)))),
        _extension(_SUBJECT_ALT_NAME, _der(_OCTETS, _der(_SEQUENCE, names))),
        _extension(_SUBJECT_KEY, _der(_OCTETS, _der(_OCTETS, _key_id(key)))),
        _extension(_AUTHORITY_KEY, _der(_OCTETS, _der(_SEQUENCE, _der(_KEY_ID, _key_id(signer))))),
    ]
    life = (now - CLOCKS_APART, now + SERVER_LIFE)
    made = _signed(signer, _name(AUTHORITY_NAME), key, _name(SERVER_NAME), life, extensions)
    private = _der(_SEQUENCE, _integer(0), _algorithm(), _der(_OCTETS, _der(_OCTETS, bytes(key))))
    return Certificate(_pem("CERTIFICATE", made), _pem("PRIVATE KEY", private))


def _signed(  # noqa: PLR0917 - as they stand in the certificate
    signer: SigningKey,
    issuer: bytes,
    key: SigningKey,
    subject: bytes,
    life: tuple[datetime, datetime],
    extensions: list[bytes],
) -> bytes:
    public = bytes(key.verify_key)
    said = _der(
        _SEQUENCE,
        _der(_VERSION, _integer(2)),
        _integer(_serial(public, life[0])),
        _algorithm(),
        issuer,
        _der(_SEQUENCE, *(_time(at) for at in life)),
        subject,
        _der(_SEQUENCE, _algorithm(), _der(_BITS, b"\0", public)),
        _der(_EXTENSIONS, _der(_SEQUENCE, *extensions)),
    )
    signature = signer.sign(said).signature
    return _der(_SEQUENCE, said, _algorithm(), _der(_BITS, b"\0", signature))


def _serial(public: bytes, since: datetime) -> int:
    """Return a number that no other certificate of ours has: 127 bits of what it is made of."""
    digest = hashlib.sha256(public + since.isoformat().encode()).digest()
    return int.from_bytes(digest[:16], "big") >> 1 | 1


def _key_id(key: SigningKey) -> bytes:
    return hashlib.sha256(bytes(key.verify_key)).digest()[:20]


def _name(text: str) -> bytes:
    part = _der(_SEQUENCE, _oid(_COMMON_NAME), _der(_UTF8, text.encode()))
    return _der(_SEQUENCE, _der(_SET, part))


def _host(host: str) -> bytes:
    try:
        return _der(_IP_ADDRESS, ip_address(host).packed)
    except ValueError:
        return _der(_DNS_NAME, host.encode("ascii"))


def _algorithm() -> bytes:
    return _der(_SEQUENCE, _oid(_ED25519))


def _extension(name: str, *said: bytes) -> bytes:
    """Return one extension: what it says, after `_TRUE` where who does not know it must give up."""
    return _der(_SEQUENCE, _oid(name), *said)


def _time(at: datetime) -> bytes:
    return _der(_UTC_TIME, at.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    return _der(_OID, *(_base_128(part) for part in (40 * first + second, *rest)))


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return bytes(digits)


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - DER: longer ones say how long their length is
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _pem(what: str, content: bytes) -> str:
    lines = "\n".join(wrap(b64encode(content).decode(), 64))
    return f"-----BEGIN {what}-----\n{lines}\n-----END {what}-----\n"
