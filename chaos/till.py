"""One register and its cashier: rings up, takes money in every way, and loses patience.

What it was told is remembered: an answer that the record knows nothing of later is a finding.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct, field

from chaos.door import Answer, Door, NoAnswerError
from servicekit.clock import Clock

DOUBTS: Final = frozenset({"in_doubt", "refund_in_doubt"})
OPEN_STATES: Final = DOUBTS | {"requested", "in_progress", "refunding"}
LOOK_S: Final = (0.1, 0.15, 0.2, 0.3)
"""How often the register looks at its sale; the last pause goes on."""

TERMINAL_AWAY_S: Final = 6.0
"""A terminal out of reach for so long: the customer is asked for cash."""

WAIT_MAX_S: Final = 120.0
"""No payment takes that long: the till tells and leaves the sale as it is."""

PARTS_MAX: Final = 3
"""A customer who splits does not split for ever."""

ROUNDS_MAX: Final = 14
"""Attempts to get one sale paid before it is left alone."""


class Told(Struct, kw_only=True):
    """What one till was told about one sale of its own."""

    sale: str
    total: int
    asked: set[int] = field(default_factory=set[int])
    """The numbers of all tenders that were accepted."""
    money: dict[int, int] = field(default_factory=dict[int, int])
    """Cash and vouchers that were taken, by the tender's number. What stands for a doubt is not
    among them: it gives way."""
    closed: bool = False
    voids: bool = False
    """A customer came back, and it was to be voided with its money back."""
    parked: bool = False
    """It was left as it was for the next customer."""


class Habits(Struct, frozen=True, kw_only=True):
    """How often a cashier does what: chances, from 0 to 1."""

    cash: float = 0.08
    other: float = 0.04
    part: float = 0.18
    cancel: float = 0.06
    disconnect: float = 0.08
    walk_away: float = 0.03
    abandon: float = 0.02
    acknowledge: float = 0.5
    release: float = 0.6
    override: float = 0.3
    resume: float = 0.5
    take_back: float = 0.06
    come_back: float = 0.15


class Till:
    """One register; `told` is what it knows at the end."""

    def __init__(
        self,
        door: Door,
        *,
        store: str,
        register: str,
        clock: Clock,
        rng: random.Random,
        manager: Mapping[str, str],
        habits: Habits | None = None,
    ) -> None:
        """`manager` confirms an override: `operator_code` and `password`."""
        self.told: list[Told] = []
        self.refusals: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._door = door
        self._place = {"store": store, "register": register}
        self._clock = clock
        self._rng = rng
        self._manager = manager
        self._habits = habits or Habits()

    async def sell(self, is_open: Callable[[], bool]) -> None:
        """Sell until the shop closes; the last sale is finished."""
        while is_open():
            try:
                await self._sale()
            except NoAnswerError as error:
                self.complaints.append(str(error))

    async def _sale(self) -> None:
        told = next((one for one in self.told if one.parked), None)
        if told is not None and self._happens(self._habits.resume):
            sale = await self._take_up(told)
        else:
            told, sale = await self._ring_up()
        if told is None or sale is None:
            return
        for _ in range(ROUNDS_MAX):
            if sale["state"] in {"open", "paid"} and self._happens(self._habits.take_back):
                await self._take_off(sale)
                sale = await self._read(sale["id"])
            if sale["state"] != "open":
                break
            if self._happens(self._habits.walk_away):
                told.parked = True
                return
            if not sale["tenders"] and self._happens(self._habits.abandon):
                await self._post(f"/sales/{sale['id']}/abandon", {})
                return
            await self._next_step(sale)
            sale = await self._read(sale["id"])
        if sale["state"] == "paid":
            answer = await self._post(f"/sales/{sale['id']}/close", {})
            told.closed = answer.status == HTTPStatus.OK
            if told.closed and self._happens(self._habits.come_back):
                told.voids = True
                await self._undo(sale["id"])

    async def _take_off(self, sale: Any) -> None:
        """× on one terminal tender of a sale that is not closed yet."""
        held = _held(sale)
        if held:
            await self._give_back(sale["id"], self._rng.choice(held)["number"], {})

    async def _undo(self, sale: str) -> None:
        """Give everything back; the last refund voids the sale (伝票取消), and so does a hand."""
        for tender in _held(await self._read(sale)):
            await self._give_back(sale, tender["number"], {"void": True})
        now = await self._read(sale)
        if now["state"] == "closed" and not _held(now):
            await self._post(f"/sales/{sale}/void", {})

    async def _give_back(self, sale: str, number: int, body: Mapping[str, object]) -> None:
        path = f"/sales/{sale}/tenders/{number}"
        answer = await self._post(f"{path}/refund", body, patience_s=TERMINAL_AWAY_S)
        if answer.status != HTTPStatus.ACCEPTED:
            return
        if self._happens(self._habits.disconnect):
            await asyncio.sleep(self._rng.random() * 0.8)
            await self._post(f"{path}/disconnect", {}, patience_s=TERMINAL_AWAY_S)
        ended = await self._until_ended(sale, number)
        if ended is not None and ended["state"] == "refunded":
            await self._post(f"{path}/acknowledge", {})

    async def _take_up(self, told: Told) -> Any:
        """Take up again what was parked (保留)."""
        told.parked = False
        await self._post(f"/sales/{told.sale}/resume", {})
        return await self._read(told.sale)

    async def _ring_up(self) -> tuple[Told | None, Any]:
        prices = [self._rng.randint(80, 3_000) for _ in range(self._rng.randint(1, 3))]
        lines = [
            {"name": f"品{price}", "quantity": 1, "unit_price": price, "tax_rate": 10}
            for price in prices
        ]
        answer = await self._post("/sales", self._place | {"lines": lines})
        if answer.status != HTTPStatus.CREATED:
            self.complaints.append(f"a sale was refused: {answer.body}")
            await asyncio.sleep(1.0)
            return None, None
        told = Told(sale=answer.body["id"], total=sum(prices))
        self.told.append(told)
        return told, answer.body

    async def _next_step(self, sale: Any) -> None:
        """Do one thing towards the sale's end."""
        waiting = [one for one in sale["tenders"] if one["state"] in OPEN_STATES]
        held = [one for one in waiting if "released_by" not in one]
        if held:
            await self._sit_out(sale, held[0])
            return
        released = next((one for one in waiting if one["state"] == "in_doubt"), None)
        if sale["balance"] <= 0:
            await asyncio.sleep(LOOK_S[-1])
            return
        amount = sale["balance"]
        if self._happens(self._habits.part) and amount > 1 and len(sale["tenders"]) < PARTS_MAX:
            amount = self._rng.randint(1, amount - 1)
        if released is not None and self._happens(0.5):
            amount = min(amount, released["amount"])
            extra = {"kind": "商品券", "note": "結果待ち", "stands_for": released["number"]}
            await self._tender(sale, {"method": "other", "amount": amount, **extra})
        elif self._happens(self._habits.cash):
            received = amount + self._rng.choice((0, 0, 10, 500))
            await self._tender(sale, {"method": "cash", "amount": amount, "received": received})
        elif self._happens(self._habits.other):
            await self._tender(sale, {"method": "other", "amount": amount, "kind": "商品券"})
        else:
            await self._by_terminal(sale, amount)

    async def _by_terminal(self, sale: Any, amount: int, **override: object) -> None:
        body = {"method": "terminal", "amount": amount} | override
        answer = await self._tender(sale, body, patience_s=TERMINAL_AWAY_S)
        if answer.status == HTTPStatus.ACCEPTED:
            await self._gesture(sale, answer.body["number"])
        elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE and self._happens(0.5):
            cash = {"method": "cash", "amount": amount, "received": amount}
            await self._tender(sale, cash)
        elif answer.status >= HTTPStatus.BAD_REQUEST:
            await asyncio.sleep(0.5 + self._rng.random())

    async def _gesture(self, sale: Any, number: int) -> None:
        """取消を依頼, 切断する, or patience; then wait for the end."""
        path = f"/sales/{sale['id']}/tenders/{number}"
        dice = self._rng.random()
        if dice < self._habits.cancel + self._habits.disconnect:
            await asyncio.sleep(self._rng.random() * 0.8)
            verb = "cancel" if dice < self._habits.cancel else "disconnect"
            await self._post(f"{path}/{verb}", {}, patience_s=TERMINAL_AWAY_S)
        ended = await self._until_ended(sale["id"], number)
        approved = ended is not None and ended["state"] == "approved"
        if approved and self._happens(self._habits.acknowledge):
            await self._post(f"{path}/acknowledge", {})

    async def _until_ended(self, sale: str, number: int) -> Any:
        """Return the tender once it has ended; None when the cashier's patience has."""
        began = self._clock.monotonic()
        patience_s = 1.0 + self._rng.random() * 12.0
        looks = 0
        while True:
            await asyncio.sleep(LOOK_S[min(looks, len(LOOK_S) - 1)])
            looks += 1
            tenders = (await self._read(sale))["tenders"]
            found = next((one for one in tenders if one["number"] == number), None)
            if found is None or found["state"] not in OPEN_STATES:
                return found
            waited_s = self._clock.monotonic() - began
            if found["state"] in DOUBTS and waited_s > patience_s:
                return None
            if waited_s > WAIT_MAX_S:
                self.complaints.append(f"{sale} tender {number} is {found['state']} for ever")
                return None

    async def _sit_out(self, sale: Any, tender: Any) -> None:
        """Something is under way or in doubt: let it go, or wait."""
        if tender["state"] in DOUBTS and self._happens(self._habits.release):
            await self._post(f"/sales/{sale['id']}/tenders/{tender['number']}/release", {})
            return
        in_doubt = tender["state"] == "in_doubt" and sale["balance"] > 0
        if in_doubt and self._happens(self._habits.override):
            await self._by_terminal(sale, sale["balance"], authorised_by=self._manager)
            return
        await self._until_ended(sale["id"], tender["number"])

    # --- the door ---

    async def _tender(
        self, sale: Any, body: Mapping[str, object], *, patience_s: float | None = None
    ) -> Answer:
        path = f"/sales/{sale['id']}/tenders"
        answer = await self._post(path, body, patience_s=patience_s)
        if answer.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            told = answer.body
            kept = next(one for one in self.told if one.sale == sale["id"])
            kept.asked.add(told["number"])
            if told["method"] != "terminal" and "stands_for" not in body:
                kept.money[told["number"]] = told["amount"]
        return answer

    async def _post(self, path: str, body: object, *, patience_s: float | None = None) -> Answer:
        answer = await self._door.post(path, body, patience_s=patience_s)
        if answer.code:
            self.refusals[answer.code] += 1
        return answer

    async def _read(self, sale: str) -> Any:
        answer = await self._door.get(f"/sales/{sale}")
        if answer.status != HTTPStatus.OK:
            raise NoAnswerError(f"{sale} cannot be read: {answer.status} {answer.body}")
        return answer.body

    def _happens(self, chance: float) -> bool:
        return self._rng.random() < chance


def _held(sale: Any) -> list[Any]:
    """Return the tenders whose money a terminal has."""
    return [
        one for one in sale["tenders"] if one["method"] == "terminal" and one["state"] == "approved"
    ]
