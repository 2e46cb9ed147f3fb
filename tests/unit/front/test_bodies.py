"""Bodies are read strictly, and the fault is named by its place."""

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.sales import Method
from front.bodies import fingerprint, pointer_of, read_body
from front.model import (
    AddTenderBody,
    EmptyBody,
    LogInBody,
    OpenSaleBody,
    Refused,
    ResolveBody,
    SettleBody,
)

LINE = b'{"name":"x","quantity":1,"unit_price":1,"tax_rate":8}'


def refusal(raw: bytes, kind: type[Any] = AddTenderBody) -> tuple[str, object]:
    with pytest.raises(Refused) as caught:
        read_body(raw, kind)
    return caught.value.code, caught.value.fields.get("pointer")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"method":"cash"',
        b'{"method":"cash","amount":1} x',
        b'{"amount":1,"note":"\xff"}',
        b'{"amount":1,"note":"\\ud800',
        b"[" * 100_000,
        b'{"note":' + b"[" * 100_000,
        b"NaN",
        b"\xef\xbb\xbf{}",
        b'{"method":"cash", nonsense',
    ],
)
def test_what_cannot_be_read_is_not_json(raw: bytes) -> None:
    assert refusal(raw)[0] == "not_json"


@pytest.mark.parametrize(
    "amount",
    ["1.5", "165.0", "1e3", '"165"', "true", "null", "[]", "{}", "9" * 30, "-" + "9" * 5000],
)
def test_an_amount_that_is_no_whole_number_has_a_name_of_its_own(amount: str) -> None:
    raw = f'{{"method":"cash","amount":{amount}}}'.encode()
    assert refusal(raw) == ("invalid_amount", "/amount")


@pytest.mark.parametrize("amount", [0, -1, 10_000_000])
def test_a_whole_number_is_left_for_checkout_to_judge(amount: int) -> None:
    body = read_body(f'{{"method":"cash","amount":{amount}}}'.encode(), AddTenderBody)
    assert body.amount == amount


@pytest.mark.parametrize(
    ("raw", "kind", "pointer"),
    [
        (b'{"method":"cash"}', AddTenderBody, "/amount"),
        (b'{"method":"cash","amout":1}', AddTenderBody, "/amout"),
        (b'{"method":"gold","amount":1}', AddTenderBody, "/method"),
        (b'{"method":"other","amount":1,"kind":""}', AddTenderBody, "/kind"),
        (b'{"store":"S1\\n","register":"R1","lines":[%s]}' % LINE, OpenSaleBody, "/store"),
        (b'{"store":"S1.>","register":"R1","lines":[%s]}' % LINE, OpenSaleBody, "/store"),
        (b'{"store":"S1","register":"R1","lines":[]}', OpenSaleBody, "/lines"),
        (b'{"store":"S1","register":"R1","lines":[{}]}', OpenSaleBody, "/lines/0/name"),
        (b"[]", AddTenderBody, ""),
        (b"null", AddTenderBody, ""),
        (b'{"x":1}', EmptyBody, "/x"),
    ],
)
def test_a_readable_body_of_another_shape_says_where(
    raw: bytes, kind: type[Any], pointer: str
) -> None:
    assert refusal(raw, kind) == ("invalid_body", pointer)


def test_a_field_that_stands_twice_is_refused() -> None:
    raw = b'{"method":"cash","amount":1,"amount":2}'
    assert refusal(raw) == ("invalid_body", "/amount")


def test_a_nul_character_is_refused_where_it_stands() -> None:
    raw = b'{"method":"other","amount":1,"kind":"a","note":"b\\u0000"}'
    assert refusal(raw) == ("invalid_body", "/note")


def test_an_escaped_backslash_before_u0000_is_no_nul_character() -> None:
    raw = b'{"method":"other","amount":1,"kind":"a","note":"\\\\u0000"}'
    assert read_body(raw, AddTenderBody).note == "\\u0000"


@pytest.mark.parametrize(
    ("raw", "kind", "pointer"),
    [
        (
            b'{"method":"other","amount":1,"kind":"a","note":"4111 1111 1111 1111"}',
            AddTenderBody,
            "/note",
        ),
        (b'{"method":"other","amount":1,"kind":"4111111111111111"}', AddTenderBody, "/kind"),
        (
            b'{"store":"S1","register":"R1","lines":[%s]}'
            % LINE.replace(b'"name":"', b'"name":"JCB 3530-1113-3330-0000 '),
            OpenSaleBody,
            "/lines/0/name",
        ),
    ],
)
def test_a_whole_card_number_in_free_text_is_refused_where_it_stands(
    raw: bytes, kind: type[Any], pointer: str
) -> None:
    assert refusal(raw, kind) == ("card_number_in_text", pointer)


