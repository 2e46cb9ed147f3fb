"""The rules of the boxes: who may have a code made, what a code is worth, who stands for a store.

Pure. Order of refusals: `not_permitted` → `unknown_store` → `too_many_boxes`; `unknown_box`.
Whoever shows a code is refused in one way only (`enrolment_refused`): a guess must not learn that
it was once close.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from contracts.boxes import CODE_LIFE_S, BoxState, BoxView, EnrollBox
from contracts.envelope import Actor, Role
from contracts.identifiers import BoxId, StoreCode
from store_config.box_model import Box, BoxStep, Ended, RevokedKey
from store_config.decide import sees, unknown
from store_config.model import Facts, Refused

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is read as a digit, none that makes words."""

GROUP: Final = 4
CODE_LENGTH: Final = 16
"""80 bits: at 30 guesses a second for its 30 minutes, one chance in 10^19."""

_HEARD_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

RENEWED_AGAIN_S: Final = 60
"""A box that asks once more within a minute did not hear the answer, and is given it again."""

REVOKED_KEPT_S: Final = 24 * 3600
"""So long after its last token has ended by itself, a key need not be named any more."""

ENDED_MAX: Final = 20
"""With so many keys that are over and still named to the message server, a store gets no code."""

ENDED_MAX_OF_ALL: Final = 8_000
"""The same of all stores together. All are named in one token, 94 bytes a key, and NATS reads none
above 1 MiB: there is room left to revoke 3 000 boxes that stand."""

NEVER_USED_KEPT_S: Final = 30 * 24 * 3600
"""So long a code that nobody typed is still shown."""


# --- codes ---


