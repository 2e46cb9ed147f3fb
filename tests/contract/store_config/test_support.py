"""What companies say of support, in PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.envelope import Actor, Answer, Call, Idempotency, Role
from contracts.support import AddNotice, ChangeSupport, ReadSupport, SupportView
from messaging.codec import decode
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from store_config.keeping import Keeping
from store_config.model import AuditEntry, Support, SupportChange
from store_config.ports import Outdated
from store_config.postgres import Pool, PostgresStores
from store_config.postgres_support import PostgresSupports
from store_config.support_handlers import SupportHandlers

ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
PLATFORM = Actor(company="RENKEI", operator="platform", role=Role.PLATFORM)
OTHER = Actor(company="OTHER", operator="cashier", role=Role.CASHIER)


@pytest.fixture
async def house(pool: Pool) -> SupportHandlers:
    for company in ("DEMO", "OTHER", "RENKEI"):
        await pool.execute("INSERT INTO store_config.companies VALUES ($1, $1)", company)
    clock = SystemClock()
    return SupportHandlers(
        PostgresSupports(pool), Keeping(PostgresStores(pool), clock), clock, SystemIds(clock)
    )


def the_view(answer: Answer) -> SupportView:
    assert answer.outcome == "ok"
    return decode(bytes(answer.body), SupportView, "test")


async def seen_by(house: SupportHandlers, actor: Actor) -> SupportView:
    return the_view(await house.read_support(Call(actor=actor, body=ReadSupport())))


async def test_each_company_sees_its_own_and_everybodys(house: SupportHandlers, pool: Pool) -> None:
    for actor, contact in ((PLATFORM, "0120-1"), (ADMIN, "03-1")):
        said = Call(actor=actor, body=ChangeSupport(contact=contact))
        assert (await house.change_support(said)).outcome == "ok"
    now = datetime.now(UTC)  # noqa: TID251 - the record keeps real times
    asked = AddNotice(text="工事", starts_at=now, ends_at=now + timedelta(hours=1))
    for actor in (PLATFORM, ADMIN):
        assert (await house.add_notice(Call(actor=actor, body=asked))).outcome == "ok"
    assert (await seen_by(house, ADMIN)).contact == "03-1"
    assert len((await seen_by(house, ADMIN)).notices) == 2
    other = await seen_by(house, OTHER)
    assert (other.contact, len(other.notices)) == ("0120-1", 1)
    actions = await pool.fetch("SELECT company, action FROM store_config.audit ORDER BY id")
    assert [tuple(row) for row in actions] == [
        ("RENKEI", "support_changed"),
        ("DEMO", "support_changed"),
        ("RENKEI", "notice_added"),
        ("DEMO", "notice_added"),
    ]


async def test_a_notice_asked_for_twice_under_one_key_is_one(house: SupportHandlers) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the record keeps real times
    asked = AddNotice(text="工事", starts_at=now, ends_at=now + timedelta(hours=1))
    key = Idempotency(key="k", fingerprint="0" * 64)
    first = await house.add_notice(Call(actor=ADMIN, body=asked, idempotency=key))
    again = await house.add_notice(Call(actor=ADMIN, body=asked, idempotency=key))
    assert (first.replayed, again.replayed) == (False, True)
    assert bytes(first.body) == bytes(again.body)
    assert len((await seen_by(house, ADMIN)).notices) == 1


@pytest.mark.parametrize("stands", [False, True])
async def test_a_step_from_what_is_not_so_any_more_is_not_written(
    pool: Pool, *, stands: bool
) -> None:
    await pool.execute("INSERT INTO store_config.companies VALUES ('DEMO', 'DEMO')")
    supports = PostgresSupports(pool)
    before = Support(company="DEMO", everybody=False)
    after = Support(company="DEMO", everybody=False, contact="1", version=1)
    audit = AuditEntry(
        at=SystemClock().now(),
        company="DEMO",
        store="",
        by_company="DEMO",
        operator="admin",
        role="admin",
        action="support_changed",
        before={},
        after={},
    )
    step = SupportChange(action="support_changed", before=before, after=after)
    if stands:
        await supports.save(step, audit, None)
    else:
        step = SupportChange(action="support_changed", before=after, after=after)
    with pytest.raises(Outdated):
        await supports.save(step, audit, None)
    assert (await supports.read("DEMO") is not None) is stands
