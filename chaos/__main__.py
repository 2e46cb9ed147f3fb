"""`make chaos`: real processes under load, harmed at random; at the end every yen is looked for.

`CHAOS_SECONDS` (300) and `CHAOS_SEED` (drawn, and told) choose the run. It ends with exit code 1
when money is lost, doubled, invented or left in doubt, and keeps all logs then; `CHAOS_KEEP=1`
keeps them in any case.
"""

import asyncio
import json
import os
import platform
import random
import shutil
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop

from chaos import books, matching, money_back
from chaos.door import Door
from chaos.hands import Hands
from chaos.harm import after_healing_s
from chaos.report import FULL_S, Report, slowest, table
from chaos.scripts import RECIPES
from chaos.stage import COMPANY, STORES, Stage
from chaos.till import OPEN_STATES, Till
from servicekit.clock import SystemClock
from supervisor.demo import OPERATORS
from supervisor.postgres_home import forget_home

REGISTERS: Final = 20
"""In each of the two stores."""

LINKED_S: Final = 30.0
FINISH_S: Final = 150.0
"""Every till has finished its last sale by then, or it waits in vain."""

QUIET_S: Final = 90.0
"""After healing: nothing is in doubt by then, and every event is in the stream. The bound of the
whole; how long it took is measured."""

LOOK_S: Final = 0.5


def say(text: str = "") -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Books(NamedTuple):
    """All that is known at the end."""

    sales: list[matching.Sold]
    heard: list[books.Heard]
    journals: books.Journals


