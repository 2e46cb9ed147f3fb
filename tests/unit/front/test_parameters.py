"""Paths, queries and headers are read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.sales import SaleState
from front.model import EventsQuery, JournalQuery, NoQuery, Refused
from front.parameters import (
    read_idempotency_key,
    read_last_event,
    read_match,
    read_page,
    read_path,
    read_query,
)
from front.sales_query import SalesQuery

SALE = "01234567-89ab-7def-8123-456789abcdef"


def test_a_path_gives_its_parts_and_numbers_as_numbers() -> None:
    assert read_path({"sale": SALE, "tender": "12"}) == {"sale": SALE, "tender": 12}


@pytest.mark.parametrize(
    ("part", "text", "code"),
    [
        ("store", "S 1", "unknown_store"),
        ("store", "S1\n", "unknown_store"),
        ("store", "*", "unknown_store"),
        ("store", "a.b", "unknown_store"),
        ("register", ">", "unknown_register"),
        ("terminal", "T" * 33, "unknown_terminal"),
        ("sale", "1", "unknown_sale"),
        ("sale", SALE.upper(), "unknown_sale"),
        ("sale", SALE + "\n", "unknown_sale"),
        ("tender", "0", "unknown_tender"),
        ("tender", "-1", "unknown_tender"),
        ("tender", "1e1", "unknown_tender"),
        ("tender", "99999999", "unknown_tender"),
        ("tender", "١", "unknown_tender"),
    ],
)
def test_a_malformed_code_is_the_same_as_an_unknown_one(part: str, text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_path({part: text})
    assert caught.value.code == code


def test_an_empty_parameter_counts_as_none() -> None:
    query = read_query([("store", ""), ("state", "open"), ("limit", "7")], SalesQuery)
    assert (query.store, query.state, query.limit) == (None, SaleState.OPEN, 7)


@pytest.mark.parametrize(
    ("given_query", "parameter"),
    [
        ([("stor", "S1")], "stor"),
        ([("limit", "0")], "limit"),
        ([("limit", "201")], "limit"),
        ([("limit", "1.5")], "limit"),
        ([("state", "shut")], "state"),
        ([("store", "S1"), ("store", "S2")], "store"),
        ([("store", "a b")], "store"),
        ([("business_date", "2026-1-1")], "business_date"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    given_query: list[tuple[str, str]], parameter: str
) -> None:
    with pytest.raises(Refused) as caught:
        read_query(given_query, SalesQuery)
    assert caught.value.code == "bad_parameter"
    assert caught.value.fields["parameter"] == parameter


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="bad_parameter"):
        read_query([("terminal_business_date", "2026-02-30")], JournalQuery)


def test_no_parameter_is_known_where_none_is_declared() -> None:
    with pytest.raises(Refused, match="bad_parameter"):
        read_query([("debug", "1")], NoQuery)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=40))
def test_any_query_is_read_or_refused_by_name(query: list[tuple[str, str]]) -> None:
    try:
        outcome = read_query(query, SalesQuery)
    except Refused as refused:
        outcome = refused.code
    assert outcome == "bad_parameter" or isinstance(outcome, SalesQuery)


def test_a_missing_key_is_refused_only_where_one_is_required() -> None:
    assert read_idempotency_key(None, required=False) is None
    assert read_idempotency_key("a-key", required=True) == "a-key"
    for missing in (None, ""):
        with pytest.raises(Refused, match="idempotency_key_required"):
            read_idempotency_key(missing, required=True)


@pytest.mark.parametrize("key", ["a b", "x" * 256, "é", "a\n"])
def test_a_key_is_short_and_visible(key: str) -> None:
    with pytest.raises(Refused, match="bad_parameter"):
        read_idempotency_key(key, required=True)


def test_a_page_is_told_where_one_is_needed() -> None:
    assert read_page(None, required=False) is None
    assert read_page("page-0001_a", required=True) == "page-0001_a"
    with pytest.raises(Refused, match="bad_parameter"):
        read_page(None, required=True)


@pytest.mark.parametrize(
    "page", ["", "short", "a b c d e", "x" * 65, "pages.of.dots", "page-001\n"]
)
def test_a_page_is_a_token_of_its_own(page: str) -> None:
    with pytest.raises(Refused) as caught:
        read_page(page, required=False)
    assert caught.value.fields["parameter"] == "Register-Page"


@pytest.mark.parametrize(
    ("given", "version"), [(None, None), ("", None), ("*", None), ('"7"', 7), (' "7" ', 7)]
)
def test_a_change_may_say_which_version_it_saw(given: str | None, version: int | None) -> None:
    assert read_match(given) == version


@pytest.mark.parametrize("given", ["7", 'W/"7"', '"7", "8"', '""', '"-1"', '"7"\n"8"'])
def test_an_etag_that_is_none_of_ours_is_refused(given: str) -> None:
    with pytest.raises(Refused) as refused:
        read_match(given)
    assert refused.value.code == "bad_parameter"


def test_a_listener_goes_on_where_it_says() -> None:
    assert read_last_event("7", None) == 7
    assert read_last_event(None, 3) == 3
    assert read_last_event("", None) == 0
    assert read_last_event("7", read_query([("after", "3")], EventsQuery).after) == 7
    for wrong in ("-1", "x", "1.5", "9" * 40, "٣"):
        with pytest.raises(Refused, match="bad_parameter"):
            read_last_event(wrong, None)
