"""Session cookies and CSRF tokens: pure rules, no server-side state of their own.

The CSRF token is derived from the session token, which no script can read (`HttpOnly`): who can
send it back in a header or a form field has read a page of ours.
"""

import base64
import hmac
from typing import Final

SESSION_COOKIE: Final = "renkei_session"
SESSION_COOKIE_TLS: Final = "__Host-renkei_session"
"""Behind TLS the browser itself keeps other hosts from setting it."""

CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf_token"

UNSAFE_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def csrf_token(session_token: str) -> str:
    """Return the CSRF token that belongs to a session; the same for as long as the session."""
    digest = hmac.new(session_token.encode(), b"renkei csrf", "sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def csrf_holds(session_token: str, given: str | None) -> bool:
    """Tell whether `given` is the session's CSRF token, in constant time."""
    expected = csrf_token(session_token).encode()
    return given is not None and hmac.compare_digest(expected, given.encode())


def same_origin(*, site: str | None, origin: str | None, host: str, scheme: str) -> bool:
    """Tell whether a form without a session (log-in) was sent from a page of ours.

    `site` is `Sec-Fetch-Site`, `origin` is `Origin`; a program sends neither.
    """
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is None or origin == f"{scheme}://{host}"


def cookie_name(*, tls: bool) -> str:
    """Return the session cookie's name."""
    return SESSION_COOKIE_TLS if tls else SESSION_COOKIE


def bearer(authorization: str | None) -> str | None:
    """Return the token of an `Authorization: Bearer` header; None when there is none."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
