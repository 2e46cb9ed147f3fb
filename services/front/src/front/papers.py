"""Slips and receipts over HTTP: what may be asked, and what is drawn as an answer. Pure."""

import hashlib
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contracts.envelope import Answer
from contracts.receipts import Columns, Copy, Drawn, PaperFormat, SlipOf
from front.model import Body, Query, Reply
from front.problems import reply_of

MEDIA: Final = (
    "text/plain",
    "image/svg+xml",
    "image/png",
    "application/pdf",
    "application/octet-stream",
)
"""What `receipts` says that its drawings are, in the order of `PaperFormat`."""

COPIES: Final = "|".join(Copy)
FORMATS: Final = "|".join(PaperFormat)

NOT_KEPT: Final = "no-store"
"""Of slips: a browser that kept both copies of one e-money payment would keep the whole number,
and who may look at a slip today may not tomorrow."""

ASKED_AGAIN: Final = "private, no-cache"
"""Of receipts: kept by the asker's browser, and shown only once it has asked whether they hold."""


class SlipQuery(Query, frozen=True, kw_only=True):
    """Of which operation, the latest without one; on paper of how many half-width characters."""

    operation: SlipOf | None = None
    columns: Columns = 48


class ReceiptQuery(Query, frozen=True, kw_only=True):
    """On paper of how many half-width characters."""

    columns: Columns = 48


class PrintSlipsBody(Body, frozen=True, kw_only=True):
    """控え印刷: which copies, both without a word; of which operation, the latest without one."""

    operation: Literal["payment", "refund"] | None = None
    copies: Annotated[tuple[Copy, ...], Meta(min_length=1, max_length=2)] = tuple(Copy)


def slip_reply(answer: Answer) -> Reply:
    """Return a drawn slip, or what `receipts` refuses."""
    return _reply(answer, (("Cache-Control", NOT_KEPT),))


def receipt_reply(answer: Answer, known: str) -> Reply:
    """Return a drawn receipt, 304 where it is the one that the asker has, or what is refused.

    `known` is the request's `If-None-Match`.
    """
    reply = _reply(answer, (("Cache-Control", ASKED_AGAIN),))
    if reply.status != 200:  # noqa: PLR2004 - HTTP's own number
        return reply
    tag = f'"{hashlib.blake2b(reply.body, digest_size=16).hexdigest()}"'
    headers = (*reply.headers, ("ETag", tag))
    known_tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    if known_tags & {tag, "*"}:
        return Reply(status=304, body=b"", headers=headers)
    return msgspec.structs.replace(reply, headers=headers)


def _reply(answer: Answer, headers: tuple[tuple[str, str], ...]) -> Reply:
    if answer.outcome != "ok":
        return reply_of(answer)
    drawn = msgspec.json.decode(answer.body, type=Drawn)
    # Printer bytes and whatever is not known here are for saving: no browser shows them.
    shown = drawn.media_type.partition(";")[0] in MEDIA[:-1]
    disposition = f'{"inline" if shown else "attachment"}; filename="{drawn.name}"'
    return Reply(
        status=200,
        body=drawn.content,
        content_type=drawn.media_type,
        headers=(("Content-Disposition", disposition), *headers),
    )
