"""Whatever stands in a text of a slip, a sale or a store: the paper holds, the printer obeys us.

Every text there is, found by looking at the structs: one that is added tomorrow is tried as well.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from itertools import chain
from typing import Any, Final, cast

import msgspec
import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.receipts import Copy, PaperFormat
from contracts.sales import CorrectionView, SaleState, SaleView, VoidView
from contracts.stores import PrinterEntry, RegisterEntry, StoreConfiguration, StoreSettings
from receipts.decide import seller_of
from receipts.easel import LayoutEasel
from receipts.errors import NumberNotMaskedError, UnknownProfileError
from receipts.model import SaleRecord, SlipRecord
from receipts.ports import Paper
from receipts.sheet import Columns, Row, Sheet, text_columns
from receipts.slip_layout import lay_out_slip
from receipts.width import printable
from testkit.papers import CARD_SALE, EMONEY_VOID, ISSUER, sold

AT: Final = datetime(2026, 5, 26, tzinfo=UTC)

CONTROLS: Final = "".join(map(chr, chain(range(0x20), (0x7F,), range(0x80, 0xA0))))
BIDI: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE: Final = {
    "esc": "甲\x1b@\x1bp\x00\x19\x19\x1b=\x02\x1bi\x1bm\x1bJ\xff乙",
    "gs": "甲\x1dV\x00\x1dV\x41\x03\x1dv0\x00\xff\xff\xff\xff\x1d(H\x06\x000\x301234乙",
    "fs": "甲\x1cp\x01\x00\x1c.\x1c&乙",
    "dle": "\x10\x14\x01\x00\x05\x10\x04\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    "ours": "\x1b@\x1bd\x05\x1dV\x01\x1d!\x11\x1bE\x01\x1dkI\x07{B00112",
    "every control": CONTROLS,
    "bidi": f"{BIDI}165{BIDI}",
    "four bytes": "𠮷野家😀👨‍👩‍👧\U000e0041\U0010ffff",
    "combining": "か\u3099" + "e\u0301" * 500,
    "lone surrogate": "\ud800\udfff",
    "10,000 narrow": "A" * 10_000,
    "10,000 wide": "漢" * 10_000,
    "10,000 esc": "\x1b" * 10_000,
    "10,000 outside the set": "𠮷" * 10_000,
    "line breaks": "甲\r\n\u2028\u2029\x0b\x0c乙" * 50,
    "markup": "]]></text><script>alert(1)</script>&#27;&amp;\"'%s{0}",
}
texts = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)

LINES_MORE_MAX: Final = 8
"""A text takes a few lines of its own, never a roll of paper."""

SALE: Final = replace(
    sold(),
    void=VoidView(at=AT, by="manager", handed_back=Yen(0)),
    corrections=(CorrectionView(at=AT, by="manager", authorised_by="manager", corrects=3),),
)
STORE: Final = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(RegisterEntry(register=SALE.register, name="レジ1", printer="P1"),),
    terminals=(),
    printers=(PrinterEntry(printer="P1", host="10.0.0.1"),),
    settings=StoreSettings(issuer=ISSUER),
)


def variants(value: Any, text: str) -> Iterator[tuple[str, Any]]:
    """Yield the value with one of the texts in it replaced, for each of them, and which it was."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield "", text
    elif isinstance(value, tuple):
        parts = cast("tuple[Any, ...]", value)
        for index, part in enumerate(parts):
            for path, other in variants(part, text):
                yield f"[{index}]{path}", (*parts[:index], other, *parts[index + 1 :])
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            for path, other in variants(getattr(value, field.name), text):
                yield f".{field.name}{path}", replace(value, **{field.name: other})


OWN: Final = re.compile(
    rb"(?P<start>\x1b@\x1bR\x08\x1bt\x01\x1cC\x01\x1c&\x1cS\x00\x00)"
    rb"|(?P<cut>\x1bd\x05\x1dV\x01)"
    rb"|\x1bE[\x00\x01]|\x1ba[\x00\x01]|\x1d![\x00\x01\x11]"
    rb"|\x1dh\x48|\x1dw\x02|\x1dH\x00"
    rb"|\x1dkI(?P<length>.)\{B|\x1dv0\x00(?P<picture>....)",
    re.DOTALL,
)
TEXT: Final = re.compile(rb"(?:[\n\x20-\x7e\xa1-\xdf]|[\x81-\x9f\xe0-\xea][\x40-\x7e\x80-\xfc])+")


