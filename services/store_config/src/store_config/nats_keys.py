"""The port `Keys`: boxes' tokens, signed here, and revocations, handed to the running NATS.

The file that `RENKEI_KEYS_FILE` names holds a `messaging.trust.BoxKeys`; decision 0109 says what
whoever reads it can do.
"""

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import msgspec

from contracts.identifiers import BoxId, CompanyCode, StoreCode
from messaging import trust
from messaging.address import Address, read_address
from messaging.errors import MessagingError
from messaging.nkeys import key_of, read_credentials
from messaging.wire import Wire
from servicekit.clock import Clock
from servicekit.tasks import Tasks
from store_config.ports import Issued, OutOfReach

ANSWER_S: Final = 5.0
"""A server writes the account to its disk and looks through its connections."""

CONNECTED_S: Final = 2.0
"""At a start the list is ready before the connection is, which takes milliseconds."""


class _Taken(msgspec.Struct):
    """What a server answers to an account that it was handed."""

    data: dict[str, Any] = {}
    error: dict[str, Any] = {}


class NatsKeys:
    """Signs with the keys of a file; speaks to NATS over a connection of its own.

    It is made in the background: a start does not wait for it, and whoever revokes is told
    `OutOfReach` meanwhile.
    """

    def __init__(self, keys: trust.BoxKeys, clock: Clock) -> None:
        self._operator, self._boxes = key_of(keys.operator), key_of(keys.boxes)
        self._account = keys.account
        self._revoker = read_credentials(keys.revoker)
        self._clock = clock
        self._wire = Wire("store_config box keys")
        self._tasks = Tasks()
        self._opening: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, path: Path, nats_url: str, clock: Clock) -> Self:
        """Read the file and begin to connect to the NATS of this text of `messaging.address`.

        OSError, `msgspec.MsgspecError` or `KeyUnreadableError`: there is no such file.
        """
        made = cls(msgspec.json.decode(path.read_bytes(), type=trust.BoxKeys), clock)
        line = read_address(urlunsplit(urlsplit(nats_url)))
        address = Address(line.url, made._revoker, line.authority)
        made._opening = made._tasks.spawn(made._wire.open(address), "connect as who revokes boxes")
        return made

    async def close(self) -> None:
        """Let the connection go."""
        await self._tasks.cancel()
        await self._wire.close()

    def issue(
        self,
        company: CompanyCode,
        store: StoreCode,
        box: BoxId,  # noqa: ARG002 - the store's box is one, and its key says which
        public_key: str,
        at: datetime,
    ) -> Issued:
        """See `Keys`."""
        at_s = int(at.timestamp())
        until_s = at_s + trust.BOX_LIFE_S
        token = trust.box_token(
            self._boxes,
            account=self._account,
            user=public_key,
            company=company,
            store=store,
            at_s=at_s,
            until_s=until_s,
        )
        return Issued(token, datetime.fromtimestamp(until_s, UTC))

    async def revoke(self, revoked: Mapping[str, datetime]) -> None:
        """See `Keys`."""
        token = trust.account_token(
            self._operator,
            account=self._account,
            boxes=self._boxes.public,
            revoked={key: math.ceil(at.timestamp()) for key, at in revoked.items()},
            at_s=int(self._clock.now().timestamp()),
        )
        if self._opening is not None:
            await asyncio.wait({self._opening}, timeout=CONNECTED_S)
        try:
            answer = await self._wire.request(
                trust.CLAIMS_UPDATE, token.encode(), timeout_s=ANSWER_S
            )
            taken = msgspec.json.decode(answer.data, type=_Taken)
        except (MessagingError, msgspec.MsgspecError) as error:
            raise OutOfReach(f"NATS did not take the list of revoked boxes: {error}") from error
        if taken.error or not taken.data:
            raise OutOfReach(f"NATS refused the list of revoked boxes: {taken.error}")