def test_a_number_that_is_no_card_number_may_be_written() -> None:
    raw = b'{"method":"other","amount":1,"kind":"a","note":"voucher 4111111111111112"}'
    assert read_body(raw, AddTenderBody).note == "voucher 4111111111111112"


def test_no_refusal_names_a_type_of_ours() -> None:
    for raw in (b"[]", b'{"method":1}', b'{"amount":{}}', b'{"note":[]}', b'{"zz":0}'):
        with pytest.raises(Refused) as caught:
            read_body(raw, AddTenderBody)
        assert "`" not in caught.value.detail
        assert "AddTender" not in caught.value.detail


def test_a_pointer_escapes_what_pointers_escape() -> None:
    assert pointer_of("Object contains unknown field `a/b~c`") == "/a~1b~0c"


def outcome(raw: bytes, kind: type[Any]) -> str:
    try:
        read_body(raw, kind)
    except Refused as refused:
        return refused.code
    return "read"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(raw: bytes) -> None:
    assert outcome(raw, LogInBody) in {"read", "not_json", "invalid_body"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["method", "amount", "received", "kind", "note", "stands_for", "other"])


# The first draw of any text reads Unicode's tables: seconds, on a busy machine.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, JSON, max_size=7))
def test_any_json_is_read_or_refused_by_name(told: dict[str, Any]) -> None:
    known = {"read", "not_json", "invalid_body", "invalid_amount"}
    assert outcome(json.dumps(told).encode(), AddTenderBody) in known


@given(st.integers(1, 9_999_999), st.text(max_size=40))
def test_blanks_and_order_do_not_change_what_was_asked(amount: int, note: str) -> None:
    fields = {"method": "cash", "amount": amount, "note": note.replace("\0", "")}
    one = json.dumps(fields).encode()
    other = json.dumps(dict(reversed(fields.items())), indent=2).encode()
    prints = {fingerprint("POST", "/x", read_body(raw, AddTenderBody)) for raw in (one, other)}
    assert len(prints) == 1


def test_another_body_path_or_method_is_another_request() -> None:
    body = AddTenderBody(method=Method.CASH, amount=1)
    more = msgspec.structs.replace(body, amount=2)
    asked = [("POST", "/a", body), ("POST", "/a", more), ("POST", "/b", body), ("PUT", "/a", body)]
    assert len({fingerprint(*one) for one in asked}) == len(asked)


CONFIRMABLE = (
    (AddTenderBody, {"method": "terminal", "amount": 165}),
    (ResolveBody, {"outcome": "approved", "reason": "端末故障", "slip_number": "00119"}),
    (SettleBody, {"way": "accept", "reason": "お客様了承"}),
)


@pytest.mark.parametrize(("kind", "asked"), CONFIRMABLE)
def test_who_confirms_is_a_part_of_what_was_asked_and_the_password_is_none(
    kind: type[Any], asked: dict[str, Any]
) -> None:
    def digest(**more: Any) -> str:
        return fingerprint("POST", "/x", read_body(json.dumps(asked | more).encode(), kind))

    by = {"operator_code": "manager", "password": "manager-demo"}
    assert digest() == digest(**NOBODY)
    assert digest(authorised_by=by) == digest(authorised_by=by | {"password": "x"})
    told = (digest(), digest(authorised_by=by), digest(authorised_by=by | {"operator_code": "m2"}))
    assert len(set(told)) == 3, "a kept refusal would be the answer to a manager's word"


NOBODY = {"authorised_by": None}


def test_a_key_used_before_there_were_confirmations_is_still_known() -> None:
    body = AddTenderBody(method=Method.CASH, amount=165)
    fields = b'"method":"cash","amount":165,"received":null,"kind":null,"note":null'
    was = sha256(b"POST /x\n{" + fields + b',"stands_for":null}').hexdigest()
    assert fingerprint("POST", "/x", body) == was


@pytest.mark.parametrize(
    ("by", "pointer"),
    [
        ({}, "/authorised_by/operator_code"),
        ({"operator_code": "m"}, "/authorised_by/password"),
        ({"operator_code": "m", "password": "p", "role": "admin"}, "/authorised_by/role"),
        ({"operator_code": "m", "password": "p" * 257}, "/authorised_by/password"),
        ("manager", "/authorised_by"),
    ],
)
def test_a_confirmation_says_who_and_by_which_password(by: object, pointer: str) -> None:
    raw = json.dumps({"method": "terminal", "amount": 165, "authorised_by": by}).encode()
    assert refusal(raw) == ("invalid_body", pointer)