def code_of(secret: str) -> str:
    """Return the code that is made of a random secret: 80 of its bits, in groups of four."""
    bits = int.from_bytes(hashlib.sha256(secret.encode()).digest()[: CODE_LENGTH * 5 // 8], "big")
    letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))
    return "-".join(letters[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def digest_of_code(given: str) -> bytes | None:
    """Return what is kept of a code as it was typed; None for what is none.

    Lower case, blanks and dashes wherever, O for 0, I and L for 1: as people write them.
    """
    code = given.upper().translate(_HEARD_AS)
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET):
        return None
    return hashlib.sha256(code.encode()).digest()


# --- what an administrator does ---


def may(actor: Actor) -> Refused | None:
    """Refuse whoever is no administrator."""
    return None if actor.role is Role.ADMIN else Refused(code="not_permitted")


def create(  # noqa: PLR0917 - what a code depends on
    actor: Actor,
    store: StoreCode,
    known: Collection[StoreCode],
    standing: Collection[Box],
    ended: Ended,
    new: Box,
) -> tuple[BoxStep, ...] | Refused:
    """Have a code made; one that was made before and not used is taken back by the same step.

    `known` are the company's stores, `standing` the boxes of this one that are not over, `ended`
    how many keys are over and still named to the message server.
    """
    refused = may(actor)
    if refused is not None:
        return refused
    if store not in known or not sees(actor, store):
        return unknown("store", store)
    if ended.of_store >= ENDED_MAX or ended.of_all >= ENDED_MAX_OF_ALL:
        return Refused(code="too_many_boxes")
    unused = [each for each in standing if each.state == "awaiting"]
    taken_back = tuple(
        _ended(each, "box_withdrawn", "revoked", new.created_at, actor.operator) for each in unused
    )
    return (*taken_back, BoxStep(action="box_created", before=None, after=new))


def new_box(actor: Actor, store: StoreCode, box: BoxId, code: str, now: datetime) -> Box:
    """Return a box that awaits its code being typed."""
    digest = digest_of_code(code)
    assert digest is not None, "we make codes that nobody can type"  # noqa: S101 - our bug
    return Box(
        box=box,
        company=actor.company,
        store=store,
        state="awaiting",
        version=1,
        created_at=now,
        created_by=actor.operator,
        code_digest=digest,
        code_expires_at=now + timedelta(seconds=CODE_LIFE_S),
    )


def revoke(actor: Actor, asked: BoxId, box: Box | None, now: datetime) -> BoxStep | Box | Refused:
    """Let a box be nobody; `Box`: it is nobody already."""
    refused = may(actor)
    if refused is not None:
        return refused
    if box is None or box.company != actor.company or not sees(actor, box.store):
        return unknown("box", asked)
    if box.state in {"revoked", "replaced"}:
        return box
    return _ended(box, "box_revoked", "revoked", now, actor.operator)


# --- what a box does ---


def lost_its_answer(box: Box | None, asked: EnrollBox, now: datetime) -> bool:
    """Tell whether this very key was enrolled by this code, which still holds."""
    return (
        box is not None
        and box.state == "enrolled"
        and box.public_key == asked.public_key
        and now < box.code_expires_at
    )


def may_enrol(box: Box | None, *, key_known: bool, now: datetime) -> bool:
    """Tell whether a code, as the record has it, is worth anything; a key is used only once."""
    return (
        box is not None and box.state == "awaiting" and now < box.code_expires_at and not key_known
    )


def enrol(
    box: Box, standing: Collection[Box], asked: EnrollBox, until: datetime, now: datetime
) -> tuple[BoxStep, ...]:
    """Let a box stand for its store; the one that did is replaced by the same step.

    `until`: when the token ends that it is given.
    """
    replaced = tuple(
        _ended(each, "box_replaced", "replaced", now, box.box)
        for each in standing
        if each.state == "enrolled"
    )
    after = structs.replace(
        box,
        state="enrolled",
        version=box.version + 1,
        public_key=asked.public_key,
        hostname=asked.hostname,
        enrolled_at=now,
        key_issued_at=now,
        token_expires_at=until,
    )
    return (*replaced, BoxStep(action="box_enrolled", before=box, after=after))


def present_of(standing: Collection[Box], public_key: str) -> Box | None:
    """Return the box that stands for the store, if it is the one with this key."""
    present = (each for each in standing if each.state == "enrolled")
    return next((each for each in present if each.public_key == public_key), None)


def renewal_at(box: Box, now: datetime) -> datetime:
    """Return as of when a box is given its token: now, or the last one once more."""
    last = box.key_issued_at
    if last is not None and timedelta(0) <= now - last < timedelta(seconds=RENEWED_AGAIN_S):
        return last
    return now


def renew(box: Box, until: datetime, now: datetime) -> BoxStep:
    """Note that a box was given another token, which ends at `until`."""
    # Clocks differ between instances: a revocation covers the latest token ever given.
    last = max(now, box.key_issued_at or now)
    ends = max(until, box.token_expires_at or until)
    after = structs.replace(box, version=box.version + 1, key_issued_at=last, token_expires_at=ends)
    return BoxStep(action="box_renewed", before=box, after=after)


# --- what is told of it ---


def state_of(box: Box, now: datetime) -> BoxState:
    """Return how a box stands by now."""
    late = box.state == "awaiting" and now >= box.code_expires_at
    return "expired" if late else box.state


def view(box: Box, now: datetime) -> BoxView:
    """Return a box as the API shows it."""
    renewed = box.key_issued_at if box.key_issued_at != box.enrolled_at else None
    return BoxView(
        box=box.box,
        store=box.store,
        state=state_of(box, now),
        created_at=box.created_at,
        created_by=box.created_by,
        code_expires_at=box.code_expires_at,
        enrolled_at=box.enrolled_at,
        hostname=box.hostname,
        token_expires_at=box.token_expires_at,
        renewed_at=renewed,
        revoked_at=box.ended_at,
        revoked_by=box.ended_by,
        cut_off=box.cut_off,
    )


def difference(step: BoxStep) -> tuple[Facts, Facts]:
    """Return what differs, as it was and as it is: the two halves of an audit entry."""
    was = _facts(step.before) if step.before is not None else {}
    now = _facts(step.after)
    names = [name for name in now if was.get(name) != now[name]]
    who = f"box.{step.after.box}"
    return (
        {f"{who}.{name}": was[name] for name in names if name in was},
        {f"{who}.{name}": now[name] for name in names},
    )


def kept_since(now: datetime) -> datetime:
    """Return the horizon: keys whose last token ended before are not named any more."""
    return now - timedelta(seconds=REVOKED_KEPT_S)


def by_key(revoked: Collection[RevokedKey]) -> dict[str, datetime]:
    """Return when each key came to its end."""
    return {each.public_key: each.at for each in revoked}


def _ended(box: Box, action: str, state: str, now: datetime, by: str) -> BoxStep:
    assert state in {"revoked", "replaced"}, state  # noqa: S101 - house style 12
    # Not before its last token was issued, by whichever clock: else that token would outlive it.
    at = max(now, box.key_issued_at or now)
    after = structs.replace(
        box,
        state="revoked" if state == "revoked" else "replaced",
        version=box.version + 1,
        ended_at=at,
        ended_by=by,
    )
    return BoxStep(action=action, before=box, after=after)


def _facts(box: Box) -> Facts:
    """Say everything but the code's digest: whoever reads the log could try codes against it."""
    until = box.token_expires_at
    return {
        "state": box.state,
        "hostname": box.hostname,
        "public_key": box.public_key,
        "token_expires_at": until.isoformat() if until is not None else None,
        "code_expires_at": box.code_expires_at.isoformat(),
    }
