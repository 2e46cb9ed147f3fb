"""Both books at the end: the terminals' journals from their disk, the sales from their record.

The journals are read from the simulator's SQLite file itself, not through its API. It commits with
`synchronous=FULL` before anything that follows from an entry is done (`ct6100_simulator.sqlite`,
`.runner`): what is in the file was charged, and what was charged is in the file.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chaos.door import Door
from chaos.harm import CENTRE, Doubt
from chaos.matching import Case, Charge, Part, Sold
from chaos.money_back import Back
from testkit import operations

PAGE: Final = 200
BATCH: Final = 500
NOTHING_LEFT_S: Final = 2.0
SALE_EVENTS: Final = "SALES"


class Journals(Struct, frozen=True, kw_only=True):
    """All that the terminals' disk holds."""

    charges: tuple[Charge, ...]
    backs: tuple[Back, ...]
    numbers: dict[str, list[int]]
    """Of every entry of a terminal, by serial."""
    booked: tuple[tuple[str, int], ...]
    """What the acquirer approved: serial and number."""
    states: dict[str, int]
    """How many payments ended how."""


class HeardDoubt(Struct, frozen=True, kw_only=True):
    """Why a tender is in doubt. `presumed`: by 処理未了, which no healing of ours ends."""

    presumed: str | None = None


class HeardTender(Struct, frozen=True, kw_only=True):
    """A tender in an event."""

    number: int
    state: str
    terminal: str = ""
    doubt: HeardDoubt | None = None


class HeardSale(Struct, frozen=True, kw_only=True):
    """The sale in an event."""

    store: str
    tenders: tuple[HeardTender, ...]


class Heard(Struct, frozen=True, kw_only=True):
    """What chaos reads of an event of a sale."""

    company: str
    sale_id: str
    sequence: int
    at: datetime
    sale: HeardSale


class _Booking(Struct, frozen=True, kw_only=True):
    outcome: str


class _Entry(Struct, frozen=True, kw_only=True):
    voids: str | None = None


def read_journals(file: Path) -> Journals:
    """Read the disk of all terminals."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as disk:
        rows = disk.execute(
            "SELECT serial, number, terminal_business_date, slip_number, operation_id, amount,"
            " state, kind, entry FROM journal ORDER BY serial, number"
        ).fetchall()
        booked = disk.execute("SELECT serial, number, booking FROM bookings").fetchall()
    numbers: dict[str, list[int]] = {}
    states: dict[str, int] = {}
    for serial, number, *_, state, kind, _ in rows:
        numbers.setdefault(serial, []).append(number)
        how = state if kind == "payment" else f"given back: {state}"
        states[how] = states.get(how, 0) + 1
    return Journals(
        charges=tuple(
            Charge(
                serial=serial,
                number=number,
                business_date=day,
                slip_number=slip,
                operation_id=operation,
                amount=amount,
                incomplete=state == "incomplete",
            )
            for serial, number, day, slip, operation, amount, state, kind, _ in rows
            if state == "incomplete" or (state, kind) == ("approved", "payment")
        ),
        backs=tuple(
            Back(
                serial=serial,
                number=number,
                slip_number=slip,
                operation_id=operation,
                amount=amount,
                voids=msgspec.json.decode(entry, type=_Entry).voids or "",
            )
            for serial, number, _, slip, operation, amount, state, kind, entry in rows
            if state == "approved" and kind != "payment"
        ),
        numbers=numbers,
        booked=tuple(
            (serial, number)
            for serial, number, booking in booked
            if msgspec.json.decode(booking, type=_Booking).outcome == "approved"
        ),
        states=states,
    )


async def read_sales(door: Door, stores: Iterable[str]) -> list[Any]:
    """Read every sale of these stores over the API, as it tells them."""
    sales: list[Any] = []
    for store in stores:
        after = ""
        while True:
            answer = await door.get(f"/sales?store={store}&limit={PAGE}{after}")
            assert answer.status == HTTPStatus.OK, answer
            sales += answer.body["sales"]
            if answer.body["next"] is None:
                break
            after = f"&after={answer.body['next']}"
    return sales


def sold(told: Any) -> Sold:
    """Return a sale as the API tells it."""
    return Sold(
        id=told["id"],
        state=told["state"],
        total=told["total"],
        paid=told["paid"],
        pending=told["pending"],
        balance=told["balance"],
        sequence=told["sequence"],
        parts=tuple(
            Part(
                sale=told["id"],
                number=one["number"],
                method=one["method"],
                amount=one["amount"],
                state=one["state"],
                counted=one["counted"],
                operations=tuple(each["id"] for each in one.get("operations", ())),
                refunded_by=one.get("refunded_by"),
            )
            for one in told["tenders"]
        ),
        cases=tuple(_case(one) for one in told["cases"] if one["state"] == "open"),
    )


def _case(told: Any) -> Case:
    evidence = told["evidence"]
    operations = (evidence.get("operation"), evidence.get("echoed_operation"))
    return Case(
        id=told["id"],
        kind=told["kind"],
        sale=told["sale"],
        tender=told["tender"],
        claims=evidence.get("outcome") == "approved" and "stand_in" not in evidence,
        operations=frozenset(str(one) for one in operations if one),
        serial=evidence.get("serial") or None,
        slip_number=evidence.get("slip_number") or None,
        business_date=evidence.get("terminal_business_date") or None,
    )


async def read_events(nats_url: str, company: str, stores: Sequence[str]) -> list[Heard]:
    """Read every event of these stores' sales, in the order of the stream."""
    bus = await operations.connect(nats_url)
    stream = bus.jetstream()  # pyright: ignore[reportUnknownMemberType]  # **opts
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    reader = await stream.pull_subscribe(
        f"evt.{company}.*.sale.>", stream=SALE_EVENTS, config=config
    )
    heard: list[Heard] = []
    with contextlib.suppress(TimeoutError):
        while batch := await reader.fetch(BATCH, timeout=NOTHING_LEFT_S):
            heard += [msgspec.json.decode(one.data, type=Heard) for one in batch]
    await bus.close()
    return [one for one in heard if one.sale.store in stores]


def doubts(heard: Iterable[Heard]) -> list[Doubt]:
    """Return every doubt that has ended, but for 処理未了: the customer's card ends that."""
    began: dict[str, datetime] = {}
    broken_off: set[str] = set()
    ended: list[Doubt] = []
    for event in sorted(heard, key=lambda one: (one.sale_id, one.sequence)):
        for tender in event.sale.tenders:
            key = f"{event.sale_id}/{tender.number}"
            if tender.doubt is not None and tender.doubt.presumed is not None:
                broken_off.add(key)
            if tender.state == "in_doubt":
                began.setdefault(key, event.at)
            elif key in began:
                store = event.sale.store
                scopes = {CENTRE, store, f"CT6100-{store}-{tender.terminal}"}
                since = began.pop(key)
                ended.append(
                    Doubt(tender=key, began=since, ended=event.at, scopes=frozenset(scopes))
                )
    return [one for one in ended if one.tender not in broken_off]
