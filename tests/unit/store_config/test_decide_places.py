"""A file of stores, registers and terminals: what it does, and every line that is wrong."""

from typing import Final

import pytest

from contracts.envelope import Actor, Role
from contracts.places import COLUMNS, ROWS_MAX
from contracts.stores import (
    PrinterEntry,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from store_config import decide_places
from store_config.decide_places import Plan

HEADER: Final = ",".join(COLUMNS)


def a_store(store: str = "S001", serial: str = "CT6100-1") -> StoreConfiguration:
    return StoreConfiguration(
        company="DEMO",
        store=store,
        name="渋谷店",
        version=7,
        terminal_option=True,
        registers=(RegisterEntry(register="R1", name="レジ1", printer="P1"),),
        terminals=(
            TerminalEntry(
                terminal="T1",
                model="CT-6100",
                serial=serial,
                host="192.168.0.20",
                port=9000,
                paired_register="R1",
            ),
        ),
        settings=StoreSettings(customer_slip="auto"),
        printers=(PrinterEntry(printer="P1", host="192.168.0.9"),),
    )


def plan(*lines: str, stores: tuple[StoreConfiguration, ...] = (a_store(),)) -> Plan:
    return decide_places.plan("DEMO", stores, "\r\n".join((HEADER, *lines)))


def test_what_was_exported_is_imported_and_does_nothing() -> None:
    stores = (a_store(), a_store("S002", "CT6100-2"))
    text = decide_places.export(stores)
    for written in (text, "\ufeff" + text, text.replace("\r\n", "\n")):
        done = decide_places.plan("DEMO", stores, written)
        assert (done.bad, done.changes, done.same, done.rows) == ((), (), 6, 6)


def test_a_new_store_comes_with_its_registers_in_whatever_order() -> None:
    done = plan(
        "terminal,S009,,,,T1,CT6100-9,192.168.0.21,9000",
        "register,S009,レジ2,R2,R1,,,,",
        "register,S009,レジ1,R1,,,,,",
        'store,S009,"新店, 駅前",,,,,,',
    )
    # A sub-register whose main one stands further down is told: the file says it in its order.
    assert [(one.line, one.code) for one in done.bad] == [(3, "unknown_register")]
    done = plan(
        "terminal,S009,,,,T1,CT6100-9,192.168.0.21,9000",
        "register,S009,レジ1,R1,,,,,",
        "register,S009,レジ2,R2,R1,,,,",
        'store,S009,"新店, 駅前",,,,,,',
    )
    assert done.bad == ()
    assert (done.added, done.changed, done.same) == (4, 0, 0)
    change = done.changes[0]
    assert (change.before, change.after.version, change.after.name) == (None, 1, "新店, 駅前")
    assert change.after.terminal_option is False
    assert change.after.registers[1].main_register == "R1"


def test_a_terminal_replaced_by_another_serial_keeps_its_place_and_all_else_stays() -> None:
    done = plan("terminal,S001,,,,T1,CT6100-NEW,192.168.0.20,9000")
    after = done.changes[0].after
    assert (after.terminals[0].serial, after.terminals[0].paired_register) == ("CT6100-NEW", "R1")
    assert (after.version, after.registers, after.settings.customer_slip) == (
        8,
        a_store().registers,
        "auto",
    )
    renamed = plan("register,S001,レジ一,R1,,,,,").changes[0].after
    assert (renamed.registers[0].name, renamed.registers[0].printer) == ("レジ一", "P1")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("shop,S001,x,,,,,,", "kind", "unknown_kind"),
        ("store,S 1,x,,,,,,", "store", "bad_code"),
        ("store,,x,,,,,,", "store", "empty"),
        ("store,S001,,,,,,,", "name", "empty"),
        ("store,S001,a\u202eb,,,,,,", "name", "not_printable"),
        (f"store,S001,{'あ' * 81},,,,,,", "name", "too_long"),
        ("store,S001,4111 1111 1111 1111,,,,,,", "name", "card_number"),
        ("register,S404,レジ,R1,,,,,", "store", "unknown_store"),
        ("register,S001,レジ,R*,,,,,", "register", "bad_code"),
        ("register,S001,レジ,R2,R9,,,,", "main_register", "unknown_register"),
        ("register,S001,レジ,R1,R1,,,,", "main_register", "unknown_register"),
        ("terminal,S001,,,,T2,CT6100-2,0.0.0.0,9000", "host", "bad_host"),
        ("terminal,S001,,,,T2,CT6100-2,192.168.0.21,0", "port", "bad_port"),
        ("terminal,S001,,,,T2,CT6100-2,192.168.0.21,65536", "port", "bad_port"),
        ("terminal,S001,,,,T2,CT6100-2,192.168.0.21,９０００", "port", "bad_port"),
        ("terminal,S001,,,,T2,,192.168.0.21,9000", "serial", "empty"),
        ("terminal,S001,,,,T2,CT6100-1,192.168.0.21,9000", "serial", "serial_taken"),
    ],
)
def test_a_wrong_line_is_told_and_nothing_is_done(line: str, column: str, code: str) -> None:
    done = plan("store,S009,新店,,,,,,", line)
    assert [(one.line, one.column, one.code) for one in done.bad] == [(3, column, code)]
    assert done.changes == ()


