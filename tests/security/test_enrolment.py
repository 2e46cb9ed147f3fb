"""Who may have boxes enrolled, and what a code that is none is worth. Late codes: the contract."""

import json
from typing import Any, Final

import pytest

from messaging.nkeys import Kind, new_key
from testkit.http import JsonClient, RegisterClient, Reply, until
from testkit.system import RunningSystem

STORE: Final = "S002"
NOBODYS: Final = "00000000-0000-7000-8000-000000000001"

ROUTES: Final = (
    ("POST", f"/api/v1/stores/{STORE}/boxes"),
    ("GET", "/api/v1/boxes"),
    ("POST", f"/api/v1/boxes/{NOBODYS}/revoke"),
)

OTHERS: Final = (
    ("DEMO", "cashier"),
    ("DEMO", "manager"),
    ("DEMO", "auditor"),
    ("RENKEI", "platform"),
)


@pytest.fixture
def admin(system: RunningSystem) -> RegisterClient:
    return system.register("admin")


@pytest.fixture
def new_box(system: RunningSystem) -> JsonClient:
    return JsonClient(system.api)


def create(admin: RegisterClient, store: str = STORE) -> Any:
    return admin.expect(201, "POST", f"/api/v1/stores/{store}/boxes")


def a_key() -> str:
    return new_key(Kind.USER).public


def show(box: JsonClient, code: str, key: str | None = None, hostname: str = "box-1") -> Reply:
    """Show a code; who is told to wait waits, as a box does."""
    body = {"code": code, "public_key": key or a_key(), "hostname": hostname}
    replies: list[Reply] = []

    def answered() -> bool:
        replies.append(box.send("POST", "/api/v1/enrollments", body))
        return replies[-1].status != 429

    until(answered, "its turn", 120)
    return replies[-1]


def without_request(reply: Reply) -> str:
    return json.dumps([reply.status, reply.body], sort_keys=True)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_the_companys_administrator(
    system: RunningSystem, new_box: JsonClient, method: str, path: str
) -> None:
    body: dict[str, str] | None = None if method == "GET" else {}
    nobody = new_box.send(method, path, body)
    assert (nobody.status, nobody.body["code"]) == (401, "not_authenticated")
    for company, operator in OTHERS:
        reply = system.register(operator, company).send(method, path, body)
        assert (reply.status, reply.body["code"]) == (403, "not_permitted"), operator


def test_another_companys_administrator_finds_nothing(
    system: RunningSystem, admin: RegisterClient, new_box: JsonClient
) -> None:
    created = create(admin)
    other = system.register("admin", "OTHER")
    made = other.send("POST", f"/api/v1/stores/{STORE}/boxes", {})
    assert (made.status, made.body["code"]) == (404, "unknown_store")
    revoked = other.send("POST", f"/api/v1/boxes/{created['box']}/revoke", {})
    assert (revoked.status, revoked.body["code"]) == (404, "unknown_box")
    assert created["box"] not in json.dumps(other.expect(200, "GET", "/api/v1/boxes"))
    asked = other.send("GET", f"/api/v1/boxes?store={STORE}")
    assert asked.body == {"boxes": []}
    assert show(new_box, created["code"]).status == 200


def test_a_code_enrols_one_key_and_gives_a_lost_answer_again(
    admin: RegisterClient, new_box: JsonClient
) -> None:
    code, key = create(admin)["code"], a_key()
    first = show(new_box, code.lower(), key)
    assert first.status == 200
    assert (first.body["company"], first.body["store"]) == ("DEMO", STORE)
    assert first.headers["cache-control"] == "no-store"
    assert show(new_box, code, key).body == first.body
    assert show(new_box, code).body["code"] == "enrolment_refused"
    assert show(new_box, create(admin)["code"], key).body["code"] == "enrolment_refused"


def test_every_code_that_is_worth_nothing_is_refused_in_the_same_words(
    admin: RegisterClient, new_box: JsonClient
) -> None:
    used = create(admin)["code"]
    assert show(new_box, used).status == 200
    withdrawn = create(admin)["code"]
    revoked = create(admin)
    admin.expect(200, "POST", f"/api/v1/boxes/{revoked['box']}/revoke", {})
    codes = ("0000-0000-0000-0000", "x", used, withdrawn, revoked["code"])
    told = {without_request(show(new_box, code)) for code in codes}
    assert len(told) == 1
    assert "enrolment_refused" in told.pop()


