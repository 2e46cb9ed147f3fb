"""The simulation can fail: each of these bugs, planted into production code, is found."""

import asyncio
import logging
from typing import Any, Final

import pytest
from simulated.story import Broken
from simulated.world import live

from checkout import decide_outcome, decide_tender
from checkout.model import Decision, Moment, Sale
from checkout.tables import TENDER_ROWS, Act, Happening, Row
from checkout.terminal_tenders import TerminalTenders
from contracts.operations import Accepted, StartOperation, Unreachable
from contracts.sales import TenderState
from ct6100 import register_side
from terminal_gateway import decide, resolver
from terminal_gateway.desk import Desk
from terminal_gateway.model import Change, Operation

SEEDS: Final = 400
"""A bug that hides from four hundred shops would need more of them; these are found by fewer."""


def found_by(caplog: pytest.LogCaptureFixture) -> Broken:
    """Return the first story that shows the planted bug."""
    caplog.set_level(logging.CRITICAL + 1)
    for seed in range(SEEDS):
        try:
            live(seed)
        except Broken as broken:
            return broken
    pytest.fail(f"{SEEDS} seeds did not find it")


def test_an_intent_written_after_it_was_sent_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def start(self: Any, command: StartOperation, trace: dict[str, str]) -> Any:
        async with self.lock:
            refusal = decide.admit(command, self._circumstances(command))
            if refusal is not None or self.sight is None or self.link is None:
                return refusal or Unreachable()
            now = self.office.clock.now()
            operation = decide.intend(
                command, entry=self.entry, sight=self.sight, at=now, trace=trace
            )
            self.open[operation.id] = operation
            self._send_start(operation.id)
            await asyncio.sleep(0.5)  # a slow disk
            await self.office.keep(Change(operations=(operation,)))
            return Accepted(operation_id=operation.id)

    monkeypatch.setattr(Desk, "start", start)
    found_by(caplog)


def test_an_oath_that_is_not_written_down_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def first_heard_of(self: Desk, operation_id: str) -> Operation:
        now = self.office.clock.now()
        epoch = self.office.presence.epoch
        return decide.swear_off(operation_id, entry=self.entry, epoch=epoch, at=now)

    monkeypatch.setattr(Desk, "_first_heard_of", first_heard_of)
    found_by(caplog)


def test_a_time_out_that_is_taken_for_a_refusal_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def doubt(self: Any, company: str, sale: Sale, operation_id: str, reason: str) -> None:
        if reason != "no_answer":
            await real(self, company, sale, operation_id, reason)
            return

        def refused(sale: Sale, moment: Moment) -> Decision:
            return decide_tender.withdraw_tender(sale, operation_id, moment)

        await self._ledger.change(company, sale.id, refused)

    real = vars(TerminalTenders)["_doubt"]
    monkeypatch.setattr(TerminalTenders, "_doubt", doubt)
    found_by(caplog)


def test_a_redelivered_result_that_is_not_recognised_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def same(*_: object) -> bool:
        return False

    monkeypatch.setattr(decide_outcome, "_same", same)
    assert "case" in found_by(caplog).what


def test_a_result_that_comes_after_the_doubt_and_is_dropped_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stay = Row(Act.STAY, TenderState.IN_DOUBT)
    for happening in (Happening.APPROVED, Happening.JOURNAL_TAKEN):
        monkeypatch.setitem(TENDER_ROWS, (TenderState.IN_DOUBT, happening), stay)
    assert "in_doubt" in found_by(caplog).what


def test_an_entry_that_waits_for_its_centre_and_is_taken_for_none_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def not_taken(*_: Any) -> resolver.Absent:
        return resolver.Absent("it is only pending")

    real = resolver.judge

    def judge(*given: Any) -> Any:
        verdict = real(*given)
        pending = isinstance(verdict, resolver.Wait) and verdict.reason == "pending"
        return not_taken() if pending else verdict

    monkeypatch.setattr(resolver, "judge", judge)
    found_by(caplog)


def test_a_terminal_that_does_not_know_an_operation_again_is_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def known(*_: object) -> None:
        return None

    def send_start(self: Desk, operation_id: str) -> None:
        operation = self.open.get(operation_id)
        if operation is not None and self.link is not None:
            self.link.start(operation.intent)

    async def on_link_up(self: Desk, link: Any) -> None:
        await real(self, link)
        for operation_id in self.open:
            send_start(self, operation_id)

    real = Desk.on_link_up
    monkeypatch.setattr(register_side, "_known", known)
    monkeypatch.setattr(Desk, "on_link_up", on_link_up)
    found_by(caplog)