def test_a_serial_may_be_a_number_that_passes_for_a_cards_by_chance() -> None:
    assert plan("terminal,S001,,,,T2,4111111111111111,192.168.0.21,9000").bad == ()


def test_a_card_number_is_told_without_its_digits() -> None:
    assert plan("store,S001,4111111111111111,,,,,,").bad[0].value == ""


def test_every_wrong_line_is_told() -> None:
    done = plan(*(f"store,S {number},x,,,,,," for number in range(50)))
    assert [one.line for one in done.bad] == list(range(2, 52))


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        (("store,S009,a,,,,,,", "store,S009,b,,,,,,"), "store"),
        (
            (
                "terminal,S001,,,,T2,CT6100-2,192.168.0.21,9000",
                "terminal,S001,,,,T3,CT6100-2,192.168.0.22,9000",
            ),
            "serial",
        ),
    ],
)
def test_what_stands_there_twice_is_told_at_its_second_line(
    lines: tuple[str, ...], column: str
) -> None:
    assert [(one.line, one.column, one.code) for one in plan(*lines).bad] == [
        (3, column, "doubled")
    ]


def test_a_file_without_its_columns_says_which() -> None:
    done = decide_places.plan("DEMO", (), "kind,store,name\nstore,S001,x\n")
    assert [one.column for one in done.bad] == list(COLUMNS[3:])
    assert {one.code for one in done.bad} == {"missing_column"}
    assert decide_places.plan("DEMO", (), "").bad


def test_a_file_that_is_too_long_is_refused_at_the_first_line_too_many() -> None:
    done = plan(*(f"store,S{number},x,,,,,," for number in range(100_000)))
    assert [(one.line, one.code) for one in done.bad] == [(ROWS_MAX + 2, "too_many_rows")]


def test_a_quote_that_never_ends_is_no_csv() -> None:
    assert [one.code for one in plan('store,S009,"x').bad] == ["not_csv"]


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.PARTNER, Role.PLATFORM])
def test_only_the_whole_companys_own_may(role: Role) -> None:
    actor = Actor(company="DEMO", operator="x", role=role)
    assert decide_places.may(actor, writing=False) is not None
    some = Actor(company="DEMO", operator="x", role=Role.ADMIN, stores=("S001",))
    assert decide_places.may(some, writing=True) is not None
    auditor = Actor(company="DEMO", operator="x", role=Role.AUDITOR)
    assert decide_places.may(auditor, writing=False) is None
    assert decide_places.may(auditor, writing=True) is not None
