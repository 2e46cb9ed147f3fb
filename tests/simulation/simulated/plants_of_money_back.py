"""Bugs to plant on the way of money back: refund, 伝票取消, 伝票訂正."""

from typing import Final

from simulated.invariants import Invariant
from simulated.plant import Plant

PLANTS_OF_MONEY_BACK: Final[dict[str, Plant]] = {
    "a refund in doubt is sent again under a new id": Plant(
        "checkout.decide_refund",
        "refund_tender",
        "    refused = refuse_refund(sale, asked, terms, moment)\n",
        "    doubted = sale.tender(asked.tender)\n"
        "    if doubted is not None and doubted.state is TenderState.REFUND_IN_DOUBT:\n"
        "        sale = with_tender(sale, replace(doubted, state=TenderState.APPROVED))\n"
        "    refused = refuse_refund(sale, asked, terms, moment)\n",
        frozenset({Invariant.GIVEN_BACK_ONCE}),
    ),
    "a tender is gone before its refund's result": Plant(
        "checkout.decide_refund",
        "_ask",
        "state=TENDER_ROWS[tender.state, Happening.REFUND].to,",
        "state=TenderState.REFUNDED, counted=False,",
        frozenset(
            {
                Invariant.MONEY_BACK_ON_RECORD,
                Invariant.CHARGE_ON_RECORD,
                Invariant.NOT_CHARGED_UNASKED,
                Invariant.VOID_OR_CASE,
            }
        ),
    ),
    "伝票取消 does not look at the terminal's tenders": Plant(
        "checkout.decide_void",
        "_refuse",
        "    if not kept:\n        return None\n",
        "    return None\n",
        frozenset({Invariant.CHARGE_ON_RECORD}),
    ),
    "伝票訂正 does not look at the terminal's tenders": Plant(
        "checkout.decide_correct",
        "_refuse_terminal",
        "    if not wrong:\n        return None\n",
        "    return None\n",
        frozenset({Invariant.CHARGE_ON_RECORD, Invariant.VOID_OR_CASE}),
        seed=123,
    ),
    "the rule of a brand is not asked": Plant(
        "checkout.decide_refund",
        "_refuse_brand",
        "    if not rule.cancellable:\n",
        "    if not rule.brand:\n",
        frozenset({Invariant.GIVEN_BACK_AS_ALLOWED}),
    ),
    "card money is handed back in cash": Plant(
        "checkout.decide_refund",
        "_refuse_cash",
        "    if not rule.cancellable and CASH in rule.ways:\n",
        "    if rule.brand:\n",
        frozenset({Invariant.GIVEN_BACK_AS_ALLOWED}),
    ),
    "more is asked back than was taken": Plant(
        "checkout.decide_refund",
        "_ask",
        "        amount=tender.amount,\n",
        "        amount=sale.total,\n",
        frozenset({Invariant.GIVEN_BACK_AS_ASKED}),
    ),
    "伝票取消 hands back in cash what the terminal gave back": Plant(
        "checkout.decide_void",
        "cash_of",
        " if each.method is Method.CASH",
        "",
        frozenset({Invariant.GIVEN_BACK_ONCE}),
    ),
    "money back in cash and on the terminal opens no case": Plant(
        "checkout.decide_outcome",
        "_given_back_else",
        "    if tender.refunded_by != CASH:\n",
        "    if tender.refunded_by:\n",
        frozenset({Invariant.GIVEN_BACK_ONCE}),
        seed=221,
    ),
    "切断する in a refund is taken for not performed": Plant(
        "checkout.decide_tender",
        "disconnect_tender",
        "    after = with_tender(sale, replace(tender, disconnected=True))\n",
        "    after = with_tender(sale, replace(tender, disconnected=True))\n"
        "    if tender.state is TenderState.REFUNDING:\n"
        "        kept = tender.operations[:-1]\n"
        "        given_up = replace(tender, state=TenderState.APPROVED, operations=kept)\n"
        "        after = with_tender(sale, given_up)\n",
        frozenset({Invariant.GIVEN_BACK_AS_ASKED, Invariant.NOTHING_CRASHES}),
    ),
    "money back after the close opens no case": Plant(
        "checkout.decide_void",
        "money_back",
        "    return decide_case.open_case(\n",
        "    return () and decide_case.open_case(\n",
        frozenset({Invariant.VOID_OR_CASE}),
    ),
    "a refund's approval that comes after the doubt is dropped": Plant(
        "checkout.decide_refunded",
        "conclude",
        "        if act is Act.GIVE_BACK:\n",
        "        if tender.state is TenderState.REFUND_IN_DOUBT:\n"
        "            return unchanged(sale)\n"
        "        if act is Act.GIVE_BACK:\n",
        frozenset({Invariant.NOT_IN_DOUBT_FOR_LONG}),
    ),
    "a declined refund is taken for money back": Plant(
        "checkout.decide_refunded",
        "conclude",
        "    if happening is Happening.REFUND_APPROVED:\n        if act is Act.GIVE_BACK:\n",
        "    if happening in (Happening.REFUND_APPROVED, Happening.REFUND_ENDED):\n"
        "        if act is Act.GIVE_BACK or tender.state is not TenderState.REFUNDED:\n",
        frozenset({Invariant.MONEY_BACK_ON_RECORD, Invariant.CHARGE_ON_RECORD}),
    ),
}
