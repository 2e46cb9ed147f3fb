"""Cookies and CSRF."""

import pytest

from front.tokens import bearer, cookie_name, csrf_holds, csrf_token, same_origin


def test_a_csrf_token_belongs_to_one_session() -> None:
    assert csrf_holds("session", csrf_token("session"))
    assert not csrf_holds("session", csrf_token("other"))
    assert not csrf_holds("session", None)
    assert not csrf_holds("session", "é")


def test_a_csrf_token_does_not_tell_the_session() -> None:
    assert "session" not in csrf_token("session")


@pytest.mark.parametrize(
    ("site", "origin", "holds"),
    [
        ("same-origin", None, True),
        ("none", None, True),
        ("cross-site", None, False),
        ("same-site", "http://shop:8080", False),
        (None, None, True),
        (None, "http://shop:8080", True),
        (None, "http://evil", False),
        (None, "null", False),
    ],
)
def test_a_log_in_form_comes_from_a_page_of_ours(
    site: str | None, origin: str | None, *, holds: bool
) -> None:
    assert same_origin(site=site, origin=origin, host="shop:8080", scheme="http") is holds


def test_a_cookie_behind_tls_is_bound_to_its_host() -> None:
    assert cookie_name(tls=True).startswith("__Host-")
    assert not cookie_name(tls=False).startswith("__Host-")


def test_only_a_bearer_header_holds_a_token() -> None:
    assert bearer("Bearer abc") == "abc"
    assert bearer("bearer  abc ") == "abc"
    assert bearer("Basic abc") is None
    assert bearer(None) is None
