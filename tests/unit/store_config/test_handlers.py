import msgspec
import pytest

from contracts.envelope import Actor, Answer, Call, Idempotency, Refusal, Role
from contracts.stores import (
    ChangeStore,
    ListRegisters,
    ListStores,
    ListTerminals,
    PairTerminal,
    ReadStore,
    RegisterEntry,
    RegisterEntryView,
    RegisterList,
    StoreConfiguration,
    StoreList,
    StoreSettings,
    StoreView,
    TerminalEntry,
    TerminalList,
    UnpairTerminal,
)
from store_config.handlers import StoreHandlers
from store_config.keeping import Keeping
from store_config.memory import MemoryGateways, MemoryStores
from store_config.model import AuditEntry, Change, KeptAnswer
from store_config.ports import Outdated
from testkit.clock import FakeClock

OPERATION = "00000000-0000-7000-8000-000000000001"


def a_store(company: str, store: str) -> StoreConfiguration:
    return StoreConfiguration(
        company=company,
        store=store,
        name="渋谷店",
        version=1,
        terminal_option=True,
        registers=(
            RegisterEntry(register="R1", name="レジ1"),
            RegisterEntry(register="R2", name="レジ2"),
        ),
        terminals=tuple(
            TerminalEntry(
                terminal=terminal,
                model="CT-6100",
                serial=f"CT6100-{store}-{terminal}",
                host="127.0.0.1",
                port=9001,
                paired_register=holder,
            )
            for terminal, holder in (("T1", "R1"), ("T2", None))
        ),
        settings=StoreSettings(),
    )


class House:
    """The handlers over twins, and what they left behind."""

    def __init__(self, stores: MemoryStores | None = None) -> None:
        self.stores = stores or MemoryStores(
            (a_store("DEMO", "S001"), a_store("DEMO", "S002"), a_store("OTHER", "S901"))
        )
        self.gateways = MemoryGateways()
        self.clock = FakeClock()
        self.pokes = 0
        self.handlers = StoreHandlers(
            self.stores,
            self.gateways,
            Keeping(self.stores, self.clock),
            self.clock,
            self._poke,
        )

    def _poke(self) -> None:
        self.pokes += 1


MANAGER = Actor(company="DEMO", operator="manager", role=Role.MANAGER)
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
PAIR = PairTerminal(store="S001", register="R2", model="CT-6100", terminal="T2")


def key(name: str, fingerprint: str = "a") -> Idempotency:
    return Idempotency(key=name, fingerprint=fingerprint * 64)


def refused(answer: Answer) -> Refusal:
    refusal = msgspec.json.decode(answer.body, type=Refusal)
    assert refusal.code == answer.outcome
    return refusal


async def test_a_pairing_is_written_audited_and_published() -> None:
    house = House()
    answer = await house.handlers.pair_terminal(Call(actor=MANAGER, body=PAIR))
    assert answer.outcome == "ok"
    view = msgspec.json.decode(answer.body, type=RegisterEntryView)
    assert (view.register, view.model, view.terminal) == ("R2", "CT-6100", "T2")
    assert house.pokes == 1
    (entry,) = house.stores.audit
    assert (entry.operator, entry.role, entry.action) == ("manager", "manager", "terminal_paired")
    assert (entry.before, entry.after) == ({"register.R2": None}, {"register.R2": "T2"})


async def test_a_pairing_that_stands_already_is_answered_and_nothing_is_written() -> None:
    house = House()
    body = PairTerminal(store="S001", register="R1", model="CT-6100", terminal="T1")
    answer = await house.handlers.pair_terminal(Call(actor=MANAGER, body=body))
    assert answer.outcome == "ok"
    assert (house.pokes, house.stores.audit) == (0, [])


async def test_a_terminal_at_work_is_not_taken_away() -> None:
    house = House()
    house.gateways.working[("DEMO", "S001", "T1")] = OPERATION
    body = PairTerminal(store="S001", register="R1", model="CT-6100", terminal="T2")
    answer = await house.handlers.pair_terminal(Call(actor=MANAGER, body=body))
    assert refused(answer).fields == {"terminal": "T1", "operation": OPERATION}
    unpair = UnpairTerminal(store="S001", register="R1")
    answer = await house.handlers.unpair_terminal(Call(actor=MANAGER, body=unpair))
    assert answer.outcome == "terminal_busy"


async def test_another_companys_store_is_not_there() -> None:
    house = House()
    other = msgspec.structs.replace(PAIR, store="S901")
    for answer in (
        await house.handlers.pair_terminal(Call(actor=MANAGER, body=other)),
        await house.handlers.read_store(Call(actor=MANAGER, body=ReadStore(store="S901"))),
        await house.handlers.read_store(
            Call(actor=MANAGER, body=ReadStore(store="S901", company="OTHER"))
        ),
        await house.handlers.list_registers(Call(actor=MANAGER, body=ListRegisters(store="S901"))),
        await house.handlers.list_terminals(Call(actor=MANAGER, body=ListTerminals(store="S901"))),
        await house.handlers.change_store(
            Call(actor=MANAGER, body=ChangeStore(store="S901", company="OTHER"))
        ),
    ):
        assert refused(answer).fields == {"store": "S901"}
        assert answer.outcome == "unknown_store"


