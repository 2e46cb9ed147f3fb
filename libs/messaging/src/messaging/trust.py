"""What NATS' operator mode is told: an operator, an account with a key for boxes alone, its users.

The server knows public keys only and no user at all: whoever shows a token signed by the account is
let in, as far as the token says (`contracts.permissions`). A box's token says nothing but company
and store; the rest stands in the account, so the key that signs boxes can sign nothing else.

A box is taken out by its public key standing in the account (`revocations`): the server cuts its
connection and lets it in no more. Whoever may sign accounts and hand them to the server can do so.

Pure: keys and times in, tokens out.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from contracts.permissions import (
    ANSWER_S,
    COMPANY_TAG,
    STORE_TAG,
    Rights,
    box_identity,
    inbox,
    rights_of_box,
)
from messaging.nkeys import Key, signed

UNLIMITED: Final = -1

NANOSECONDS: Final = 1_000_000_000

BOX_LIFE_S: Final = 30 * 86_400
"""A box renews its token long before; one in a cupboard for longer is enrolled anew."""

OLDEST_S: Final = 1
"""When an account is said to be made that every later word about it replaces."""

REVOKER: Final = "box_keys"
"""Who hands accounts to the server, and may say and hear nothing else."""

CLAIMS_UPDATE: Final = "$SYS.REQ.CLAIMS.UPDATE"


class BoxKeys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to give boxes their tokens and to take them away; in a file, 0600.

    It can do more than that: who signs accounts can give them any key. Guard it like the operator's
    own; being a signing key, it can be replaced without replacing the operator.
    """

    operator: str
    """Seed of a signing key of the operator: signs accounts."""
    account: str
    """Public key of the account of all services and boxes."""
    boxes: str
    """Seed of the key that signs boxes."""
    revoker: str
    """Credentials, as the text of their file, of `REVOKER` in the server's own account."""

    def __repr__(self) -> str:
        """Name no private key, wherever it may be written."""
        return f"BoxKeys(account={self.account!r})"


def operator_token(operator: Key, *, system: str, signing: str, at_s: int) -> str:
    """Return who trusts whom: `system` is the public key of the server's own account.

    `signing` is the key that signs accounts beside the operator's own.
    """
    told = {"type": "operator", "version": 2, "system_account": system, "signing_keys": [signing]}
    return signed(operator, operator.public, "renkei", told, at_s)


def system_token(operator: Key, *, system: str, at_s: int) -> str:
    """Return the account of the server's own messages."""
    told = {"type": "account", "version": 2, "limits": _limits()}
    return signed(operator, system, "system", told, at_s)


def account_token(
    operator: Key, *, account: str, boxes: str, revoked: Mapping[str, int], at_s: int
) -> str:
    """Return the account of all services and boxes; `boxes` signs boxes and nobody else.

    `revoked`: users by public key; whose token was made at this second or before is nobody.
    """
    limits = _limits() | dict.fromkeys(
        ("mem_storage", "disk_storage", "streams", "consumer"), UNLIMITED
    )
    told: dict[str, Any] = {
        "type": "account",
        "version": 2,
        "limits": limits,
        "signing_keys": [_box_scope(boxes)],
        "revocations": dict(sorted(revoked.items())),
    }
    return signed(operator, account, "renkei", told, at_s)


def service_token(account: Key, *, user: str, name: str, rights: Rights, at_s: int) -> str:
    """Return the token of a process of the centre, with its rights in it."""
    told = {"type": "user", "version": 2} | _permissions(rights)
    return signed(account, user, name, told, at_s)


def revoker_token(system: Key, *, user: str, at_s: int) -> str:
    """Return the token of `REVOKER`: it hands over accounts, and hears whether they were taken."""
    rights = Rights((CLAIMS_UPDATE,), (f"{inbox(REVOKER)}.>",))
    told = {"type": "user", "version": 2} | _permissions(rights)
    return signed(system, user, REVOKER, told, at_s)


def box_token(
    boxes: Key,
    *,
    account: str,
    user: str,
    company: str,
    store: str,
    at_s: int,
    until_s: int | None = None,
) -> str:
    """Return the token of a store's box, whose rights the account knows; `until_s`: its end."""
    told: Mapping[str, Any] = {
        "type": "user",
        "version": 2,
        "issuer_account": account,
        "tags": [f"company:{company}", f"store:{store}"],
    }
    return signed(boxes, user, box_identity(company, store), told, at_s, until_s)


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
