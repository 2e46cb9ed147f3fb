"""Whom the NATS server trusts, and with what: an operator, one account, a key for boxes alone.

The server knows public keys only and no user at all: whoever shows a token signed by the account is
let in, as far as the token says (`contracts.permissions`). A box's token says nothing but company
and store; the rest stands in the account, so the key that signs boxes can sign nothing else.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from contracts.permissions import (
    ANSWER_S,
    CENTRAL,
    COMPANY_TAG,
    OPERATIONS,
    STORE_TAG,
    Rights,
    box_identity,
    rights_of,
    rights_of_box,
    rights_of_operations,
)
from messaging.nkeys import Credentials, Key, Kind, key_of, new_key, signed

UNLIMITED: Final = -1

NANOSECONDS: Final = 1_000_000_000


class Seeds(Struct, frozen=True, kw_only=True):
    """The private keys behind it all, in their text form; kept with the data that they guard."""

    operator: str
    system: str
    account: str
    boxes: str


def new_seeds() -> Seeds:
    """Return new ones."""
    return Seeds(
        operator=new_key(Kind.OPERATOR).seed,
        system=new_key(Kind.ACCOUNT).seed,
        account=new_key(Kind.ACCOUNT).seed,
        boxes=new_key(Kind.ACCOUNT).seed,
    )


class Trust:
    """The tokens of one server and of everybody who uses it.

    `stores` are the companies and stores that have a box. Nobody's own key outlives the process:
    the server recognises a token by its signature.
    """

    def __init__(self, seeds: Seeds, stores: Iterable[tuple[str, str]], now_s: int) -> None:
        self._now_s = now_s
        self._operator, self._system = key_of(seeds.operator), key_of(seeds.system)
        self.account, self._boxes = key_of(seeds.account), key_of(seeds.boxes)
        self.identities: dict[str, Credentials] = {
            OPERATIONS: self._service(OPERATIONS, rights_of_operations())
        }
        for service in CENTRAL:
            self.identities[service] = self._service(service, rights_of(service))
        for company, store in stores:
            self.identities[box_identity(company, store)] = self._box(company, store)

    def settings(self) -> list[str]:
        """Return the lines of the server's configuration."""
        return [
            f"operator: {self._signed_operator()}",
            f"system_account: {self._system.public}",
            "resolver: MEMORY",
            "resolver_preload: {",
            f"  {self._system.public}: {self._signed_account(self._system, 'system')}",
            f"  {self.account.public}: {self._signed_account(self.account, 'renkei')}",
            "}",
        ]

    def _signed_operator(self) -> str:
        key = self._operator
        told = {"type": "operator", "version": 2, "system_account": self._system.public}
        return signed(key, key.public, "renkei", told, self._now_s)

    def _signed_account(self, key: Key, name: str) -> str:
        limits = dict.fromkeys(
            ("subs", "conn", "leaf", "imports", "exports", "data", "payload"), UNLIMITED
        ) | {"wildcards": True}
        told: dict[str, Any] = {"type": "account", "version": 2, "limits": limits}
        if key is self.account:
            limits |= dict.fromkeys(
                ("mem_storage", "disk_storage", "streams", "consumer"), UNLIMITED
            )
            told["signing_keys"] = [self._box_scope()]
        return signed(self._operator, key.public, name, told, self._now_s)

    def _box_scope(self) -> dict[str, Any]:
        template = _permissions(rights_of_box(COMPANY_TAG, STORE_TAG))
        return {
            "kind": "user_scope",
            "key": self._boxes.public,
            "role": "box",
            "template": template,
        }

    def _service(self, name: str, rights: Rights) -> Credentials:
        key = new_key(Kind.USER)
        told = {"type": "user", "version": 2} | _permissions(rights)
        return Credentials(signed(self.account, key.public, name, told, self._now_s), key)

    def _box(self, company: str, store: str) -> Credentials:
        key = new_key(Kind.USER)
        told: Mapping[str, Any] = {
            "type": "user",
            "version": 2,
            "issuer_account": self.account.public,
            "tags": [f"company:{company}", f"store:{store}"],
        }
        name = box_identity(company, store)
        return Credentials(signed(self._boxes, key.public, name, told, self._now_s), key)


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
