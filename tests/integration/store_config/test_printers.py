"""Receipt printers at the edge, and those of the demo chain over restarts, on real servers."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec

from contracts import streams, subjects
from contracts.envelope import Actor, Answer, Call, Role
from contracts.stores import (
    AssignPrinter,
    ListPrinters,
    PrinterEntry,
    PrinterList,
    PutPrinter,
    RegisterEntryView,
    RemovePrinter,
    StoreConfiguration,
)
from messaging.bucket import Bucket
from messaging.bus import Bus
from store_config.seed_printers import ISSUERS, SeedPrinter
from store_config.wiring import StoreConfigService

Start = Callable[..., Awaitable[StoreConfigService]]

MANAGER = Actor(company="DEMO", operator="manager", role=Role.MANAGER)


def a_seed(port: int) -> SeedPrinter:
    return SeedPrinter(
        company="DEMO", store="S001", printer="P1", host="127.0.0.1", port=port, register="R1"
    )


async def call(bus: Bus, body: msgspec.Struct, actor: Actor = MANAGER) -> Answer:
    verb = str(body.__struct_config__.tag)
    subject = subjects.service("store_config", verb)
    asked = Call(actor=actor, body=body)
    answer: Answer = await bus.request(subject, asked, Answer, timeout_s=10)
    return answer


async def shown(bus: Bus, version: int) -> StoreConfiguration:
    bucket = Bucket(bus, streams.STORE_CONFIG, StoreConfiguration)
    async with asyncio.timeout(10):
        while True:
            found = await bucket.get(streams.store_key("DEMO", "S001"))
            if found is not None and found[0].version >= version:
                return found[0]
            await asyncio.sleep(0.01)


async def test_a_printer_is_at_the_edge_with_the_register_that_prints_there(
    start: Start, bus: Bus
) -> None:
    await start()
    entry = PrinterEntry(printer="P7", host="192.168.0.9")
    assert (await call(bus, PutPrinter(store="S001", printer=entry))).outcome == "ok"
    asked = AssignPrinter(store="S001", register="R2", printer="P7")
    view = msgspec.json.decode((await call(bus, asked)).body, type=RegisterEntryView)
    assert (view.register, view.printer) == ("R2", "P7")
    document = await shown(bus, 3)
    assert document.printers == (entry,)
    assert [each.printer for each in document.registers] == [None, "P7"]
    answer = await call(bus, ListPrinters(store="S001"))
    assert msgspec.json.decode(answer.body, type=PrinterList).printers == (entry,)
    removed = await call(bus, RemovePrinter(store="S001", printer="P7"))
    assert (removed.outcome, bytes(removed.body)) == ("ok", b"null")
    document = await shown(bus, 4)
    assert (document.printers, document.registers[1].printer) == ((), None)


async def test_another_companys_people_see_and_move_no_printer(start: Start, bus: Bus) -> None:
    await start(printers=(a_seed(9_101),))
    stranger = Actor(company="OTHER", operator="admin", role=Role.ADMIN)
    entry = PrinterEntry(printer="P1", host="192.168.0.9")
    for body in (
        ListPrinters(store="S001"),
        PutPrinter(store="S001", printer=entry),
        RemovePrinter(store="S001", printer="P1"),
        AssignPrinter(store="S001", register="R1", printer=None),
    ):
        assert (await call(bus, body, stranger)).outcome == "unknown_store"
    assert (await shown(bus, 2)).version == 2


async def test_the_demo_has_its_printers_and_issuer_and_follows_a_port_that_moved(
    start: Start, bus: Bus, database: str
) -> None:
    await (await start()).drain()  # a folder from before there were printers
    await (await start(printers=(a_seed(9_101),))).drain()
    seeded = await shown(bus, 2)
    assert [(each.printer, each.port, each.columns) for each in seeded.printers] == [
        ("P1", 9_101, 48)
    ]
    assert [each.printer for each in seeded.registers] == ["P1", None]
    assert seeded.settings.issuer == ISSUERS["DEMO"]
    await (await start(printers=(a_seed(9_102),))).drain()
    moved = await shown(bus, 3)
    assert [each.port for each in moved.printers] == [9_102]
    await (await start(printers=(a_seed(9_102),))).drain()
    assert (await shown(bus, 3)).version == 3
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT action, operator FROM store_config.audit ORDER BY id")
    await connection.close()
    assert [tuple(row) for row in rows] == [("printers_seeded", "seed"), ("printer_moved", "seed")]


async def test_what_people_did_to_the_demos_printers_stays(start: Start, bus: Bus) -> None:
    first = await start(printers=(a_seed(9_101),))
    real = PrinterEntry(printer="P1", host="192.168.0.9")
    await call(bus, PutPrinter(store="S001", printer=real))
    await shown(bus, 3)
    await first.drain()
    second = await start(printers=(a_seed(9_102),))
    assert (await shown(bus, 3)).printers == (real,)
    await call(bus, RemovePrinter(store="S001", printer="P1"))
    await shown(bus, 4)
    await second.drain()
    await start(printers=(a_seed(9_103),))
    standing = await shown(bus, 4)
    assert (standing.version, standing.printers) == (4, ())
