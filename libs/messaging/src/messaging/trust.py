"""What NATS' operator mode is told: an operator, an account with a key for boxes alone, its users.

The server knows public keys only and no user at all: whoever shows a token signed by the account is
let in, as far as the token says (`contracts.permissions`). A box's token says nothing but company
and store; the rest stands in the account, so the key that signs boxes can sign nothing else.

Pure: keys and times in, tokens out.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.permissions import (
    ANSWER_S,
    COMPANY_TAG,
    STORE_TAG,
    Rights,
    box_identity,
    rights_of_box,
)
from messaging.nkeys import Key, signed

UNLIMITED: Final = -1

NANOSECONDS: Final = 1_000_000_000


def operator_token(operator: Key, *, system: str, at_s: int) -> str:
    """Return who trusts whom: `system` is the public key of the server's own account."""
    told = {"type": "operator", "version": 2, "system_account": system}
    return signed(operator, operator.public, "renkei", told, at_s)


def system_token(operator: Key, *, system: str, at_s: int) -> str:
    """Return the account of the server's own messages."""
    told = {"type": "account", "version": 2, "limits": _limits()}
    return signed(operator, system, "system", told, at_s)


def account_token(operator: Key, *, account: str, boxes: str, at_s: int) -> str:
    """Return the account of all services and boxes; `boxes` signs boxes and nobody else."""
    limits = _limits() | dict.fromkeys(
        ("mem_storage", "disk_storage", "streams", "consumer"), UNLIMITED
    )
    told: dict[str, Any] = {
        "type": "account",
        "version": 2,
        "limits": limits,
        "signing_keys": [_box_scope(boxes)],
    }
    return signed(operator, account, "renkei", told, at_s)


def service_token(account: Key, *, user: str, name: str, rights: Rights, at_s: int) -> str:
    """Return the token of a process of the centre, with its rights in it."""
    told = {"type": "user", "version": 2} | _permissions(rights)
    return signed(account, user, name, told, at_s)


def box_token(boxes: Key, *, account: str, user: str, company: str, store: str, at_s: int) -> str:
    """Return the token of a store's box, whose rights the account knows."""
    told: Mapping[str, Any] = {
        "type": "user",
        "version": 2,
        "issuer_account": account,
        "tags": [f"company:{company}", f"store:{store}"],
    }
    return signed(boxes, user, box_identity(company, store), told, at_s)


def _limits() -> dict[str, Any]:
    return dict.fromkeys(
        ("subs", "conn", "leaf", "imports", "exports", "data", "payload"), UNLIMITED
    ) | {"wildcards": True}


def _box_scope(boxes: str) -> dict[str, Any]:
    template = _permissions(rights_of_box(COMPANY_TAG, STORE_TAG))
    return {"kind": "user_scope", "key": boxes, "role": "box", "template": template}


def _permissions(rights: Rights) -> dict[str, Any]:
    return {
        "pub": {"allow": list(rights.publish)},
        "sub": {"allow": list(rights.subscribe)},
        # To whoever asked, and nobody else: a box that guessed another one's reply subject could
        # answer in its place.
        "resp": {"max": 1, "ttl": ANSWER_S * NANOSECONDS},
        "subs": UNLIMITED,
        "data": UNLIMITED,
        "payload": UNLIMITED,
    }
