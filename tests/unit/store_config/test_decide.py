from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contracts.envelope import Actor, Role
from contracts.stores import (
    SESSION_IDLE_S,
    ChangeStore,
    Issuer,
    PairTerminal,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
    UnpairTerminal,
)
from store_config import decide
from store_config.model import (
    Change,
    Failures,
    OpenOperation,
    OpenSession,
    Refused,
    Unchanged,
)

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
OPERATION = "00000000-0000-7000-8000-000000000001"


def a_store(*, option: bool = True, pairs: dict[str, str] | None = None) -> StoreConfiguration:
    held = {"T1": "R1"} if pairs is None else pairs
    return StoreConfiguration(
        company="DEMO",
        store="S001",
        name="渋谷店",
        version=7,
        terminal_option=option,
        registers=tuple(RegisterEntry(register=f"R{n}", name=f"レジ{n}") for n in (1, 2)),
        terminals=tuple(
            TerminalEntry(
                terminal=f"T{n}",
                model="CT-6100",
                serial=f"CT6100-S001-T{n}",
                host="127.0.0.1",
                port=9000 + n,
                paired_register=held.get(f"T{n}"),
            )
            for n in (1, 2)
        ),
        settings=StoreSettings(),
    )


def an_actor(role: Role = Role.MANAGER, *stores: str, company: str = "DEMO") -> Actor:
    return Actor(company=company, operator="somebody", role=role, stores=stores)


def pairing(register: str, terminal: str, model: str = "CT-6100") -> PairTerminal:
    return PairTerminal(store="S001", register=register, model=model, terminal=terminal)


def test_a_free_terminal_is_given_to_a_register_and_the_version_goes_up_by_one() -> None:
    change = decide.pair(a_store(), an_actor(), pairing("R2", "T2"))
    assert isinstance(change, Change)
    assert change.paired == (("R2", "T2"),)
    assert change.released == ()
    assert change.after.version == 8
    assert decide.held_by(change.after, "R2") == "T2"
    assert decide.held_by(change.after, "R1") == "T1"


def test_a_register_that_holds_one_lets_it_go_in_the_same_step() -> None:
    change = decide.pair(a_store(), an_actor(), pairing("R1", "T2"))
    assert isinstance(change, Change)
    assert change.released == ("T1",)
    assert [entry.paired_register for entry in change.after.terminals] == [None, "R1"]


def test_whoever_names_the_holder_moves_its_terminal_in_one_step() -> None:
    move = structs.replace(pairing("R2", "T1"), moved_from="R1")
    change = decide.pair(a_store(pairs={"T1": "R1", "T2": "R2"}), an_actor(), move)
    assert isinstance(change, Change)
    assert sorted(change.released) == ["T1", "T2"]
    assert change.paired == (("R2", "T1"),)
    assert [entry.paired_register for entry in change.after.terminals] == ["R2", None]
    assert change.after.version == 8


def test_a_holder_that_is_not_the_one_any_more_is_told_again() -> None:
    move = structs.replace(pairing("R1", "T2"), moved_from="R1")
    refused = decide.pair(a_store(pairs={"T2": "R2"}), an_actor(), move)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.fields["holder"]) == ("terminal_already_paired", "R2")


def test_what_was_seen_in_another_version_is_not_changed() -> None:
    refused = decide.refuse_outdated(8, 7)
    assert refused is not None
    assert (refused.code, refused.fields) == ("outdated", {"version": 8})
    assert decide.refuse_outdated(8, 8) is None
    assert decide.refuse_outdated(8, None) is None


def test_the_pairing_that_stands_already_changes_nothing() -> None:
    assert decide.pair(a_store(), an_actor(), pairing("R1", "T1")) == Unchanged(store=a_store())


@pytest.mark.parametrize(
    ("store", "actor", "asked", "code"),
    [
        (None, an_actor(), pairing("R1", "T1"), "unknown_store"),
        (a_store(), an_actor(Role.MANAGER, "S002"), pairing("R9", "T9"), "unknown_store"),
        (a_store(), an_actor(Role.CASHIER), pairing("R9", "T9"), "unknown_register"),
        (a_store(), an_actor(Role.CASHIER), pairing("R1", "T9"), "unknown_terminal"),
        (a_store(), an_actor(Role.CASHIER), pairing("R1", "T2", "X"), "not_permitted"),
        (a_store(), an_actor(Role.AUDITOR), pairing("R1", "T2", "X"), "not_permitted"),
        (a_store(), an_actor(Role.PARTNER), pairing("R1", "T2"), "not_permitted"),
        (a_store(), an_actor(Role.PLATFORM), pairing("R1", "T2"), "not_permitted"),
        (a_store(option=False), an_actor(), pairing("R2", "T1", "X"), "invalid_body"),
        (
            a_store(option=False),
            an_actor(Role.ADMIN),
            pairing("R2", "T1"),
            "terminal_option_not_contracted",
        ),
        (a_store(), an_actor(Role.ADMIN), pairing("R2", "T1"), "terminal_already_paired"),
    ],
)
def test_the_first_thing_in_the_way_of_a_pairing_is_what_is_told(
    store: StoreConfiguration | None, actor: Actor, asked: PairTerminal, code: str
) -> None:
    refused = decide.pair(store, actor, asked)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_a_terminal_that_another_register_holds_is_refused_with_the_holder() -> None:
    refused = decide.pair(a_store(), an_actor(), pairing("R2", "T1"))
    assert isinstance(refused, Refused)
    assert refused.fields == {"holder": "R1", "terminal": "T1"}