def test_a_revoked_box_gets_no_lost_answer(admin: RegisterClient, new_box: JsonClient) -> None:
    created, key = create(admin), a_key()
    assert show(new_box, created["code"], key).status == 200
    view = admin.expect(200, "POST", f"/api/v1/boxes/{created['box']}/revoke", {})
    assert view["state"] == "revoked"
    assert show(new_box, created["code"], key).body["code"] == "enrolment_refused"

    def cut_off() -> bool:
        boxes = admin.expect(200, "GET", f"/api/v1/boxes?store={STORE}")["boxes"]
        return any(one["box"] == created["box"] and one["cut_off"] for one in boxes)

    until(cut_off, "the message server to know")


WRONG: Final[tuple[tuple[str, dict[str, object]], ...]] = (
    ("no key", {"public_key": ""}),
    ("garbage", {"public_key": "x" * 56}),
    ("a wrong check sum", {"public_key": "U" + "A" * 55}),
    ("an account's key", {"public_key": new_key(Kind.ACCOUNT).public}),
    ("a private key", {"public_key": new_key(Kind.USER).seed}),
    ("a code of another script", {"code": "\uff10" * 16}),
    ("a code with SQL", {"code": "' OR 1=1 --"}),
    ("an endless code", {"code": "0" * 65}),
    ("a name with HTML", {"hostname": "<script>"}),
    ("a name with a line feed", {"hostname": "a\nb"}),
    ("a field of ours", {"store": "S001"}),
)


@pytest.mark.parametrize(("what", "wrong"), WRONG, ids=[what for what, _ in WRONG])
def test_a_body_of_another_form_spends_no_code(
    admin: RegisterClient, new_box: JsonClient, what: str, wrong: dict[str, object]
) -> None:
    code = create(admin)["code"]
    body = {"code": code, "public_key": a_key(), "hostname": "box-1"} | wrong
    replies: list[Reply] = []

    def answered() -> bool:
        replies.append(new_box.send("POST", "/api/v1/enrollments", body))
        return replies[-1].status != 429

    until(answered, "its turn", 120)
    assert (replies[-1].status, replies[-1].body["code"]) == (422, "invalid_body"), what
    assert show(new_box, code).status == 200


@pytest.mark.parametrize("size", [5_000, 1024 * 1024])
def test_a_body_that_is_too_large_is_not_read(new_box: JsonClient, size: int) -> None:
    replies: list[Reply] = []

    def answered() -> bool:
        raw = b'{"code":"' + b"0" * size + b'"}'
        replies.append(new_box.send("POST", "/api/v1/enrollments", raw=raw))
        return replies[-1].status != 429

    until(answered, "its turn", 120)
    assert (replies[-1].status, replies[-1].body["code"]) == (413, "body_too_large")


def test_no_log_and_no_list_holds_a_code(
    system: RunningSystem, admin: RegisterClient, new_box: JsonClient
) -> None:
    code = create(admin)["code"]
    assert show(new_box, code).status == 200
    bare = code.replace("-", "")
    assert code not in json.dumps(admin.expect(200, "GET", "/api/v1/boxes"))
    said = system.log()
    assert "store_config" in said
    assert code not in said
    assert bare not in said


def test_a_flood_of_codes_is_told_to_wait_and_keeps_nobody_from_logging_in(
    system: RunningSystem, new_box: JsonClient
) -> None:
    body = {"code": "0000-0000-0000-0000", "public_key": a_key(), "hostname": "x"}
    replies = [new_box.send("POST", "/api/v1/enrollments", body) for _ in range(60)]
    limited = [one for one in replies if one.status == 429]
    assert limited
    assert {one.body["code"] for one in limited} == {"too_many_attempts"}
    assert all(int(one.headers["retry-after"]) > 0 for one in limited)
    wrong = {"company_code": "DEMO", "operator_code": "nobody", "password": "x"}
    assert new_box.send("POST", "/api/v1/login", wrong).status == 401
    assert system.register("admin").send("GET", "/api/v1/boxes").status == 200
