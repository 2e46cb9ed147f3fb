"""What a run of enough seeds must have met: missing it, a simulation proves less than it says."""

from typing import Final

from contracts.sales import TenderState
from simulated.coverage import TABLES, row_name
from simulated.lies import LIES
from simulated.trouble import FAULTS
from terminal_gateway.model import OPEN, Happening, State

NEVER: Final[dict[str, str]] = {
    **{
        row_name("operation", (state, happening)): "a desk keeps open operations only"
        for state in State
        if state not in OPEN
        for happening in (Happening.AWAITS_CUSTOMER, Happening.WAS_READ, Happening.LOST_SIGHT)
    },
    **{
        row_name("operation", (State.INTENDED, happening)): "the start leaves in the next turn"
        for happening in (Happening.AWAITS_CUSTOMER, Happening.WAS_READ, Happening.ENDED)
    },
    **{
        row_name("tender", key): "nobody decides in the terminal's place, yet"
        for key in TABLES["tender"]
        if key[1] in ("resolve_taken", "resolve_not_taken")
    },
    row_name("operation", (State.READ, Happening.AWAITS_CUSTOMER)): "the link keeps the order",
    row_name("operation", (State.SWORN_OFF, Happening.ENDED)): "a word differs from a tombstone",
}
"""Rows that no run visits, and why; unit tests hold them (`make planted-bugs`)."""

BACK: Final = (TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT, TenderState.REFUNDED)
CONTRARY: Final = ("declined", "cancelled", "incomplete", "not_taken", "mismatched")
"""What a terminal may say of a payment that it has approved, by lying or by an old word."""

RARE: Final[frozenset[str]] = frozenset(
    {
        *(
            row_name("tender", key)
            for key in TABLES["tender"]
            if key[0] in (TenderState.DECLINED, TenderState.CANCELLED, TenderState.NOT_PERFORMED)
        ),
        *(
            row_name("tender", key)
            for key in TABLES["tender"]
            if key[0] in BACK and key[1] in CONTRARY
        ),
        *(
            row_name("tender", key)
            for key in TABLES["tender"]
            if key[0] not in BACK and key[1] in ("journal_voided", "refund_incomplete")
        ),
        *(
            row_name("tender", (state, happening))
            for state in (*BACK, TenderState.APPROVED)
            for happening in ("refund_mismatched", "refund_approved", "progress", "cancel")
        ),
        row_name("tender", (TenderState.APPROVED, "not_taken")),
        row_name("tender", (TenderState.REFUNDED, "refund_ended")),
        row_name("tender", (TenderState.REFUNDED, "refund_incomplete")),
        row_name("operation", (State.SENT, Happening.WAS_READ)),
        row_name("operation", (State.SWORN_OFF, Happening.ENDED_OTHERWISE)),
    }
)
"""Rows that need a terminal to contradict itself at one moment: counted, met in long runs only."""

HAPPENS: Final = (
    "answer accepted",
    "answer authorisation_required",
    "answer card_money_not_in_cash",
    "answer created",
    "answer edge_storage_full",
    "answer not_cancellable",
    "answer not_in_journal",
    "answer ok",
    "answer request_in_progress",
    "answer terminal_busy",
    "answer tenders_not_refunded",
    "answer terminal_unreachable",
    "cashier: abandons",
    "cashier: asks again with the same key",
    "cashier: cancels",
    "cashier: disconnects",
    "cashier: disconnects in a refund",
    "cashier: gives a part back",
    "cashier: money back at once",
    "cashier: money back in two steps",
    "cashier: money back put right",
    "cashier: money back terminal",
    "cashier: parks the sale",
    "cashier: releases",
    "cashier: releases a refund",
    "cashier: reloads the page",
    "cashier: sends the same twice",
    "cashier: takes a tender back",
    "cashier: taps anything",
    "cashier: taps twice",
    "centre: answer lost",
    "centre: question lost",
    "charge",
    "charge in a case",
    "charge of a sale with a released tender",
    "charge on a sale",
    "charge that went back",
    "customer: by hand",
    "customer: cancels on the terminal alone",
    "customer: reset",
    "customer: walked off",
    "event refund_cancelled",
    "event refund_declined",
    "event refund_not_performed",
    "event refund_withdrawn",
    "event sale_corrected",
    "event sale_voided",
    "event tender_refund_in_doubt",
    "event tender_refunded",
    "facts replayed",
    "gateway fenced",
    "in doubt for good: broke off",
    "in doubt for good: the terminal cannot tell",
    "in doubt for good: with a case",
    "lan: doubled",
    "lan: late",
    "lan: lost",
    "lan: sales ack lost",
    "lan: sales batch lost",
    "lan: sales stream lost one",
    "link without abort",
    "link without echo",
    "link without journal",
    "link without progress",
    "listener: asked",
    "listener: gap",
    "manager: has the slip in the hand",
    "money back as asked, sale closed",
    "money back as asked, sale open",
    "money back as asked, sale paid",
    "money back by hand, sale closed",
    "money back by hand, sale open",
    "money back by hand, sale paid",
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
    "sale event published again",
    "slip numbers wrap",
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
"""States visited and misfortunes met."""


def expected() -> list[str]:
    """Return the names of all that must have been counted at least once."""
    rows = [row_name(name, key) for name, table in TABLES.items() for key in table]
    return [
        *(row for row in rows if row not in NEVER and row not in RARE),
        *(f"fault: {name}" for name in FAULTS),
        *(f"result {lie}" for lie in LIES),
        *HAPPENS,
    ]
