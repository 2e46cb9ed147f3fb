import pytest
from msgspec import structs

from contracts.envelope import Actor, Role
from contracts.stores import (
    AssignPrinter,
    PrinterEntry,
    PutPrinter,
    RegisterEntry,
    RemovePrinter,
    StoreConfiguration,
    StoreSettings,
)
from store_config import decide, decide_printer
from store_config.model import Change, Decision, Refused, Unchanged

P1 = PrinterEntry(printer="P1", host="192.168.0.9", profile="TM-T20II")


def a_store(*printers: PrinterEntry, on: str | None = None) -> StoreConfiguration:
    return StoreConfiguration(
        company="DEMO",
        store="S001",
        name="渋谷店",
        version=7,
        terminal_option=False,
        registers=tuple(
            RegisterEntry(register=f"R{n}", name=f"レジ{n}", printer=on) for n in (1, 2)
        ),
        terminals=(),
        settings=StoreSettings(),
        printers=printers,
    )


def an_actor(role: Role = Role.MANAGER, *stores: str) -> Actor:
    return Actor(company="DEMO", operator="somebody", role=role, stores=stores)


def put(entry: PrinterEntry = P1) -> PutPrinter:
    return PutPrinter(store="S001", printer=entry)


def the_change(decision: Decision) -> Change:
    assert isinstance(decision, Change), decision
    assert decision.after.version == decision.before.version + 1
    return decision


def the_code(decision: Decision) -> str:
    assert isinstance(decision, Refused), decision
    return decision.code


def test_a_new_printer_stands_among_the_others_by_code() -> None:
    others = (structs.replace(P1, printer="A"), structs.replace(P1, printer="Z"))
    after = the_change(decide_printer.put(a_store(*others), an_actor(), put())).after
    assert [each.printer for each in after.printers] == ["A", "P1", "Z"]


def test_a_printer_is_said_anew_and_who_prints_there_goes_on() -> None:
    moved = structs.replace(P1, host="192.168.0.10", columns=32)
    change = the_change(decide_printer.put(a_store(P1, on="P1"), an_actor(), put(moved)))
    assert change.after.printers == (moved,)
    assert decide_printer.printer_of(change.after, "R1") == "P1"
    assert decide.difference(change.before, change.after) == (
        {"printer.P1": "192.168.0.9:9100 TM-T20II 48"},
        {"printer.P1": "192.168.0.10:9100 TM-T20II 32"},
    )


def test_what_stands_already_changes_nothing() -> None:
    store = a_store(P1, on="P1")
    assert decide_printer.put(store, an_actor(), put()) == Unchanged(store=store)
    asked = AssignPrinter(store="S001", register="R1", printer="P1")
    assert decide_printer.assign(store, an_actor(), asked) == Unchanged(store=store)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (structs.replace(P1, host="0.0.0.0"), "host"),  # noqa: S104 - refused, not bound
        (structs.replace(P1, host="192.168.0.9\r\n"), "host"),
        (structs.replace(P1, port=1_023), "port"),
        (structs.replace(P1, profile="TM\x1b@"), "profile"),
        (structs.replace(P1, profile="プリンター"), "profile"),
    ],
)
def test_an_address_or_a_model_that_is_none_is_refused_by_field(
    entry: PrinterEntry, field: str
) -> None:
    refused = decide_printer.put(a_store(), an_actor(), put(entry))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.fields) == ("invalid_body", {"field": field})


def test_a_store_has_a_bounded_number_of_printers_and_one_of_them_can_still_be_changed() -> None:
    codes = [f"P{n}" for n in range(decide_printer.PRINTERS_MAX)]
    store = a_store(*(structs.replace(P1, printer=code) for code in codes))
    one_more = put(structs.replace(P1, printer="X"))
    assert the_code(decide_printer.put(store, an_actor(), one_more)) == "too_many_printers"
    assert the_change(decide_printer.put(store, an_actor(), put(structs.replace(P1, port=9_101))))


def test_a_printer_that_goes_is_no_registers_any_more() -> None:
    other = structs.replace(P1, printer="P2")
    asked = RemovePrinter(store="S001", printer="P1")
    change = the_change(decide_printer.remove(a_store(P1, other, on="P1"), an_actor(), asked))
    assert change.after.printers == (other,)
    assert [each.printer for each in change.after.registers] == [None, None]
    kept = the_change(decide_printer.remove(a_store(P1, other, on="P2"), an_actor(), asked))
    assert [each.printer for each in kept.after.registers] == ["P2", "P2"]


def test_two_registers_print_on_one_printer_and_each_stops_by_itself() -> None:
    store = a_store(P1)
    for register in ("R1", "R2"):
        asked = AssignPrinter(store="S001", register=register, printer="P1")
        store = the_change(decide_printer.assign(store, an_actor(), asked)).after
    asked = AssignPrinter(store="S001", register="R1", printer=None)
    change = the_change(decide_printer.assign(store, an_actor(), asked))
    assert [each.printer for each in change.after.registers] == [None, "P1"]
    assert decide.difference(change.before, change.after) == (
        {"prints_on.R1": "P1"},
        {"prints_on.R1": None},
    )


@pytest.mark.parametrize(
    ("store", "actor", "codes"),
    [
        (None, an_actor(), ("unknown_store",) * 3),
        (a_store(P1), an_actor(Role.MANAGER, "S002"), ("unknown_store",) * 3),
        (a_store(), an_actor(Role.CASHIER), ("not_permitted",) * 3),
        (a_store(), an_actor(Role.AUDITOR), ("not_permitted",) * 3),
        (a_store(), an_actor(Role.PARTNER), ("not_permitted",) * 3),
        (a_store(), an_actor(Role.PLATFORM), ("not_permitted",) * 3),
        (a_store(), an_actor(), ("", "unknown_printer", "unknown_printer")),
        (a_store(), an_actor(Role.ADMIN), ("", "unknown_printer", "unknown_printer")),
    ],
)
def test_the_first_thing_in_the_way_is_what_is_told(
    store: StoreConfiguration | None, actor: Actor, codes: tuple[str, str, str]
) -> None:
    told = (
        decide_printer.put(store, actor, put()),
        decide_printer.remove(store, actor, RemovePrinter(store="S001", printer="P1")),
        decide_printer.assign(
            store, actor, AssignPrinter(store="S001", register="R1", printer="P1")
        ),
    )
    assert tuple(each.code if isinstance(each, Refused) else "" for each in told) == codes


def test_a_register_that_is_not_there_is_told_before_the_role() -> None:
    asked = AssignPrinter(store="S001", register="R9", printer="P1")
    code = the_code(decide_printer.assign(a_store(P1), an_actor(Role.CASHIER), asked))
    assert code == "unknown_register"
