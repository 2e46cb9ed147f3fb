"""Asks the centre, over HTTPS, to take a box in; everything that comes back is checked first."""

import http.client
import urllib.request
from typing import Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from contracts.boxes import EnrollBox, Enrolled
from messaging.nkeys import KeyUnreadableError, claims
from servicekit.settings import protected

PATH: Final = "/api/v1/enrollments"

ANSWER_S: Final = 20.0

ANSWER_MAX: Final = 64 * 1024

OK: Final = 200

REASONS: Final = {
    "enrolment_refused": (
        "The centre does not take this code: mistyped, used before, replaced by a newer one, "
        "or older than 30 minutes. Have a new one made on the fleet page."
    ),
    "too_many_attempts": "Too many wrong codes came from here. Wait a few minutes, then try again.",
    "enrolment_not_configured": "This centre cannot enrol boxes: it has no keys to sign them with.",
    "service_unavailable": "The centre is not complete at the moment. Run the same command again.",
    "invalid_body": "The centre does not read this request: is the code complete?",
}

AGAIN: Final = frozenset({"service_unavailable", "too_many_attempts"})


class EnrolmentError(Exception):
    """It did not work; `str()` is for the person at the box.

    `again`: the same command may work later; nothing was decided, or nobody can tell.
    """

    def __init__(self, words: str, *, again: bool) -> None:
        super().__init__(words)
        self.again = again


class _Problem(Struct):
    code: str = ""
    detail: str = ""


class _Reply(NamedTuple):
    status: int
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A code is told to the host that was named, and to no other."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


def checked_centre(centre: str) -> str:
    """Return the centre's address without a slash at its end; `EnrolmentError`: it is no good."""
    parts = urlsplit(centre)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise EnrolmentError(f"{centre} is no address such as https://host", again=False)
    if parts.scheme == "http" and not protected(centre):
        raise EnrolmentError(
            f"{centre} would send the code for everybody to read: say https://", again=False
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def enrol(centre: str, asked: EnrollBox) -> Enrolled:
    """Ask to be taken in; `EnrolmentError` for every way in which it does not work."""
    reply = _post(f"{checked_centre(centre)}{PATH}", msgspec.json.encode(_body(asked)))
    if reply.status != OK:
        raise _refused(reply)
    try:
        told = msgspec.json.decode(reply.body, type=Enrolled)
        subject = claims(told.token).get("sub")
    except (msgspec.MsgspecError, KeyUnreadableError) as error:
        raise EnrolmentError(f"The centre's answer cannot be read: {error}", again=True) from error
    if subject != asked.public_key:
        raise EnrolmentError("The centre's answer is for another key than ours.", again=False)
    if not protected(told.nats_url):
        raise EnrolmentError(
            f"The centre says to connect to {told.nats_url}, which is not protected by TLS.",
            again=False,
        )
    return told


def _body(asked: EnrollBox) -> dict[str, str]:
    return {"code": asked.code, "public_key": asked.public_key, "hostname": asked.hostname}


def _post(url: str, body: bytes) -> _Reply:
    request = urllib.request.Request(  # noqa: S310 - `checked_centre` has seen its scheme
        url, body, {"Content-Type": "application/json", "Accept": "application/json"}
    )
    opener = urllib.request.build_opener(_NoRedirects())
    try:
        with opener.open(request, timeout=ANSWER_S) as answer:
            return _Reply(answer.status, answer.read(ANSWER_MAX))
    except HTTPError as error:
        with error:
            return _Reply(error.code, error.read(ANSWER_MAX))
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise EnrolmentError(
            f"The centre was not reached, or its answer was lost: {reason}. "
            "Run the same command again.",
            again=True,
        ) from error


def _refused(reply: _Reply) -> EnrolmentError:
    try:
        problem = msgspec.json.decode(reply.body, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    words = REASONS.get(problem.code)
    if words is None:
        said = " ".join(part for part in (problem.code, problem.detail) if part)
        words = f"The centre answered {reply.status} {said or '(no reason given)'}."
    return EnrolmentError(words, again=problem.code in AGAIN)
