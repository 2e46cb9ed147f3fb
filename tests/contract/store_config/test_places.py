"""A file of stores, registers and terminals, carried out on PostgreSQL: all of it or nothing."""

import pytest

from contracts.envelope import Actor, Call, Role
from contracts.places import COLUMNS, ExportPlaces, ImportPlaces, ImportReport, PlacesCsv
from messaging.codec import decode
from servicekit.clock import SystemClock
from store_config.keeping import Keeping
from store_config.memory import MemoryGateways
from store_config.place_handlers import PlaceHandlers
from store_config.postgres import Pool, PostgresStores
from store_config.postgres_places import PostgresPlaces

ADMIN = Actor(company="DEMO", operator="admin", role=Role.ADMIN)
OPERATION = "00000000-0000-7000-8000-000000000001"


class House:
    """The handlers, what gateways say, and how often edges were told."""

    def __init__(self, pool: Pool) -> None:
        clock, stores = SystemClock(), PostgresStores(pool)
        self.gateways = MemoryGateways()
        self.stores = stores
        self.poked = 0
        self.handlers = PlaceHandlers(
            stores,
            PostgresPlaces(pool),
            self.gateways,
            Keeping(stores, clock),
            clock,
            self._poke,
        )

    def _poke(self) -> None:
        self.poked += 1

    async def take(self, *lines: str, dry_run: bool = False) -> ImportReport:
        text = "\n".join((",".join(COLUMNS), *lines))
        call = Call(actor=ADMIN, body=ImportPlaces(csv=text, dry_run=dry_run))
        answer = await self.handlers.import_places(call)
        assert answer.outcome == "ok"
        return decode(bytes(answer.body), ImportReport, "test")


@pytest.fixture
async def house(pool: Pool) -> House:
    for company in ("DEMO", "OTHER"):
        await pool.execute("INSERT INTO store_config.companies VALUES ($1, $1)", company)
    return House(pool)


NEW = (
    "store,S001,渋谷店,,,,,,",
    "register,S001,レジ1,R1,,,,,",
    "register,S001,レジ2,R2,R1,,,,",
    "terminal,S001,,,,T1,CT6100-1,192.168.0.20,9000",
)


async def test_a_dry_run_changes_nothing_and_the_same_file_then_does_it_all(
    house: House, pool: Pool
) -> None:
    tried = await house.take(*NEW, dry_run=True)
    assert (tried.applied, tried.added, tried.bad) == (False, 4, ())
    assert await house.stores.everything() == ()
    done = await house.take(*NEW)
    assert (done.applied, done.added, house.poked) == (True, 4, 1)
    store = (await house.stores.everything())[0]
    assert (store.version, store.name, store.terminal_option) == (1, "渋谷店", False)
    assert [one.main_register for one in store.registers] == [None, "R1"]
    assert store.terminals[0].serial == "CT6100-1"
    again = await house.take(*NEW)
    assert (again.same, again.added, house.poked) == (4, 0, 1)
    actions = await pool.fetch("SELECT action, store FROM store_config.audit")
    assert [tuple(row) for row in actions] == [("place_imported", "S001")]
    exported = await house.handlers.export_places(Call(actor=ADMIN, body=ExportPlaces()))
    assert "S001,渋谷店" in decode(bytes(exported.body), PlacesCsv, "test").csv


async def test_one_wrong_line_and_nothing_is_written(house: House) -> None:
    refused = await house.take(*NEW, "terminal,S001,,,,T2,CT6100-1,192.168.0.21,9000")
    assert (refused.applied, len(refused.bad)) == (False, 1)
    assert await house.stores.everything() == ()


async def test_a_device_is_exchanged_in_its_place_but_not_while_it_works(house: House) -> None:
    await house.take(*NEW)
    exchange = "terminal,S001,,,,T1,CT6100-2,192.168.0.20,9000"
    house.gateways.working["DEMO", "S001", "T1"] = OPERATION
    refused = await house.take(exchange)
    assert [one.code for one in refused.bad] == ["terminal_busy"]
    assert (await house.stores.everything())[0].terminals[0].serial == "CT6100-1"
    house.gateways.working.clear()
    assert (await house.take(exchange)).applied
    store = (await house.stores.everything())[0]
    assert (store.version, store.terminals[0].serial) == (2, "CT6100-2")
