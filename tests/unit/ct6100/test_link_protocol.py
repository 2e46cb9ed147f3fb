"""`docs/link-protocol.md` against the code: a third party implements what it says."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec import NODEFAULT, structs

from ct6100 import protocol
from ct6100.codec import encode
from ct6100.frames import FRAME_MAX, PAYLOAD_MAX, FrameKind, encode_frame
from ct6100.journal import PAGE_MAX
from ct6100.layout import CODES, FIELDS, MESSAGES, TEXT_MAX
from ct6100.messages import Connect, LinkMessage, Progress, ResultStored, Start, Started
from ct6100.records import Kind, Phase, Screen, Wire

DOCUMENT = (Path(__file__).parents[3] / "docs" / "link-protocol.md").read_text(encoding="utf-8")

BOUNDS = 10
"""Bounds that the document names with their value."""

OPERATION = "0190a1b2-0000-7000-8000-000000000001"


def fields(struct: type[Wire]) -> str:
    names: list[str] = []
    for info in structs.fields(struct):
        may_be_left_out = FIELDS[info.name].many or (
            info.default is not NODEFAULT and not info.default
        )
        names.append(f"`{info.name}{'?' if may_be_left_out else ''}`")
    return ", ".join(names) or "none"


def rows() -> list[str]:
    found = [f"| {code:02X} | {m.__name__} | {fields(m)} |" for code, m in MESSAGES.items()]
    for name, field in FIELDS.items():
        form = field.form.value
        form += f" {field.words.__name__}" if field.words else ""
        form += f" {field.group.__name__}" if field.group else ""
        form += ", may repeat" if field.many else ""
        found.append(f"| {field.tag:02X} | {name} | {form} |")
    for words, codes in CODES.items():
        said = " · ".join(f"{code:02X} {word}" for code, word in codes.items())
        found.append(f"| {words.__name__} | {said} |")
    groups = [field.group for field in FIELDS.values() if field.group is not None]
    return found + [f"| {group.__name__} | {fields(group)} |" for group in groups]


@pytest.mark.parametrize("row", rows())
def test_each_code_tag_and_group_stands_in_the_document(row: str) -> None:
    assert row in DOCUMENT


def test_the_document_names_no_message_or_tag_that_does_not_exist() -> None:
    said = re.findall(r"^\| [0-9A-F]{2} \| .*$", DOCUMENT, re.MULTILINE)
    assert sorted(said) == sorted(row for row in rows() if re.match(r"\| [0-9A-F]{2} \|", row))


def test_each_bound_in_the_document_is_the_codes() -> None:
    for name, said in re.findall(
        r"([\d ]+\d)(?: s| times in all| bytes of noise)? \(`(\w+)`\)", DOCUMENT
    ):
        value = {"PAYLOAD_MAX": PAYLOAD_MAX, "PAGE_MAX": PAGE_MAX}.get(said)
        assert float(name.replace(" ", "")) == (value or getattr(protocol, said)), said
    assert f"fewer than {FRAME_MAX:,} bytes".replace(",", " ") in DOCUMENT
    assert f"at most {TEXT_MAX} bytes" in DOCUMENT
    for kind in FrameKind:
        assert f"| {kind.name} | `{kind:02X}` |" in DOCUMENT


def data(sequence: int, message: LinkMessage) -> bytes:
    return encode_frame(FrameKind.DATA, sequence, encode(message))


EXAMPLES = [
    data(0, Connect(register="S001")),
    encode_frame(FrameKind.ACK, 0),
    data(1, Start(operation_id=OPERATION, kind=Kind.PAYMENT, amount=165)),
    data(
        1,
        Started(
            operation_id=OPERATION,
            at=datetime(2026, 5, 25, 15, 45, 5, tzinfo=timezone(timedelta(hours=9))),
        ),
    ),
    data(
        2,
        Progress(
            sequence=4294967298,
            phase=Phase.AWAITING_CUSTOMER,
            screen=Screen(name="read_card", lines=("金額 ¥165",), keys=("リセット",)),
            operation_id=OPERATION,
        ),
    ),
    data(2, ResultStored(number=1)),
    encode_frame(FrameKind.NAK, 3),
    encode_frame(FrameKind.ENQUIRE, 0),
    encode_frame(FrameKind.ALIVE, 0),
]


def test_the_worked_example_is_what_the_code_sends() -> None:
    blocks = re.findall(r"```hex ([^\n]*)\n([0-9a-f \n]+)```", DOCUMENT)
    assert [bytes.fromhex(block) for _, block in blocks] == EXAMPLES
