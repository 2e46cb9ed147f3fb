"""The manual's eight sample slips (3-2.1 to 3-2.8) as data, and a sale to make a receipt of."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import OperationKind
from contracts.receipts import Copy
from contracts.sales import (
    Line,
    Method,
    OperationView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.slips import Slip
from contracts.stores import Issuer

CARD_SALE: Final = Slip(
    slip_number="00119",
    title="クレジットカード売上票",
    merchant_name="(DXテスト)開発統括部RF検証ルーム",
    merchant_phone="999-999-999",
    used_at="2026/05/25 15:45:05",
    transaction="売上",
    amount=Yen(165),
    total=Yen(165),
    card_number="377782****6304",
    other_card_settlement="CL",
    expiry="XX/XX",
    payment_condition="一括",
    handling="110",
    product="5678",
    card_company="AMEX",
    approval_code="000000",
    arc="Y1",
    atc="0034",
    sequence_label="No01",
    application_id="A000000025010402",
    application_label="AMEX",
)
CARD_VOID: Final = replace(
    CARD_SALE,
    slip_number="00120",
    title="クレジットカード取消票",
    used_at="2026/05/25 15:47:05",
    transaction="取消",
    product="",
    approval_code="949477",
    processing_number="949477",
    arc="",
    atc="0035",
)
EMONEY_SALE: Final = Slip(
    slip_number="00112",
    title="領収書",
    merchant_name="(DXテスト)開発統括部RF検証ルーム",
    merchant_phone="999-999-999",
    used_at="2026/05/25 15:37:51",
    transaction="売上",
    amount=Yen(500),
    total=Yen(500),
    member_number="**** * 0421",
    expiry="XX/XX",
    card_company="ID",
    upper_terminal_id="4976151008355",
    inquiry_number="000000",
)
EMONEY_VOID: Final = replace(
    EMONEY_SALE,
    slip_number="00114",
    title="取消・返品",
    used_at="2026/05/25 15:39:31",
    transaction="取消",
)
MERCHANT_NUMBER: Final = "6900 1111 0023 0***"
"""会員番号 on the merchant's copies of the e-money samples."""


class Sample(Struct, frozen=True, kw_only=True):
    """One of the manual's samples; `row` is its row in the conformance table."""

    row: str
    name: str
    slip: Slip
    copy: Copy
    merchant_number: str | None = None


SAMPLES: Final = tuple(
    Sample(
        row=f"3-2.{number}",
        name=f"{name}-{copy.value}",
        slip=slip,
        copy=copy,
        merchant_number=MERCHANT_NUMBER
        if slip.member_number is not None and copy is Copy.MERCHANT
        else None,
    )
    for number, (name, slip, copy) in enumerate(
        (
            (name, slip, copy)
            for name, slip in (
                ("card-sale", CARD_SALE),
                ("card-void", CARD_VOID),
                ("emoney-sale", EMONEY_SALE),
                ("emoney-void", EMONEY_VOID),
            )
            for copy in (Copy.CUSTOMER, Copy.MERCHANT)
        ),
        start=1,
    )
)
"""In the manual's order."""

ISSUER: Final = Issuer(
    name="株式会社れんけい商店",
    registration_number="T1234567890123",
    address="東京都千代田区丸の内1-2-3",
    phone="03-1234-5678",
)

RUNG_UP_AT: Final = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)
"""15:45:05 in Japan."""


def sold() -> SaleView:
    """Return a closed sale of three rates of tax, paid by card and in cash with change."""
    card = TenderView(
        number=1,
        method=Method.TERMINAL,
        amount=Yen(1_000),
        state=TenderState.APPROVED,
        counted=True,
        operations=(
            OperationView(
                id="11111111-1111-4111-8111-111111111111",
                kind=OperationKind.PAYMENT,
                state="approved",
                slip_number="00119",
                at=RUNG_UP_AT,
            ),
        ),
        terminal="T1",
        media="card",
        brand="AMEX",
        slip_number="00119",
    )
    declined = replace(
        card, number=2, state=TenderState.DECLINED, counted=False, slip_number="00118"
    )
    cash = TenderView(
        number=3,
        method=Method.CASH,
        amount=Yen(834),
        state=TenderState.APPROVED,
        counted=True,
        received=Yen(1_000),
        change=Yen(166),
    )
    return SaleView(
        id="22222222-2222-4222-8222-222222222222",
        number="S001-20260525-0012",
        store="S001",
        register="R1",
        business_date="2026-05-25",
        state=SaleState.CLOSED,
        total=Yen(1_834),
        paid=Yen(1_834),
        pending=Yen(0),
        balance=Yen(0),
        change=Yen(166),
        void_due=False,
        lines=(
            Line(name="ドリップコーヒー", quantity=2, unit_price=Yen(420), tax_rate=10),
            Line(
                name="全粒粉サンドイッチ (お持ち帰り)", quantity=1, unit_price=Yen(594), tax_rate=8
            ),
            Line(name="ギフトカード", quantity=1, unit_price=Yen(400), tax_rate=0),
        ),
        tenders=(card, declined, cash),
        cases=(),
        operator="E01",
        parked=False,
        opened_at=RUNG_UP_AT,
        closed_at=RUNG_UP_AT,
        sequence=9,
    )
