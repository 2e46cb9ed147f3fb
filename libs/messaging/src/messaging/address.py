"""Where NATS is, and who we are there: one text, `nats://host:port?credentials=/path/of/file`.

`tls://` asks for TLS; `&ca=/path` names who may have signed the server's certificate, where that is
not one of the machine's own authorities. Without credentials we are nobody in particular: a server
that knows who may do what turns us away.
"""

import ssl
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from contracts.permissions import INBOX, inbox
from messaging.nkeys import Credentials, read_credentials

CREDENTIALS: Final = "credentials"
AUTHORITY: Final = "ca"


class Address(NamedTuple):
    """What is needed to connect."""

    url: str
    credentials: Credentials | None
    authority: Path | None

    @property
    def inbox_prefix(self) -> str:
        """Return where answers to us come: the identity's own, which nobody else may hear."""
        return inbox(self.credentials.name) if self.credentials else INBOX

    def options(self) -> dict[str, Any]:
        """Return what nats-py's `connect` is told besides the URL."""
        told: dict[str, Any] = {"inbox_prefix": self.inbox_prefix}
        if self.credentials is not None:
            told |= {
                "user_jwt_cb": _token(self.credentials),
                "signature_cb": _sign(self.credentials),
            }
        if urlsplit(self.url).scheme == "tls":
            told["tls"] = ssl.create_default_context(cafile=self.authority)
        return told


def read_address(text: str) -> Address:
    """Read a text, and the credentials that it names; OSError or `KeyUnreadableError`."""
    parts = urlsplit(text)
    told = parse_qs(parts.query)
    path, authority = told.get(CREDENTIALS), told.get(AUTHORITY)
    return Address(
        url=urlunsplit(parts._replace(query="")),
        credentials=read_credentials(Path(path[0]).read_text(encoding="utf-8")) if path else None,
        authority=Path(authority[0]) if authority else None,
    )


def with_credentials(url: str, path: Path) -> str:
    """Return the text that says both."""
    return f"{url}?{CREDENTIALS}={quote(str(path))}"


def _token(held: Credentials) -> Callable[[], bytes]:
    return held.token.encode


def _sign(held: Credentials) -> Callable[[str], bytes]:
    return lambda nonce: b64encode(held.key.sign(nonce.encode()))
