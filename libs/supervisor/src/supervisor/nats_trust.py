"""Whom the NATS server of this machine trusts, and with what (`messaging.trust`)."""

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from contracts.permissions import (
    CENTRAL,
    OPERATIONS,
    Rights,
    box_identity,
    rights_of,
    rights_of_operations,
)
from messaging import trust
from messaging.nkeys import (
    Credentials,
    KeyUnreadableError,
    Kind,
    claims,
    key_of,
    new_key,
    write_credentials,
)


def _new_signing_key() -> str:
    return new_key(Kind.OPERATOR).seed


class Seeds(Struct, frozen=True, kw_only=True):
    """The private keys behind it all, in their text form; kept with the data that they guard."""

    operator: str
    system: str
    account: str
    boxes: str
    signing: str = msgspec.field(default_factory=_new_signing_key)
    """Signs accounts in the operator's place."""


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
        self._signing = key_of(seeds.signing)
        self.identities: dict[str, Credentials] = {
            OPERATIONS: self._service(OPERATIONS, rights_of_operations())
        }
        for service in CENTRAL:
            self.identities[service] = self._service(service, rights_of(service))
        for company, store in stores:
            self.identities[box_identity(company, store)] = self._box(company, store)

    def settings(self, accounts: Path) -> list[str]:
        """Return the lines of the server's configuration; `accounts` is where it keeps them.

        Accounts are handed over anew while it runs, and what was handed over last holds after a
        restart. So ours is said to be as old as can be: it counts on the first start alone, or
        every later start would forget who was revoked.
        """
        operator, system, now_s = self._operator, self._system.public, self._now_s
        account = trust.account_token(
            self._signing,
            account=self.account.public,
            boxes=self._boxes.public,
            revoked={},
            at_s=trust.OLDEST_S,
        )
        named = trust.operator_token(
            operator, system=system, signing=self._signing.public, at_s=now_s
        )
        return [
            f"operator: {named}",
            f"system_account: {system}",
            f"resolver: {{ type: full, dir: {json.dumps(str(accounts))}, allow_delete: false }}",
            "resolver_preload: {",
            f"  {system}: {trust.system_token(operator, system=system, at_s=trust.OLDEST_S)}",
            f"  {self.account.public}: {account}",
            "}",
        ]

    def signed_anew(self, kept: str) -> str | None:
        """Return the account that the server keeps, signed by our key; None: it is so already.

        The server trusts nobody by an account that another key has signed, and takes it for newer
        than the preload: after the key was replaced everybody would be locked out. Who is revoked
        stays so, and so does the account's age. What cannot be read is replaced by an account as
        old as can be, which `store_config` tells who is revoked when it starts.
        """
        try:
            said = claims(kept)
        except KeyUnreadableError:
            said = {}
        if said.get("iss") == self._signing.public:
            return None
        return trust.account_token(
            self._signing,
            account=self.account.public,
            boxes=self._boxes.public,
            revoked=said.get("nats", {}).get("revocations", {}),
            at_s=said.get("iat", trust.OLDEST_S),
        )

    def box_keys(self) -> trust.BoxKeys:
        """Return what gives boxes their tokens and takes them away."""
        key = new_key(Kind.USER)
        token = trust.revoker_token(self._system, user=key.public, at_s=self._now_s)
        return trust.BoxKeys(
            operator=self._signing.seed,
            account=self.account.public,
            boxes=self._boxes.seed,
            revoker=write_credentials(Credentials(token, key)),
        )

    def _service(self, name: str, rights: Rights) -> Credentials:
        key = new_key(Kind.USER)
        token = trust.service_token(
            self.account, user=key.public, name=name, rights=rights, at_s=self._now_s
        )
        return Credentials(token, key)

    def _box(self, company: str, store: str) -> Credentials:
        key = new_key(Kind.USER)
        token = trust.box_token(
            self._boxes,
            account=self.account.public,
            user=key.public,
            company=company,
            store=store,
            at_s=self._now_s,
        )
        return Credentials(token, key)
