"""Codes, enrolments, renewals and revocations, on the twins and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cache

import asyncpg
import msgspec
import pytest

from contracts.boxes import (
    BoxCreated,
    BoxList,
    BoxView,
    CreateBox,
    EnrollBox,
    Enrolled,
    ListBoxes,
    RenewBox,
    Renewed,
    RevokeBox,
)
from contracts.envelope import Actor, Answer, Call, Idempotency, Role
from contracts.stores import StoreConfiguration, StoreSettings
from messaging.nkeys import Kind, new_key
from servicekit.ids import SystemIds
from store_config import decide_box
from store_config.box_handlers import BoxHandlers
from store_config.box_model import Place
from store_config.keeping import Keeping
from store_config.memory import MemoryStores
from store_config.memory_boxes import MemoryBoxes, MemoryKeys
from store_config.model import AuditEntry
from store_config.ports import Boxes, OutOfReach, Stores
from store_config.postgres import Pool, PostgresStores
from store_config.postgres_boxes import PostgresBoxes
from store_config.revocation import TELL_AGAIN_S, Revocations
from testkit.clock import FakeClock

ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
OTHER = Actor(company="OTHER", operator="admin", role=Role.ADMIN)
PLACE = Place(nats_url="tls://centre:4222", ca="PEM", receipts_public_key="K=")


def a_store(company: str, store: str) -> StoreConfiguration:
    return StoreConfiguration(
        company=company,
        store=store,
        name=store,
        version=1,
        terminal_option=True,
        registers=(),
        terminals=(),
        settings=StoreSettings(),
    )


STORES = (a_store("DEMO", "S001"), a_store("DEMO", "S002"), a_store("OTHER", "S901"))


@cache
def a_key(letter: str) -> str:
    assert letter, "a letter tells keys apart"
    return new_key(Kind.USER).public


class House:
    """The flow over one record, and what it left behind."""

    def __init__(self, boxes: Boxes, stores: Stores, pool: Pool | None) -> None:
        self.boxes, self.clock, self.keys = boxes, FakeClock(), MemoryKeys()
        self.revocations = Revocations(boxes, self.keys, self.clock)
        self._stores, self._pool = stores, pool
        self.pokes = 0
        self.handlers = self.with_keys(self.keys)

    def with_keys(self, keys: MemoryKeys | None) -> BoxHandlers:
        return BoxHandlers(
            self.boxes,
            self._stores,
            keys,
            PLACE,
            Keeping(self._stores, self.clock),
            self.clock,
            SystemIds(self.clock),
            self._poke,
        )

    def _poke(self) -> None:
        self.pokes += 1

    async def create(self, store: str = "S001", actor: Actor = ADMIN) -> BoxCreated:
        answer = await self.handlers.create_box(Call(actor=actor, body=CreateBox(store=store)))
        assert answer.outcome == "created"
        return msgspec.json.decode(answer.body, type=BoxCreated)

    async def ask(self, code: str, key: str = "A") -> Answer:
        asked = EnrollBox(code=code, public_key=a_key(key), hostname=f"box-{key}")
        return await self.handlers.enroll_box(asked)

    async def enrol(self, code: str, key: str = "A") -> Enrolled:
        answer = await self.ask(code, key)
        assert answer.outcome == "ok"
        return msgspec.json.decode(answer.body, type=Enrolled)

    async def renew(self, key: str, company: str = "DEMO", store: str = "S001") -> Answer:
        return await self.handlers.renew_box(company, store, RenewBox(public_key=a_key(key)))

    async def revoke(self, box: str, actor: Actor = ADMIN, key: str | None = None) -> Answer:
        idempotency = Idempotency(key=key, fingerprint="a" * 64) if key else None
        call = Call(actor=actor, body=RevokeBox(box=box), idempotency=idempotency)
        return await self.handlers.revoke_box(call)

    async def shown(self, actor: Actor = ADMIN, store: str | None = None) -> tuple[BoxView, ...]:
        answer = await self.handlers.list_boxes(Call(actor=actor, body=ListBoxes(store=store)))
        return msgspec.json.decode(answer.body, type=BoxList).boxes

    async def states(self) -> dict[str, str]:
        return {each.box: each.state for each in await self.shown()}

    async def audit(self) -> list[tuple[str, str, str]]:
        """Return action, who, and all that was told, in order."""
        if isinstance(self._stores, MemoryStores):
            return [_told(each) for each in self._stores.audit]
        assert self._pool is not None
        rows = await self._pool.fetch(
            "SELECT action, operator, before::text || after::text AS told"
            " FROM store_config.audit WHERE company = 'DEMO' ORDER BY id"
        )
        return [(row["action"], row["operator"], row["told"]) for row in rows]


def _told(entry: AuditEntry) -> tuple[str, str, str]:
    return entry.action, entry.operator, repr((entry.before, entry.after))


@pytest.fixture(params=["memory", "postgres"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    if request.param == "memory":
        stores = MemoryStores(STORES)
        yield House(MemoryBoxes(stores), stores, None)
        return
    url = request.getfixturevalue("store_config_database")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=6)
    yield await on_postgres(pool)
    await pool.close()


async def on_postgres(pool: Pool) -> House:
    for each in STORES:
        await pool.execute(
            "INSERT INTO store_config.companies VALUES ($1, $1) ON CONFLICT DO NOTHING",
            each.company,
        )
        await pool.execute(
            "INSERT INTO store_config.stores (company, store, name, terminal_option, version)"
            " VALUES ($1, $2, $2, true, 1)",
            each.company,
            each.store,
        )
    return House(PostgresBoxes(pool), PostgresStores(pool), pool)


# --- enrolment ---


async def test_a_box_is_enrolled_by_a_code_and_shown(house: House) -> None:
    created = await house.create()
    (shown,) = await house.shown()
    assert (shown.state, shown.box, shown.created_by) == ("awaiting", created.box, "admin")
    assert created.expires_at - house.clock.now() == timedelta(minutes=30)
    enrolled = await house.enrol(created.code.lower().replace("-", " "))
    assert (enrolled.company, enrolled.store, enrolled.box) == ("DEMO", "S001", created.box)
    assert a_key("A") in enrolled.token
    assert (enrolled.nats_url, enrolled.ca, enrolled.receipts_public_key) == (
        PLACE.nats_url,
        PLACE.ca,
        PLACE.receipts_public_key,
    )
    (shown,) = await house.shown()
    assert (shown.state, shown.hostname) == ("enrolled", "box-A")
    assert shown.token_expires_at == enrolled.expires_at


async def test_unknown_used_late_and_withdrawn_codes_are_refused_alike(house: House) -> None:
    used, withdrawn, late = await house.create(), await house.create("S002"), None
    await house.enrol(used.code)
    await house.create("S002")
    answers = [
        await house.ask("0000-0000-0000-0000", "B"),
        await house.ask("nonsense", "B"),
        await house.ask(used.code, "B"),
        await house.ask(withdrawn.code, "B"),
    ]
    late = await house.create("S002")
    house.clock.advance(1_800)
    answers += [await house.ask(late.code, "B"), await house.ask(used.code, "A")]
    assert {answer.outcome for answer in answers} == {"enrolment_refused"}
    assert len({bytes(answer.body) for answer in answers}) == 1


async def test_whoever_lost_the_answer_gets_the_same_one_again(house: House) -> None:
    created = await house.create()
    first = await house.enrol(created.code)
    house.clock.advance(100)
    assert await house.enrol(created.code) == first
    house.clock.advance(1_600)
    renewed = await house.renew("A")
    assert renewed.outcome == "ok"
    assert await house.enrol(created.code) == first
    assert (await house.ask(created.code, "B")).outcome == "enrolment_refused"


async def test_of_two_at_once_with_one_code_one_is_enrolled(house: House) -> None:
    code = (await house.create()).code
    answers = await asyncio.gather(*(house.ask(code, key) for key in "ABCD"))
    assert sorted(answer.outcome for answer in answers) == ["enrolment_refused"] * 3 + ["ok"]
    assert list((await house.states()).values()) == ["enrolled"]


async def test_a_key_is_enrolled_once_for_all_time_and_whichever_company(house: House) -> None:
    box = await house.create()
    await house.enrol(box.code)
    await house.revoke(box.box)
    for store, actor, letter in (("S001", ADMIN, "B"), ("S901", OTHER, "C")):
        again = await house.create(store, actor)
        assert (await house.ask(again.code, "A")).outcome == "enrolment_refused"
        assert (await house.ask(again.code, letter)).outcome == "ok"


async def test_the_new_box_replaces_the_old_one_and_its_key_is_over(house: House) -> None:
    old = await house.create()
    await house.enrol(old.code, "A")
    new = await house.create()
    assert await house.states() == {old.box: "enrolled", new.box: "awaiting"}
    assert (await house.renew("A")).outcome == "ok"
    await house.enrol(new.code, "B")
    assert await house.states() == {old.box: "replaced", new.box: "enrolled"}
    assert (await house.renew("A")).outcome == "not_present_box"
    assert (await house.renew("B")).outcome == "ok"
    assert (await house.ask(old.code, "A")).outcome == "enrolment_refused"
    await house.revocations.push_pending()
    assert set(house.keys.revoked) == {a_key("A")}


async def test_of_many_codes_made_at_once_one_holds(house: House) -> None:
    made = await asyncio.gather(*(house.create() for _ in range(4)))
    states = await house.states()
    assert sorted(states.values()) == ["awaiting", "revoked", "revoked", "revoked"]
    outcomes = [
        (await house.ask(each.code, key)).outcome for each, key in zip(made, "ABCD", strict=True)
    ]
    assert sorted(outcomes) == ["enrolment_refused"] * 3 + ["ok"]


@pytest.mark.parametrize(
    "key", ["U" + "A" * 55, new_key(Kind.ACCOUNT).public], ids=["check sum", "account"]
)
async def test_a_code_is_not_spent_on_what_is_no_key_of_a_box(house: House, key: str) -> None:
    created = await house.create()
    asked = EnrollBox(code=created.code, public_key=key, hostname="x")
    assert (await house.handlers.enroll_box(asked)).outcome == "invalid_body"
    assert (await house.ask(created.code)).outcome == "ok"


# --- renewal ---


async def test_only_the_stores_own_present_box_is_renewed(house: House) -> None:
    await house.enrol((await house.create()).code, "A")
    house.clock.advance(3_600)
    renewed = msgspec.json.decode((await house.renew("A")).body, type=Renewed)
    assert renewed.expires_at == house.clock.now() + MemoryKeys.LIFE
    (shown,) = await house.shown()
    assert (shown.renewed_at, shown.token_expires_at) == (house.clock.now(), renewed.expires_at)
    house.clock.advance(59)
    assert msgspec.json.decode((await house.renew("A")).body, type=Renewed) == renewed
    assert (await house.renew("B")).outcome == "not_present_box"
    assert (await house.renew("A", store="S002")).outcome == "not_present_box"
    assert (await house.renew("A", company="OTHER", store="S901")).outcome == "not_present_box"


# --- revocation ---


async def test_a_revoked_key_is_over_before_the_message_server_knows_and_told_until_it_does(
    house: House,
) -> None:
    box = await house.create()
    await house.enrol(box.code)
    await house.revocations.push_pending()
    house.keys.away = True
    pokes = house.pokes
    answer = await house.revoke(box.box)
    view = msgspec.json.decode(answer.body, type=BoxView)
    assert (view.state, view.revoked_by, view.cut_off) == ("revoked", "admin", False)
    assert house.pokes == pokes + 1
    assert (await house.renew("A")).outcome == "not_present_box"
    with pytest.raises(OutOfReach):
        await house.revocations.push_pending()
    (shown,) = await house.shown()
    assert not shown.cut_off
    house.keys.away = False
    await house.revocations.push_pending()
    (shown,) = await house.shown()
    assert shown.cut_off
    assert dict(house.keys.revoked) == {a_key("A"): house.clock.now()}


async def test_nothing_new_is_told_once_and_all_of_it_again_when_it_may_be_forgotten(
    house: House,
) -> None:
    box = await house.create()
    await house.enrol(box.code)
    await house.revoke(box.box)
    await house.revocations.push_pending()
    await house.revocations.push_pending()
    assert house.keys.pushes == 1
    house.revocations.tell_again()
    await house.revocations.push_pending()
    assert house.keys.pushes == 2
    house.clock.advance(TELL_AGAIN_S)
    await house.revocations.push_pending()
    left_s = MemoryKeys.LIFE.total_seconds() + decide_box.REVOKED_KEPT_S - TELL_AGAIN_S
    assert house.keys.pushes == 3, "no list is believed to be in force for ever"
    assert set(house.keys.revoked) == {a_key("A")}
    house.clock.advance(left_s - 1)
    await house.revocations.push()
    assert set(house.keys.revoked) == {a_key("A")}
    house.clock.advance(2)
    await house.revocations.push()
    assert dict(house.keys.revoked) == {}


async def test_a_list_that_may_arrive_late_is_followed_by_the_present_one(house: House) -> None:
    """What nobody waited for any more may overtake what another instance told meanwhile."""
    await house.revocations.push()
    box = await house.create()
    await house.enrol(box.code)
    await house.revoke(box.box)
    house.keys.away = True
    with pytest.raises(OutOfReach):
        await house.revocations.push_pending()
    house.keys.away = False
    await Revocations(house.boxes, house.keys, house.clock).push_pending()
    assert not await house.boxes.any_to_cut_off()
    house.keys.revoked = {}  # the late list
    await house.revocations.push_pending()
    assert set(house.keys.revoked) == {a_key("A")}


async def test_pushes_take_turns_so_that_no_older_list_is_told_last(pool: Pool) -> None:
    house = await on_postgres(pool)
    first, second = await house.create("S001"), await house.create("S002")
    await house.enrol(first.code, "A")
    await house.enrol(second.code, "B")
    await house.revoke(first.box)
    horizon = house.clock.now() - timedelta(days=1)
    async with house.boxes.cutting_off(horizon) as told:
        assert [each.public_key for each in told] == [a_key("A")]
        await house.revoke(second.box)
        other = asyncio.create_task(house.revocations.push())
        done, _ = await asyncio.wait({other}, timeout=0.2)
        assert not done
    await other
    assert set(house.keys.revoked) == {a_key("A"), a_key("B")}
    assert not await house.boxes.any_to_cut_off()


async def test_a_code_that_is_revoked_is_worth_nothing_and_names_no_key(house: House) -> None:
    box = await house.create()
    assert (await house.revoke(box.box)).outcome == "ok"
    assert (await house.ask(box.code)).outcome == "enrolment_refused"
    assert not await house.boxes.any_to_cut_off()


async def test_revoking_twice_under_one_key_is_done_once(house: House) -> None:
    box = await house.create()
    await house.enrol(box.code)
    first = await house.revoke(box.box, key="k")
    again = await house.revoke(box.box, key="k")
    assert (again.replayed, again.body) == (True, first.body)
    assert [action for action, _, _ in await house.audit()].count("box_revoked") == 1
    house.clock.advance(5)
    later = msgspec.json.decode((await house.revoke(box.box)).body, type=BoxView)
    assert later.revoked_at == msgspec.json.decode(first.body, type=BoxView).revoked_at


async def test_a_store_ends_so_many_boxes_that_the_list_still_fits_one_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide_box, "ENDED_MAX", 2)
    for letter in "AB":
        box = await house.create()
        await house.enrol(box.code, letter)
        await house.revoke(box.box)
        await house.revocations.push_pending()
    await house.revoke((await house.create("S002")).box)  # without a key
    refused = await house.handlers.create_box(Call(actor=ADMIN, body=CreateBox(store="S001")))
    assert refused.outcome == "too_many_boxes"
    await house.create("S002")
    assert await house.boxes.ended("OTHER", "S901", house.clock.now()) == (0, 2)
    house.clock.advance(MemoryKeys.LIFE.total_seconds() + decide_box.REVOKED_KEPT_S + 1)
    await house.create("S001")


# --- whose it is ---


async def test_companies_are_apart(house: House) -> None:
    box = await house.create()
    await house.enrol(box.code)
    assert await house.shown(OTHER) == ()
    assert (await house.revoke(box.box, OTHER)).outcome == "unknown_box"
    unknown = await house.handlers.create_box(Call(actor=OTHER, body=CreateBox(store="S001")))
    assert unknown.outcome == "unknown_store"
    assert list((await house.states()).values()) == ["enrolled"]
    await house.create("S901", OTHER)
    assert [each.store for each in await house.shown()] == ["S001"]


async def test_a_page_of_stores_asks_for_the_boxes_of_these(house: House) -> None:
    for store in ("S001", "S002"):
        await house.create(store)

    async def of(*stores: str) -> list[str]:
        call = Call(actor=ADMIN, body=ListBoxes(stores=stores))
        answer = await house.handlers.list_boxes(call)
        return [one.store for one in msgspec.json.decode(answer.body, type=BoxList).boxes]

    assert await of("S002") == ["S002"]
    assert await of("S002", "S001", "S901") == ["S001", "S002"]
    assert await of("S901") == []
    assert await of() == ["S001", "S002"]


async def test_a_cashier_a_manager_and_an_auditor_have_no_part_in_it(house: House) -> None:
    box = await house.create()
    for role in sorted(set(Role) - {Role.ADMIN}):
        actor = Actor(company="DEMO", operator="x", role=role)
        for answer in (
            await house.handlers.create_box(Call(actor=actor, body=CreateBox(store="S001"))),
            await house.handlers.list_boxes(Call(actor=actor, body=ListBoxes())),
            await house.revoke(box.box, actor),
        ):
            assert answer.outcome == "not_permitted"


async def test_every_step_is_audited_and_no_code_is(house: House) -> None:
    first = await house.create()
    await house.enrol(first.code, "A")
    house.clock.advance(61)
    await house.renew("A")
    second = await house.create()
    await house.enrol(second.code, "B")
    await house.revoke(second.box)
    entries = await house.audit()
    assert [(action, who) for action, who, _ in entries] == [
        ("box_created", "admin"),
        ("box_enrolled", first.box),
        ("box_renewed", first.box),
        ("box_created", "admin"),
        ("box_replaced", second.box),
        ("box_enrolled", second.box),
        ("box_revoked", "admin"),
    ]
    told = repr(entries)
    for secret in (first.code, first.code.replace("-", ""), second.code):
        assert secret not in told
    assert a_key("A") in told


async def test_without_somebody_who_signs_nothing_is_made_or_taken(house: House) -> None:
    unsigned = house.with_keys(None)
    made = await unsigned.create_box(Call(actor=ADMIN, body=CreateBox(store="S001")))
    assert made.outcome == "enrolment_not_configured"
    asked = EnrollBox(code="0000-0000-0000-0000", public_key=a_key("A"), hostname="x")
    assert (await unsigned.enroll_box(asked)).outcome == "enrolment_not_configured"
    renewed = await unsigned.renew_box("DEMO", "S001", RenewBox(public_key=a_key("A")))
    assert renewed.outcome == "enrolment_not_configured"
    cashier = Actor(company="DEMO", operator="x", role=Role.CASHIER)
    refused = await unsigned.create_box(Call(actor=cashier, body=CreateBox(store="S001")))
    assert refused.outcome == "not_permitted"
    assert await house.shown() == ()


async def test_what_was_never_used_is_forgotten_after_a_month_and_an_enrolled_box_never(
    house: House,
) -> None:
    unused = await house.create("S002")
    enrolled = await house.create()
    await house.enrol(enrolled.code)
    house.clock.advance(decide_box.NEVER_USED_KEPT_S)
    await house.boxes.sweep(house.clock.now())
    assert await house.states() == {enrolled.box: "enrolled", unused.box: "expired"}
    house.clock.advance(1_800)
    await house.boxes.sweep(house.clock.now())
    assert await house.states() == {enrolled.box: "enrolled"}
