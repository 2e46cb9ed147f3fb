"""Operations, sights and journal answers to judge by."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from contracts.money import Yen
from contracts.operations import CommandStamp, OperationKind, Screen, StartOperation
from contracts.stores import TerminalEntry
from terminal_gateway import decide
from terminal_gateway.model import Operation, Sight, State

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
OPERATION = "019a9fd1-0000-7000-8000-000000000001"


@pytest.fixture
def at() -> datetime:
    return NOW


@pytest.fixture
def entry() -> TerminalEntry:
    return TerminalEntry(
        terminal="T1",
        model="CT-6100",
        serial="CT6100-S001-T1",
        host="127.0.0.1",
        port=1,
        paired_register="R1",
    )


@pytest.fixture
def home() -> Sight:
    return Sight(
        screen=Screen(name="home"),
        phase=None,
        operation_id=None,
        sequence=1,
        terminal_at=NOW,
        seen_at=NOW,
        terminal_business_date="2026-11-20",
        journal_last=7,
    )


@pytest.fixture
def command() -> StartOperation:
    return StartOperation(
        stamp=CommandStamp(epoch=3, heartbeat=9),
        operation_id=OPERATION,
        terminal="T1",
        register="R1",
        sale_id="019a9fd1-0000-7000-8000-00000000000a",
        tender=1,
        kind=OperationKind.PAYMENT,
        amount=Yen(165),
    )


@pytest.fixture
def operation(command: StartOperation, entry: TerminalEntry, home: Sight) -> Operation:
    """One that was intended just now."""
    return decide.intend(command, entry=entry, sight=home, at=NOW, trace={"traceparent": "00-a"})


@pytest.fixture
def in_state(operation: Operation) -> Callable[..., Operation]:
    """The operation in any state, with any other fields."""

    def changed(state: State, **fields: Any) -> Operation:
        return msgspec.structs.replace(operation, state=state, **fields)

    return changed
