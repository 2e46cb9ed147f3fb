"""Who may log in, in PostgreSQL: added, changed, and out at once."""

import pytest

from contracts.envelope import Actor, Answer, Call, Role
from contracts.people import ListPeople, PersonList, PersonView, PutPerson
from contracts.stores import LoggedIn, LogIn, ResolveSession
from messaging.codec import decode
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from store_config.keeping import Keeping
from store_config.memory import MemoryPasswords
from store_config.people import PeopleHandlers
from store_config.person_handlers import PersonHandlers
from store_config.postgres import Pool, PostgresPeople, PostgresStores
from store_config.postgres_staff import PostgresStaff

ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
PASSWORD = "correct-horse"


class House:
    """Administrators' side and the log-in's, on one database."""

    def __init__(self, pool: Pool) -> None:
        clock, passwords, stores = SystemClock(), MemoryPasswords(), PostgresStores(pool)
        self.staff = PersonHandlers(
            PostgresStaff(pool), stores, passwords, Keeping(stores, clock), clock
        )
        self.people = PeopleHandlers(PostgresPeople(pool), passwords, clock, SystemIds(clock))

    async def put(self, asked: PutPerson, expects: int | None = None) -> Answer:
        return await self.staff.put_person(Call(actor=ADMIN, body=asked, expects=expects))

    async def log_in(self, password: str) -> Answer:
        asked = LogIn(company_code="DEMO", operator_code="sato", password=password)
        return await self.people.log_in(asked)

    async def resolves(self, token: str) -> str:
        return (await self.people.resolve_session(ResolveSession(token=token))).outcome


@pytest.fixture
async def house(pool: Pool) -> House:
    for company in ("DEMO", "OTHER"):
        await pool.execute("INSERT INTO store_config.companies VALUES ($1, $1)", company)
    await pool.execute(
        "INSERT INTO store_config.stores (company, store, name, terminal_option, version)"
        " VALUES ('DEMO', 'S001', 'S001', true, 1), ('OTHER', 'S901', 'S901', true, 1)"
    )
    return House(pool)


def sato(**more: object) -> PutPerson:
    told = {"name": "佐藤", "role": "cashier", "stores": ("S001",)} | more
    return PutPerson(operator="sato", **told)  # pyright: ignore[reportArgumentType]  # by name


async def test_a_person_logs_in_until_stopped_and_is_out_at_once(house: House) -> None:
    assert (await house.put(sato(password=PASSWORD))).outcome == "ok"
    logged_in = decode(bytes((await house.log_in(PASSWORD)).body), LoggedIn, "test")
    assert (logged_in.role, logged_in.stores) == (Role.CASHIER, ("S001",))
    moved = await house.put(sato(name="佐藤 花子"))
    assert decode(bytes(moved.body), PersonView, "test").version == 2
    assert await house.resolves(logged_in.token) == "ok"
    assert (await house.put(sato(name="佐藤 花子", active=False))).outcome == "ok"
    assert await house.resolves(logged_in.token) == "not_authenticated"
    assert (await house.log_in(PASSWORD)).outcome == "invalid_credentials"


async def test_a_new_password_ends_what_was_opened_with_the_old_one(house: House) -> None:
    await house.put(sato(password=PASSWORD))
    logged_in = decode(bytes((await house.log_in(PASSWORD)).body), LoggedIn, "test")
    await house.put(sato(password="another-horse"))
    assert await house.resolves(logged_in.token) == "not_authenticated"
    assert (await house.log_in(PASSWORD)).outcome == "invalid_credentials"
    assert (await house.log_in("another-horse")).outcome == "ok"


async def test_two_who_add_the_same_person_are_told_and_companies_are_apart(
    house: House, pool: Pool
) -> None:
    assert (await house.put(sato(password=PASSWORD), expects=0)).outcome == "ok"
    second = await house.put(sato(name="鈴木", password="another-horse"), expects=0)
    assert second.outcome == "outdated"
    assert (await house.log_in(PASSWORD)).outcome == "ok"
    other = Actor(company="OTHER", operator="admin", role=Role.ADMIN)
    listed = await house.staff.list_people(Call(actor=other, body=ListPeople()))
    assert decode(bytes(listed.body), PersonList, "test").people == ()
    foreign = await house.put(sato(stores=("S901",)))
    assert foreign.outcome == "unknown_store"
    kept = await pool.fetch("SELECT before::text || after::text AS told FROM store_config.audit")
    assert kept
    assert all(PASSWORD not in row["told"] for row in kept)