@pytest.mark.parametrize("terminal", ["T1", "T2"])
def test_neither_the_terminal_taken_nor_the_one_let_go_may_be_working(terminal: str) -> None:
    change = decide.pair(a_store(), an_actor(), pairing("R1", "T2"))
    assert isinstance(change, Change)
    working = (OpenOperation(terminal=terminal, operation_id=OPERATION),)
    refused = decide.refuse_busy(change, working)
    assert refused is not None
    assert refused.code == "terminal_busy"
    assert refused.fields == {"terminal": terminal, "operation": OPERATION}


def test_what_other_terminals_work_on_is_in_nobodys_way() -> None:
    change = decide.pair(a_store(), an_actor(), pairing("R2", "T2"))
    assert isinstance(change, Change)
    working = (OpenOperation(terminal="T1", operation_id=OPERATION),)
    assert decide.refuse_busy(change, working) is None


def test_a_register_lets_its_terminal_go() -> None:
    change = decide.unpair(a_store(), an_actor(), UnpairTerminal(store="S001", register="R1"))
    assert isinstance(change, Change)
    assert change.released == ("T1",)
    assert decide.held_by(change.after, "R1") is None


def test_a_register_without_a_terminal_has_nothing_to_let_go() -> None:
    asked = UnpairTerminal(store="S001", register="R2")
    assert decide.unpair(a_store(), an_actor(), asked) == Unchanged(store=a_store())


@pytest.mark.parametrize(
    ("actor", "register", "code"),
    [
        (an_actor(Role.MANAGER, "S002"), "R1", "unknown_store"),
        (an_actor(), "R9", "unknown_register"),
        (an_actor(Role.CASHIER), "R1", "not_permitted"),
    ],
)
def test_letting_go_is_refused_like_taking(actor: Actor, register: str, code: str) -> None:
    asked = UnpairTerminal(store="S001", register=register)
    refused = decide.unpair(a_store(), actor, asked)
    assert isinstance(refused, Refused)
    assert refused.code == code


@given(
    st.lists(st.tuples(st.sampled_from(["R1", "R2"]), st.sampled_from(["T1", "T2", None]))),
)
def test_however_often_they_are_moved_pairings_stay_one_to_one(
    steps: list[tuple[str, str | None]],
) -> None:
    store = a_store()
    for register, terminal in steps:
        if terminal is None:
            asked = UnpairTerminal(store="S001", register=register)
            decision = decide.unpair(store, an_actor(), asked)
        else:
            decision = decide.pair(store, an_actor(), pairing(register, terminal))
        if isinstance(decision, Change):
            assert decision.after.version == store.version + 1
            store = decision.after
        held = [each.paired_register for each in store.terminals if each.paired_register]
        assert len(held) == len(set(held))


def test_only_what_is_given_changes() -> None:
    asked = ChangeStore(store="S001", customer_slip="auto")
    change = decide.change(a_store(), an_actor(), asked)
    assert isinstance(change, Change)
    assert change.after.settings == StoreSettings(customer_slip="auto")
    assert change.after.version == 8


def test_a_setting_that_stands_already_changes_nothing() -> None:
    asked = ChangeStore(store="S001", customer_slip="manual")
    assert isinstance(decide.change(a_store(), an_actor(), asked), Unchanged)


def test_an_option_that_is_taken_away_takes_the_pairings_with_it() -> None:
    asked = ChangeStore(store="S001", terminal_option=False)
    change = decide.change(a_store(), an_actor(Role.PLATFORM, company="RENKEI"), asked)
    assert isinstance(change, Change)
    assert change.released == ("T1",)
    assert not change.after.terminal_option
    assert all(entry.paired_register is None for entry in change.after.terminals)
    assert change.after.version == 8


