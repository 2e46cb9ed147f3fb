"""What the browser is told to keep, and how."""

from datetime import timedelta
from http.cookies import Morsel
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from contracts.envelope import Answer
from front.attempts import BURST
from front.http.guard import Guard
from front.model import Refused
from front.routes import ROUTES
from front.tokens import CSRF_HEADER, SESSION_COOKIE, SESSION_COOKIE_TLS, csrf_token
from testkit.clock import START

ADD_TENDER = next(route for route in ROUTES if route.name == "add_tender")
PAIR = next(route for route in ROUTES if route.name == "pair_terminal")


def guard(house: Any, *, behind_tls: bool = False) -> Guard:
    return Guard(house.desk, house.clock, behind_tls=behind_tls)


@pytest.mark.parametrize("behind_tls", [False, True])
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    house: Any, *, behind_tls: bool
) -> None:
    response = web.Response()
    guard(house, behind_tls=behind_tls).remember(response, "secret", START + timedelta(hours=1))
    name = SESSION_COOKIE_TLS if behind_tls else SESSION_COOKIE
    cookie: Morsel[str] = response.cookies[name]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == "3600"
    assert bool(cookie["secure"]) is behind_tls


async def test_a_session_that_is_over_is_not_kept(house: Any) -> None:
    response = web.Response()
    guard(house).remember(response, "secret", START - timedelta(hours=1))
    assert response.cookies[SESSION_COOKIE]["max-age"] == "0"


async def test_a_bearer_token_needs_no_csrf_token(house: Any) -> None:
    request = make_mocked_request("POST", "/x", headers={"Authorization": "Bearer t"})
    caller = await guard(house).caller(request, ADD_TENDER)
    assert not caller.by_cookie


async def test_a_cookie_needs_the_csrf_token_for_what_changes_something(house: Any) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}=t"}
    with pytest.raises(Refused, match="csrf_failed"):
        await guard(house).caller(make_mocked_request("POST", "/x", headers=cookie), ADD_TENDER)
    headers = {**cookie, CSRF_HEADER: csrf_token("t")}
    request = make_mocked_request("POST", "/x", headers=headers)
    assert (await guard(house).caller(request, ADD_TENDER)).by_cookie


async def test_a_role_that_is_not_allowed_is_refused_after_the_session(house: Any) -> None:
    request = make_mocked_request("PUT", "/x", headers={"Authorization": "Bearer t"})
    with pytest.raises(Refused, match="not_permitted"):
        await guard(house).caller(request, PAIR)
    house.centre.answers["resolve_session"] = Answer(outcome="not_authenticated")
    request = make_mocked_request("PUT", "/x", headers={"Authorization": "Bearer other"})
    with pytest.raises(Refused, match="not_authenticated"):
        await guard(house).caller(request, PAIR)


async def test_a_form_is_checked_by_its_token_or_before_log_in_by_its_origin(house: Any) -> None:
    plain = make_mocked_request("POST", "/login", headers={"Host": "shop"})
    guard(house).check_form(plain, None, None)
    for header, value in (("Origin", "http://evil"), ("Sec-Fetch-Site", "cross-site")):
        foreign = make_mocked_request("POST", "/login", headers={"Host": "shop", header: value})
        with pytest.raises(Refused, match="csrf_failed"):
            guard(house).check_form(foreign, None, None)
    cookie = {"Cookie": f"{SESSION_COOKIE}=t"}
    request = make_mocked_request("POST", "/x", headers=cookie)
    caller = await guard(house).session(request)
    guard(house).check_form(request, caller, csrf_token("t"))
    with pytest.raises(Refused, match="csrf_failed"):
        guard(house).check_form(request, caller, "x")


async def test_a_proxys_word_counts_only_where_one_stands(house: Any) -> None:
    headers = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2"}
    request = make_mocked_request("POST", "/login", headers=headers)
    assert guard(house, behind_tls=True).address(request) == "2.2.2.2"
    assert guard(house).address(request) != "2.2.2.2"
    forged = make_mocked_request("POST", "/login", headers={"X-Forwarded-For": "x\ty"})
    assert guard(house, behind_tls=True).address(forged) == ""


async def test_a_session_that_asks_too_often_waits_and_no_other_with_it(house: Any) -> None:
    bounded = Guard(house.desk, house.clock, behind_tls=False, requests_per_s=1)

    async def ask(token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        await bounded.caller(make_mocked_request("POST", "/x", headers=headers), ADD_TENDER)

    for _ in range(10):
        await ask("t")
    with pytest.raises(Refused, match="too_many_requests") as caught:
        await ask("t")
    assert caught.value.fields == {"retry_after": 1}
    await ask("other")


async def test_who_shows_tokens_that_are_none_is_bounded_by_address(house: Any) -> None:
    house.centre.answers["resolve_session"] = Answer(outcome="not_authenticated")
    door = guard(house)

    def knock(number: int) -> web.Request:
        return make_mocked_request("GET", "/x", headers={"Authorization": f"Bearer {number}"})

    for number in range(int(BURST)):
        assert await door.session(knock(number)) is None
    with pytest.raises(Refused, match="too_many_requests"):
        await door.session(knock(-1))
