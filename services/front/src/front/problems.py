"""From a refusal to `application/problem+json`, and from an `Answer` to what goes on the wire."""

from collections.abc import Mapping
from typing import Final

import msgspec

from contracts.envelope import Answer, Refusal
from contracts.problems import PROBLEMS
from front.model import FieldValue, Refused, Reply

PROBLEM_TYPE: Final = "application/problem+json"

SUCCESS: Final[Mapping[str, int]] = {"ok": 200, "created": 201, "accepted": 202}
"""Outcomes of an `Answer` that are no refusal."""

RETRY_AFTER_S: Final[Mapping[int, int]] = {429: 5, 503: 2}
"""When no better time is known: long enough for a restart, short enough for a cashier."""

OWN_FIELDS: Final = frozenset({"type", "title", "status", "detail", "code"})


def problem(
    code: str,
    detail: str = "",
    fields: Mapping[str, FieldValue] | None = None,
    *,
    retry_after_s: int | None = None,
    allow: str | None = None,
) -> Reply:
    """Return the answer for `code`; a code that nobody registered is our bug, and a 500."""
    if code not in PROBLEMS:
        code, detail, fields = "internal_error", "", None
    known = PROBLEMS[code]
    document: dict[str, FieldValue] = {
        "type": f"urn:renkei:problem:{code}",
        "title": known.title,
        "status": known.status,
        "detail": detail or known.title,
        "code": code,
    }
    document |= {name: told for name, told in (fields or {}).items() if name not in OWN_FIELDS}
    headers: list[tuple[str, str]] = []
    wait_s = retry_after_s or _told_wait(fields) or RETRY_AFTER_S.get(known.status)
    if wait_s is not None and known.status in RETRY_AFTER_S:
        headers.append(("Retry-After", str(wait_s)))
    if known.status == 401:  # noqa: PLR2004 - HTTP's own number
        headers.append(("WWW-Authenticate", 'Bearer realm="renkei"'))
    if allow is not None:
        headers.append(("Allow", allow))
    return Reply(
        status=known.status,
        body=msgspec.json.encode(document),
        content_type=PROBLEM_TYPE,
        headers=tuple(headers),
    )


def of_refused(refused: Refused) -> Reply:
    """Return the answer for what was refused in `front` itself."""
    return problem(refused.code, refused.detail, refused.fields)


def reply_of(answer: Answer) -> Reply:
    """Return what a service said; a body that is no refusal passes through byte by byte.

    One that is done and has nothing to say is 204.
    """
    status = SUCCESS.get(answer.outcome)
    if status == SUCCESS["ok"] and bytes(answer.body) == b"null":
        return Reply(status=204, body=b"", replayed=answer.replayed)
    if status is not None:
        return Reply(status=status, body=bytes(answer.body), replayed=answer.replayed)
    refusal = refusal_of(answer)
    refused = problem(answer.outcome, refusal.detail, refusal.fields)
    return msgspec.structs.replace(refused, replayed=answer.replayed)


def refusal_of(answer: Answer) -> Refusal:
    """Return the refusal inside an answer; one without a body still has its code."""
    try:
        return msgspec.json.decode(answer.body, type=Refusal)
    except msgspec.MsgspecError:
        return Refusal(code=answer.outcome)


def _told_wait(fields: Mapping[str, FieldValue] | None) -> int | None:
    told = (fields or {}).get("retry_after")
    return told if isinstance(told, int) and told > 0 else None