def obeyed(paper: bytes) -> list[str]:
    """Read all of it as a printer does, byte by byte; fail at what is neither ours nor text."""
    told: list[str] = []
    at = 0
    while at < len(paper):
        command = OWN.match(paper, at)
        if command is None:
            text = TEXT.match(paper, at)
            assert text is not None, f"an intruder at {at}: {paper[at : at + 12]!r}"
            at = text.end()
            continue
        at = command.end()
        told.append(command.lastgroup or "style")
        if command["length"]:
            count = command["length"][0] - 2
            assert re.fullmatch(rb"[0-9]+", paper[at : at + count])
            at += count
        if command["picture"]:
            wide, high = (int.from_bytes(command["picture"][i : i + 2], "little") for i in (0, 2))
            assert wide in {32 * 12 // 8, 48 * 12 // 8}
            assert high <= 80
            at += wide * high
            assert at <= len(paper), "a picture longer than the paper swallows the next one"
    return told


def assert_harmless(paper: bytes) -> None:
    told = obeyed(paper)
    assert told[0] == "start"
    assert told[-1] == "cut"
    assert told.count("start") == told.count("cut") == 1


def assert_holds(sheet: Sheet, lines: int) -> None:
    assert len(sheet.lines) <= lines + LINES_MORE_MAX
    for line in sheet.lines:
        if isinstance(line, Row):
            assert sum(each.columns for each in line.cells) <= sheet.columns
            assert all(text_columns(each, line.size) <= each.columns for each in line.cells)
            assert all(printable(each.text) == each.text for each in line.cells)


def test_the_reader_finds_an_intruder() -> None:
    record = slip_record(CARD_SALE)
    paper = LayoutEasel().slip(record, Copy.CUSTOMER, None, on(48))
    assert_harmless(paper)
    for intruder in (
        b"\x1bp\x00\x19\x19",
        b"\x1dV\x00",
        b"\x10\x14\x01\x00\x05",
        b"\x9b1m",
        b"\x00",
    ):
        with pytest.raises(AssertionError):
            assert_harmless(paper[:17] + intruder + paper[17:])  # after the start
    for ours in (b"\x1b@", b"\x1bd\x05\x1dV\x01"):
        with pytest.raises(AssertionError):
            assert_harmless(paper[:-5] + ours + paper[-5:])


def on(columns: Columns, paper_format: PaperFormat = PaperFormat.ESCPOS) -> Paper:
    return Paper(format=paper_format, columns=columns)


def slip_record(slip: Any) -> SlipRecord:
    return SlipRecord(
        operation_id="00000000-0000-7000-8000-000000000001",
        company="DEMO",
        store="S001",
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=msgspec.convert("payment", SlipRecord.__annotations__["kind"]),
        media="card",
        brand="AMEX",
        slip=slip,
        layout=1,
        event_id="00000000-0000-7000-8000-000000000002",
        seen_at=AT,
    )


@texts
@pytest.mark.parametrize("slip", [CARD_SALE, EMONEY_VOID], ids=["card", "emoney"])
@pytest.mark.parametrize(("columns", "copy"), [(48, Copy.CUSTOMER), (32, Copy.MERCHANT)])
def test_no_text_of_a_slip_breaks_it_or_commands_the_printer(
    text: str, slip: Any, columns: Columns, copy: Copy
) -> None:
    plain = lay_out_slip(slip, copy=copy, columns=columns, merchant_number=None, version=1)
    tried, refused = 0, list[tuple[str, str]]()
    for path, other in variants(replace(slip, order_number="1"), text):
        tried += 1
        try:
            paper = LayoutEasel().slip(slip_record(other), copy, None, on(columns))
        except NumberNotMaskedError as error:
            refused.append((path, str(error)))
            continue
        assert_harmless(paper)
        sheet = lay_out_slip(other, copy=copy, columns=columns, merchant_number=None, version=1)
        assert_holds(sheet, len(plain.lines))
    assert tried >= 20
    ((path, why),) = refused
    assert path in {".card_number", ".member_number"}
    assert text not in why


@texts
@pytest.mark.parametrize(("columns", "state"), [(48, SaleState.CLOSED), (32, SaleState.VOIDED)])
def test_no_text_of_a_sale_breaks_its_receipt_or_commands_the_printer(
    text: str, columns: Columns, state: SaleState
) -> None:
    tried = 0
    for _, view in variants(replace(SALE, state=state), text):
        tried += 1
        assert_harmless(LayoutEasel().receipt(sale_record(view, STORE), on(columns)))
    assert tried >= 15


@texts
def test_no_text_of_a_store_breaks_a_receipt_or_commands_the_printer(text: str) -> None:
    tried = 0
    for _, store in variants(STORE, text):
        tried += 1
        assert_harmless(LayoutEasel().receipt(sale_record(SALE, store), on(32)))
    assert tried >= 10


@texts
def test_a_printers_model_that_is_none_is_refused_in_few_words(text: str) -> None:
    paper = Paper(format=PaperFormat.ESCPOS, profile=text)
    with pytest.raises(UnknownProfileError) as refused:
        LayoutEasel().slip(slip_record(CARD_SALE), Copy.CUSTOMER, None, paper)
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@texts
@pytest.mark.parametrize("paper_format", [each for each in PaperFormat if each != "escpos"])
def test_everything_at_once_is_drawn_in_every_other_format(
    text: str, paper_format: PaperFormat
) -> None:
    worst: Any = SALE
    for path, _ in variants(SALE, text):
        if path.startswith((".lines", ".tenders", ".number")):
            worst = next(other for found, other in variants(worst, text) if found == path)
    drawn = LayoutEasel().receipt(sale_record(worst, STORE), on(32, paper_format))
    assert drawn
    if paper_format is PaperFormat.TXT:
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", drawn.decode()
        )


def sale_record(view: SaleView, store: StoreConfiguration) -> SaleRecord:
    seller = seller_of(store, SALE.register)
    return SaleRecord(company="DEMO", view=view, layout=1, heard_at=AT, seller=seller)
