"""Where NATS is, and who we are there: one text, `nats://host:port?credentials=/path/of/file`.

`tls://` asks for TLS; `&ca=/path` names who may have signed the server's certificate, where that is
not one of the machine's own authorities. Nothing is said or heard before the handshake, so such a
server must have `handshake_first`. Without credentials we are nobody in particular: a server
that knows who may do what turns us away.
"""

import logging
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from contracts.permissions import INBOX, inbox
from messaging.nkeys import Credentials, KeyUnreadableError, read_credentials

CREDENTIALS: Final = "credentials"
AUTHORITY: Final = "ca"

_log = logging.getLogger(__name__)


class Address(NamedTuple):
    """What is needed to connect; `path` is read again as often as we do: it may be renewed."""

    url: str
    credentials: Credentials | None
    authority: Path | None
    path: Path | None = None

    @property
    def inbox_prefix(self) -> str:
        """Return where answers to us come: the identity's own, which nobody else may hear."""
        return inbox(self.credentials.name) if self.credentials else INBOX

    def options(self) -> dict[str, Any]:
        """Return what nats-py's `connect` is told besides the URL."""
        told: dict[str, Any] = {"inbox_prefix": self.inbox_prefix}
        if self.credentials is not None:
            told |= {
                "user_jwt_cb": self._token,
                "signature_cb": self._sign,
            }
        if urlsplit(self.url).scheme == "tls":
            told["tls"] = ssl.create_default_context(cafile=self.authority)
            # Else the server's first words are in plain text, and anybody on the way may say them.
            told["tls_handshake_first"] = True
        return told

    def _present(self) -> Credentials:
        assert self.credentials is not None  # noqa: S101 - asked only where there are some
        if self.path is None:
            return self.credentials
        try:
            return _read(self.path)
        except (OSError, KeyUnreadableError) as error:
            _log.error("credentials cannot be read again, going on with the old: %s", error)
            return self.credentials

    def _token(self) -> bytes:
        return self._present().token.encode()

    def _sign(self, nonce: str) -> bytes:
        return b64encode(self._present().key.sign(nonce.encode()))


def read_address(text: str) -> Address:
    """Read a text, and the credentials that it names; OSError or `KeyUnreadableError`."""
    parts = urlsplit(text)
    told = parse_qs(parts.query)
    named, authority = told.get(CREDENTIALS), told.get(AUTHORITY)
    path = Path(named[0]) if named else None
    return Address(
        url=urlunsplit(parts._replace(query="")),
        credentials=_read(path) if path else None,
        authority=Path(authority[0]) if authority else None,
        path=path,
    )


def with_credentials(url: str, path: Path) -> str:
    """Return the text that says both; `url` may name an authority already."""
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{CREDENTIALS}={quote(str(path))}"


def with_authority(url: str, path: Path) -> str:
    """Return the text that also says who may have signed the server's certificate."""
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{AUTHORITY}={quote(str(path))}"


def _read(path: Path) -> Credentials:
    return read_credentials(path.read_text(encoding="utf-8"))
