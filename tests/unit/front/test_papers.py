"""What is drawn goes out under its own type, and no browser keeps what it must not."""

import msgspec
import pytest
from msgspec import Raw

from contracts.envelope import Answer, Refusal
from contracts.receipts import Copy, Drawn, PaperFormat
from front.model import Reply
from front.papers import MEDIA, PrintSlipsBody, receipt_reply, slip_reply


def drawn(content: bytes = b"paper", media_type: str = "image/svg+xml") -> Answer:
    told = Drawn(media_type=media_type, content=content, name="slip-00119-customer.svg")
    return Answer(outcome="ok", body=Raw(msgspec.json.encode(told)))


def header(reply: Reply, name: str) -> str:
    return dict(reply.headers)[name]


def test_a_slip_goes_out_as_its_bytes_and_is_kept_by_nobody() -> None:
    reply = slip_reply(drawn())
    assert (reply.status, reply.body, reply.content_type) == (200, b"paper", "image/svg+xml")
    assert header(reply, "Cache-Control") == "no-store"
    assert "ETag" not in dict(reply.headers)


@pytest.mark.parametrize(
    ("media_type", "disposition"),
    [
        ("text/plain; charset=utf-8", "inline"),
        ("application/pdf", "inline"),
        ("application/octet-stream", "attachment"),
        ("text/html", "attachment"),
    ],
)
def test_what_a_browser_cannot_show_is_for_saving(media_type: str, disposition: str) -> None:
    told = header(slip_reply(drawn(media_type=media_type)), "Content-Disposition")
    assert told == f'{disposition}; filename="slip-00119-customer.svg"'


def test_a_receipt_that_the_asker_has_is_not_sent_again() -> None:
    first = receipt_reply(drawn(), "")
    tag = header(first, "ETag")
    assert header(first, "Cache-Control") == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = receipt_reply(drawn(), known)
        assert (again.status, again.body, header(again, "ETag")) == (304, b"", tag)
    for known in ('"x"', tag.strip('"')):
        assert receipt_reply(drawn(), known).status == 200
    assert receipt_reply(drawn(b"voided"), tag).status == 200


def test_what_is_refused_is_a_problem_with_its_fields() -> None:
    refusal = Refusal(code="slip_not_ready", fields={"retry_after": 2})
    answer = Answer(outcome="slip_not_ready", body=Raw(msgspec.json.encode(refusal)))
    for reply in (slip_reply(answer), receipt_reply(answer, "*")):
        assert (reply.status, reply.content_type) == (503, "application/problem+json")
        assert header(reply, "Retry-After") == "2"


def test_without_a_word_both_copies_are_printed() -> None:
    assert PrintSlipsBody().copies == (Copy.CUSTOMER, Copy.MERCHANT)


def test_every_format_has_a_type() -> None:
    assert len(MEDIA) == len(PaperFormat)
