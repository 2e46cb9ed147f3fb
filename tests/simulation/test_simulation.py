"""2,000 shops, each in its own kind of trouble: charged at most once, all recorded, all agree."""

import gc
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
from simulated.world import live

COLLECTED_EVERY: Final = 25
"""Seeds between two collections of cycles."""

COUNTED_FROM: Final = 200
"""Fewer seeds than this may miss something rare."""

MUST_HAPPEN: Final = (
    "answer accepted",
    "answer created",
    "answer edge_storage_full",
    "answer ok",
    "answer request_in_progress",
    "answer terminal_busy",
    "answer terminal_unreachable",
    "cashier: asks again with the same key",
    "cashier: cancels",
    "cashier: disconnects",
    "cashier: releases",
    "centre: answer lost",
    "centre: question lost",
    "charge",
    "charge in a case",
    "charge on a sale",
    "customer: by hand",
    "customer: reset",
    "customer: walked off",
    "event case_opened",
    "event sale_closed",
    "event sale_opened",
    "event tender_acknowledged",
    "event tender_approved",
    "event tender_cancelled",
    "event tender_declined",
    "event tender_disconnected",
    "event tender_in_doubt",
    "event tender_in_progress",
    "event tender_not_performed",
    "event tender_released",
    "event tender_requested",
    "event tender_withdrawn",
    "fault: box replaced",
    "fault: box without power",
    "fault: cable held",
    "fault: cable pulled",
    "fault: checkout killed",
    "fault: disk full",
    "fault: gateway killed",
    "fault: journal lost",
    "fault: terminal without power",
    "fault: wan down",
    "fault: wan swallows",
    "gateway fenced",
    "lan: doubled",
    "link without abort",
    "link without progress",
    "lan: late",
    "lan: lost",
    "power cut between effects",
    "power cut on approved",
    "power cut on centre",
    "power cut on choose_media",
    "power cut on home",
    "reply Aborting",
    "reply Accepted",
    "reply AlreadyRead",
    "reply Busy",
    "reply OperationConcluded",
    "reply OperationOpen",
    "reply StorageFull",
    "reply Unreachable",
    "sale closed",
    "sale open",
    "sale paid",
    "wan: ack lost",
    "wan: doubled",
    "wan: epoch taken, answer lost",
    "wan: epochs away",
    "wan: late",
    "wan: lost",
    "wan: redelivered",
    "wan: stream lost one",
    "wire: damaged",
    "wire: slow",
    "wire: split",
)
"""States visited and faults met: a simulation that misses one of them proves less than it says."""


@pytest.mark.usefixtures("unhurried_collector")
def test_whatever_fails_every_charge_is_made_once_recorded_and_agreed_upon(
    seeds: range,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    counts: Counter[str] = Counter()
    for number, seed in enumerate(seeds):
        story = live(seed)
        counts += story.counts
        if number % COLLECTED_EVERY == 0:
            gc.collect()
        if len(seeds) == 1:
            record_property("story", str(story))
    record_property("counts", dict(counts))
    if len(seeds) >= COUNTED_FROM:
        assert [name for name in MUST_HAPPEN if not counts[name]] == []