class Run:
    """One run of chaos."""

    def __init__(self, folder: Path, seed: int, seconds: float) -> None:
        self._seed = seed
        self._seconds = seconds
        self._clock = SystemClock()
        self._folder = folder
        self.stage = Stage(folder / "data", registers=REGISTERS, rng=self._dice("stage"))
        self._tills: list[Till] = []
        self._closed = False

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}/{name}")  # noqa: S311 - chaos, not a secret

    async def go(self) -> Report:
        """Sell, harm, heal, and look for every yen."""
        async with self.stage.running() as stage:
            cashier = next(one for one in OPERATORS if one.role == "cashier")
            door = Door(stage.system.api, cashier, self._clock, self._dice("door"))
            async with door.opened():
                await self._until_linked(door)
                scripted = await stage.terminals.known_faults(next(iter(stage.links)))
                known = tuple(one for one in scripted if one in RECIPES)
                hands = Hands(stage, self._clock, self._seed, known)
                await self._trade(door, hands)
                say("healed; waiting until nothing is open or in doubt")
                await self._until_settled(door)
                sales, heard = await self._until_told(door)
        journals = books.read_journals(stage.journals)
        books_at_end = Books(sales=sales, heard=heard, journals=journals)
        return self._report(hands, set(scripted) - set(known), books_at_end, door.retried)

    async def _trade(self, door: Door, hands: Hands) -> None:
        manager = next(one for one in OPERATORS if one.role == "manager")
        self._tills = [
            Till(
                door,
                store=store,
                register=register,
                clock=self._clock,
                rng=self._dice(f"till/{store}/{register}"),
                manager={"operator_code": manager.operator_code, "password": manager.password},
            )
            for store, register in self.stage.registers()
        ]
        stop = asyncio.Event()
        selling = [asyncio.create_task(one.sell(lambda: not self._closed)) for one in self._tills]
        harming = asyncio.create_task(hands.work(stop))
        asyncio.get_running_loop().call_later(self._seconds, stop.set)
        telling = asyncio.create_task(self._tell(hands))
        try:
            await harming
            await self.stage.heal()
            self._closed = True
            _, waiting = await asyncio.wait(selling, timeout=FINISH_S)
            say(f"{len(waiting)} tills wait in vain" if waiting else "every till is done")
        finally:
            for task in (telling, harming, *selling):
                task.cancel()
        for task in selling:
            if not task.cancelled():
                task.result()

    async def _tell(self, hands: Hands) -> None:
        began = self._clock.monotonic()
        while True:
            await asyncio.sleep(15.0)
            passed_s = self._clock.monotonic() - began
            sales = sum(len(till.told) for till in self._tills)
            say(f"{passed_s:5.0f} s  {sales:5d} sales  {len(hands.harms):4d} faults")

    async def _until_linked(self, door: Door) -> None:
        async with asyncio.timeout(LINKED_S):
            for store, register in self.stage.registers():
                path = f"/stores/{store}/terminals/T{register.removeprefix('R')}"
                while (await door.get(path)).body.get("link") != "connected":  # noqa: ASYNC110 - asked over HTTP
                    await asyncio.sleep(LOOK_S)

    async def _until_settled(self, door: Door) -> None:
        """Wait until no tender is open; what still is at the bound becomes a finding."""
        open_sales = [told.sale for till in self._tills for told in till.told]
        deadline = self._clock.monotonic() + QUIET_S
        while open_sales and self._clock.monotonic() < deadline:
            still: list[str] = []
            for sale in open_sales:
                answer = await door.get(f"/sales/{sale}")
                if answer.status == HTTPStatus.OK and _is_open(answer.body):
                    still.append(sale)
            open_sales = still
            await asyncio.sleep(LOOK_S)

    async def _until_told(self, door: Door) -> tuple[list[matching.Sold], list[books.Heard]]:
        """Return all sales and events, once the stream has every event or never will."""
        deadline = self._clock.monotonic() + QUIET_S
        nats_url = self.stage.system.endpoints().nats
        while True:
            told = await books.read_sales(door, STORES)
            (self._folder / "sales.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))
            sales = [books.sold(one) for one in told]
            heard = await books.read_events(nats_url, COMPANY, STORES)
            gaps = matching.check_sequences(_sequences(heard), sales)
            if not gaps or self._clock.monotonic() > deadline:
                return sales, heard
            await asyncio.sleep(LOOK_S)

    def _report(self, hands: Hands, unknown: set[str], found: Books, retried: int) -> Report:
        sales, heard, journals = found
        told = [told for till in self._tills for told in till.told]
        promises = [
            matching.Promise(
                sale=one.sale,
                asked=frozenset(one.asked),
                money=one.money,
                closed=one.closed,
                voids=one.voids,
            )
            for one in told
        ]
        matched = money_back.match_all(journals.charges, journals.backs, sales)
        findings = [
            *matching.check_sums(sales),
            *matching.check_cases(journals.charges, sales),
            *matching.check_promises(promises, sales),
            *matching.check_sequences(_sequences(heard), sales),
            *matching.check_bookings(journals.booked, (*journals.charges, *journals.backs)),
        ]
        for serial, numbers in journals.numbers.items():
            findings += matching.check_journal(serial, numbers)
        doubts = books.doubts(heard)
        waited = [
            (one, wait) for one in doubts if (wait := after_healing_s(one, hands.harms)) is not None
        ]
        return Report(
            seed=self._seed,
            seconds=self._seconds,
            machine=f"{os.cpu_count()} cores, Python {platform.python_version()}",
            faults=hands.counted(),
            unknown_faults=tuple(sorted(unknown)),
            matched=matched.joined(findings),
            ends=journals.states,
            sales=len(sales),
            refunds=len(journals.backs),
            voided=sum(sale.state == "voided" for sale in sales),
            cash_and_other=sum(len(one.money) for one in told),
            retried=retried,
            refusals=_sum(till.refusals for till in self._tills),
            doubts=len(doubts),
            waited_s=tuple(wait for _, wait in waited),
            slowest=slowest(waited, hands.harms),
            harms=tuple(hands.harms),
            complaints=tuple(one for till in self._tills for one in till.complaints),
        )


def _is_open(sale: Any) -> bool:
    """Whether something will still happen by itself: not where people have to decide."""
    for_people = {one["tender"] for one in sale["cases"] if one["state"] == "open"}
    return any(
        one["state"] in OPEN_STATES
        and one["number"] not in for_people
        and not (one["state"] == "in_doubt" and one.get("doubt", {}).get("presumed"))
        and not (one["state"] == "refund_in_doubt" and one.get("reason") == "incomplete")
        for one in sale["tenders"]
    )


def _sequences(heard: list[books.Heard]) -> list[tuple[str, int]]:
    return [(one.sale_id, one.sequence) for one in heard]


def _sum(counters: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for counter in counters:
        for name, count in counter.items():
            total[name] = total.get(name, 0) + count
    return total


def main() -> int:
    """Run in a folder of our own that PostgreSQL's user may enter."""
    seconds = float(os.environ.get("CHAOS_SECONDS") or FULL_S)  # noqa: TID251 - this program's own
    drawn = random.SystemRandom().randrange(1_000_000)
    seed = int(os.environ.get("CHAOS_SEED") or drawn)  # noqa: TID251 - this program's own
    say(f"CHAOS_SEED={seed} CHAOS_SECONDS={seconds:.0f}")
    folder = Path(tempfile.mkdtemp(prefix="renkei-chaos-"))
    folder.chmod(0o711)
    run = Run(folder, seed, seconds)
    good, keep = False, bool(os.environ.get("CHAOS_KEEP"))  # noqa: TID251 - the same
    try:
        report = uvloop.run(run.go())
        report.write()
        say(table(report.rows()))
        failures = report.failures()
        for failure in failures:
            say(f"FAILED  {failure}")
        good = not failures
    finally:
        if good and not keep:
            forget_home(run.stage.data_dir)
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"logs in {run.stage.log}, data in {run.stage.data_dir}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