async def test_a_store_that_is_not_the_managers_is_not_there() -> None:
    house = House()
    actor = msgspec.structs.replace(MANAGER, stores=("S002",))
    answer = await house.handlers.pair_terminal(Call(actor=actor, body=PAIR))
    assert answer.outcome == "unknown_store"
    answer = await house.handlers.list_stores(Call(actor=actor, body=ListStores()))
    listed = msgspec.json.decode(answer.body, type=StoreList)
    assert [each.store for each in listed.stores] == ["S002"]


async def test_everybody_of_the_company_sees_its_stores_registers_and_terminals() -> None:
    house = House()
    answer = await house.handlers.list_stores(Call(actor=CASHIER, body=ListStores()))
    listed = msgspec.json.decode(answer.body, type=StoreList)
    assert [each.store for each in listed.stores] == ["S001", "S002"]
    answer = await house.handlers.list_registers(
        Call(actor=CASHIER, body=ListRegisters(store="S001"))
    )
    registers = msgspec.json.decode(answer.body, type=RegisterList).registers
    assert [(each.register, each.terminal) for each in registers] == [("R1", "T1"), ("R2", None)]
    answer = await house.handlers.list_terminals(
        Call(actor=CASHIER, body=ListTerminals(store="S001"))
    )
    terminals = msgspec.json.decode(answer.body, type=TerminalList).terminals
    assert [(each.terminal, each.paired_register) for each in terminals] == [
        ("T1", "R1"),
        ("T2", None),
    ]


async def test_a_partner_looks_at_no_store() -> None:
    house = House()
    partner = msgspec.structs.replace(CASHIER, role=Role.PARTNER)
    answer = await house.handlers.list_stores(Call(actor=partner, body=ListStores()))
    assert answer.outcome == "not_permitted"
    answer = await house.handlers.read_store(Call(actor=partner, body=ReadStore(store="S001")))
    assert answer.outcome == "not_permitted"


async def test_the_platform_contracts_the_option_of_any_companys_store() -> None:
    house = House()
    platform = Actor(company="RENKEI", operator="platform", role=Role.PLATFORM)
    body = ChangeStore(store="S901", company="OTHER", terminal_option=False)
    answer = await house.handlers.change_store(Call(actor=platform, body=body))
    view = msgspec.json.decode(answer.body, type=StoreView)
    assert (view.terminal_option, view.version) == (False, 2)
    assert house.stores.audit[0].by_company == "RENKEI"
    assert house.stores.audit[0].company == "OTHER"


async def test_the_same_key_gives_the_same_answer_and_nothing_happens_twice() -> None:
    house = House()
    call = Call(actor=MANAGER, body=PAIR, idempotency=key("k"))
    first = await house.handlers.pair_terminal(call)
    unpair = UnpairTerminal(store="S001", register="R2")
    await house.handlers.unpair_terminal(Call(actor=MANAGER, body=unpair))
    again = await house.handlers.pair_terminal(call)
    assert (again.outcome, bytes(again.body), again.replayed) == ("ok", bytes(first.body), True)
    assert len(house.stores.audit) == 2


async def test_the_same_key_with_another_body_is_refused() -> None:
    house = House()
    await house.handlers.pair_terminal(Call(actor=MANAGER, body=PAIR, idempotency=key("k")))
    other = Call(actor=MANAGER, body=PAIR, idempotency=key("k", "b"))
    answer = await house.handlers.pair_terminal(other)
    assert answer.outcome == "idempotency_key_reused"
    assert not answer.replayed


async def test_a_decided_refusal_is_kept_and_another_is_not() -> None:
    house = House()
    held = msgspec.structs.replace(PAIR, terminal="T1")
    call = Call(actor=MANAGER, body=held, idempotency=key("held"))
    assert not (await house.handlers.pair_terminal(call)).replayed
    assert (await house.handlers.pair_terminal(call)).replayed
    unknown = msgspec.structs.replace(PAIR, terminal="T9")
    call = Call(actor=MANAGER, body=unknown, idempotency=key("unknown"))
    assert not (await house.handlers.pair_terminal(call)).replayed
    assert not (await house.handlers.pair_terminal(call)).replayed


async def test_a_kept_answer_is_forgotten_after_a_day() -> None:
    house = House()
    call = Call(actor=MANAGER, body=PAIR, idempotency=key("k"))
    await house.handlers.pair_terminal(call)
    house.clock.advance(24 * 3600)
    assert not (await house.handlers.pair_terminal(call)).replayed


async def test_one_persons_key_is_not_anothers() -> None:
    house = House()
    await house.handlers.pair_terminal(Call(actor=MANAGER, body=PAIR, idempotency=key("k")))
    other = msgspec.structs.replace(MANAGER, operator="admin", role=Role.ADMIN)
    call = Call(actor=other, body=PAIR, idempotency=key("k", "b"))
    assert (await house.handlers.pair_terminal(call)).outcome == "ok"


class Overtaken(MemoryStores):
    """A record in which somebody else's change always comes first, `times` times."""

    def __init__(self, times: int) -> None:
        super().__init__((a_store("DEMO", "S001"),))
        self.left = times

    async def save(self, change: Change, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        if self.left > 0:
            self.left -= 1
            raise Outdated
        await super().save(change, audit, kept)


@pytest.mark.parametrize(("times", "outcome"), [(7, "ok"), (8, "changed_meanwhile")])
async def test_a_lost_race_is_decided_anew_a_bounded_number_of_times(
    times: int, outcome: str
) -> None:
    house = House(Overtaken(times))
    answer = await house.handlers.pair_terminal(Call(actor=MANAGER, body=PAIR))
    assert answer.outcome == outcome
