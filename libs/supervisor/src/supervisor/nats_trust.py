"""Whom the NATS server of this machine trusts, and with what (`messaging.trust`)."""

from collections.abc import Iterable

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
from messaging.nkeys import Credentials, Kind, key_of, new_key


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
        operator, system, now_s = self._operator, self._system.public, self._now_s
        account = trust.account_token(
            operator, account=self.account.public, boxes=self._boxes.public, at_s=now_s
        )
        return [
            f"operator: {trust.operator_token(operator, system=system, at_s=now_s)}",
            f"system_account: {system}",
            "resolver: MEMORY",
            "resolver_preload: {",
            f"  {system}: {trust.system_token(operator, system=system, at_s=now_s)}",
            f"  {self.account.public}: {account}",
            "}",
        ]

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