@pytest.mark.parametrize(
    ("role", "asked", "code"),
    [
        (Role.CASHIER, ChangeStore(store="S001", customer_slip="auto"), "not_permitted"),
        (Role.AUDITOR, ChangeStore(store="S001"), "not_permitted"),
        (Role.ADMIN, ChangeStore(store="S001", terminal_option=False), "not_permitted"),
        (Role.PLATFORM, ChangeStore(store="S001", customer_slip="auto"), "not_permitted"),
        (
            Role.ADMIN,
            ChangeStore(store="S001", support_contact="03-0000-0000\0"),
            "invalid_body",
        ),
        (
            Role.MANAGER,
            ChangeStore(store="S001", issuer=Issuer(name="株式会社\x1bp\x00")),
            "invalid_body",
        ),
        (
            Role.MANAGER,
            ChangeStore(store="S001", issuer=Issuer(address="渋谷\n1-2-3")),
            "invalid_body",
        ),
        (Role.CASHIER, ChangeStore(store="S001", issuer=Issuer(name="x")), "not_permitted"),
        (Role.PLATFORM, ChangeStore(store="S001", slip_retention_years=1), "not_permitted"),
    ],
)
def test_settings_are_the_companys_and_the_option_is_renkeis(
    role: Role, asked: ChangeStore, code: str
) -> None:
    refused = decide.change(a_store(), an_actor(role), asked)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_an_audit_entry_holds_what_differs_and_nothing_else() -> None:
    change = decide.pair(a_store(), an_actor(), pairing("R1", "T2"))
    assert isinstance(change, Change)
    assert decide.difference(change.before, change.after) == (
        {"register.R1": "T1"},
        {"register.R1": "T2"},
    )


def test_who_issues_receipts_is_set_as_a_whole_and_audited_by_field() -> None:
    before = structs.replace(
        a_store(), settings=StoreSettings(issuer=Issuer(name="旧", phone="03-0000-0000"))
    )
    issuer = Issuer(name="新", registration_number="T1234567890123")
    asked = ChangeStore(store="S001", issuer=issuer, slip_retention_years=10)
    change = decide.change(before, an_actor(), asked)
    assert isinstance(change, Change)
    assert change.after.settings == StoreSettings(issuer=issuer, slip_retention_years=10)
    assert decide.difference(change.before, change.after) == (
        {
            "slip_retention_years": 7,
            "issuer.name": "旧",
            "issuer.registration_number": "",
            "issuer.phone": "03-0000-0000",
        },
        {
            "slip_retention_years": 10,
            "issuer.name": "新",
            "issuer.registration_number": "T1234567890123",
            "issuer.phone": "",
        },
    )


def test_only_the_platform_may_ask_about_another_company() -> None:
    assert decide.company_of(an_actor(), None) == "DEMO"
    assert decide.company_of(an_actor(), "DEMO") == "DEMO"
    assert decide.company_of(an_actor(Role.ADMIN), "OTHER") is None
    assert decide.company_of(an_actor(Role.PLATFORM, company="RENKEI"), "OTHER") == "OTHER"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (None, 7),
        (structs.replace(a_store(), version=6), 7),
        (a_store(), None),
        (structs.replace(a_store(), version=9), 10),
        (structs.replace(a_store(), name="other"), 8),
    ],
)
def test_a_document_is_shown_under_a_version_that_edges_will_take(
    shown: StoreConfiguration | None, expected: int | None
) -> None:
    assert decide.version_to_put(a_store(), shown) == expected


def test_the_wait_grows_with_each_failure_up_to_a_quarter_of_an_hour() -> None:
    waits = [decide.wait_s(Failures(count=n, last_at=NOW), NOW) for n in range(20)]
    assert waits[:9] == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == decide.FAILURE_WAIT_MAX_S
    assert decide.wait_s(None, NOW) == 0


def test_the_wait_passes() -> None:
    failures = Failures(count=7, last_at=NOW)
    assert decide.wait_s(failures, NOW + timedelta(seconds=3.5)) == 1
    assert decide.wait_s(failures, NOW + timedelta(seconds=4)) == 0


def test_failures_left_alone_for_an_hour_are_forgotten() -> None:
    failures = Failures(count=7, last_at=NOW)
    soon, late = NOW + timedelta(seconds=3600), NOW + timedelta(seconds=3601)
    assert decide.next_failures(failures, soon).count == 8
    assert decide.next_failures(failures, late) == Failures(count=1, last_at=late)
    assert decide.next_failures(None, NOW) == Failures(count=1, last_at=NOW)


def a_session() -> OpenSession:
    return OpenSession(
        digest=b"0" * 32,
        company="DEMO",
        company_name="デモチェーン",
        operator="cashier",
        name="佐藤 花子",
        role=Role.CASHIER,
        stores=(),
        last_used_at=NOW,
        expires_at=NOW + timedelta(seconds=decide.SESSION_MAX_S),
    )


def test_a_session_ends_when_left_idle_and_at_the_latest_after_a_day() -> None:
    session = a_session()
    assert decide.session_lives(session, NOW + timedelta(seconds=SESSION_IDLE_S - 1))
    assert not decide.session_lives(session, NOW + timedelta(seconds=SESSION_IDLE_S))
    used = structs.replace(session, last_used_at=NOW + timedelta(hours=23))
    assert decide.session_lives(used, NOW + timedelta(seconds=decide.SESSION_MAX_S - 1))
    assert not decide.session_lives(used, NOW + timedelta(seconds=decide.SESSION_MAX_S))


def test_the_last_use_is_written_once_a_minute_at_most() -> None:
    assert not decide.session_touched(a_session(), NOW + timedelta(seconds=59))
    assert decide.session_touched(a_session(), NOW + timedelta(seconds=60))
