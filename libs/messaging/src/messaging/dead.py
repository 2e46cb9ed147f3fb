"""Set aside: a message that cannot be read or handled goes where operations can see it.

It lands, unchanged, on `dead.<who>` in the stream DEAD, with headers that say why and from where.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from contracts import subjects
from contracts.envelope import HEADER_MESSAGE_ID, HEADER_TRACEPARENT

HEADER_REASON: Final = "Renkei-Dead-Reason"
HEADER_BY: Final = "Renkei-Dead-By"
HEADER_SUBJECT: Final = "Renkei-Dead-Subject"
HEADER_STREAM: Final = "Renkei-Dead-Stream"
HEADER_SEQUENCE: Final = "Renkei-Dead-Sequence"
HEADER_ATTEMPTS: Final = "Renkei-Dead-Attempts"
HEADER_ORIGINAL_ID: Final = "Renkei-Dead-Message-Id"

REASON_LENGTH_MAX: Final = 500
"""A header line; the whole story is in the log."""


def subject(by: str) -> str:
    """Return where `by` (a service or consumer) sets aside."""
    return subjects.dead(by)


def headers(
    *,
    by: str,
    source: str,
    payload: bytes,
    reason: str,
    original: Mapping[str, str] | None = None,
    stream: str = "",
    sequence: int = 0,
    attempts: int = 0,
) -> dict[str, str]:
    """Return the headers of a message set aside.

    Its message id is drawn from what it is and where it was, so that the same message set aside
    twice is kept once.
    """
    place = f"{stream}:{sequence}" if stream else hashlib.sha256(payload).hexdigest()
    told = {
        HEADER_MESSAGE_ID: f"dead:{by}:{source}:{place}",
        HEADER_BY: by,
        HEADER_SUBJECT: source,
        HEADER_REASON: " ".join(reason.split())[:REASON_LENGTH_MAX],
    }
    if stream:
        told |= {
            HEADER_STREAM: stream,
            HEADER_SEQUENCE: str(sequence),
            HEADER_ATTEMPTS: str(attempts),
        }
    for name, kept in (
        (HEADER_MESSAGE_ID, HEADER_ORIGINAL_ID),
        (HEADER_TRACEPARENT, HEADER_TRACEPARENT),
    ):
        value = (original or {}).get(name)
        if value:
            told[kept] = value
    return told
