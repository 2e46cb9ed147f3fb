"""Keeps a box's token in force: asks for a new one in time, connects with it when all is quiet."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from contracts import subjects
from contracts.boxes import RenewBox, Renewed
from contracts.envelope import Answer
from messaging.bus import Bus, MessagingError
from messaging.nkeys import (
    Credentials,
    KeyUnreadableError,
    claims,
    read_credentials,
    write_credentials,
)
from servicekit.clock import Clock
from terminal_gateway.decide_renewal import Does, Standing, decide
from terminal_gateway.edge_files import keep, life_of

ANSWER_S: Final = 5.0

_log = logging.getLogger(__name__)


class Renewal:
    """One box's token, in the file from which each connection reads it."""

    def __init__(
        self,
        bus: Bus,
        path: Path,
        place: tuple[str, str],
        clock: Clock,
        busy: Callable[[], bool],
    ) -> None:
        self._bus = bus
        self._path = path
        self._company, self._store = place
        self._clock = clock
        self._busy = busy
        self._held = read_credentials(path.read_text(encoding="utf-8"))
        self._failures = 0
        self._asked_at: datetime | None = None

    async def run(self) -> None:
        """Renew for ever; returns at once where the token has no end."""
        kept = life_of(self._held.token)
        if kept is None:
            return
        self._connected = kept
        self._bus.wire.on_reconnect.append(self._was_connected)
        while True:
            kept = life_of(self._held.token) or kept
            step = decide(
                self._clock.now(),
                Standing(kept, self._connected, self._busy(), self._failures, self._asked_at),
            )
            if step.does is Does.RENEW:
                await self._renew()
            elif step.does is Does.CONNECT:
                await self._connect()
            else:
                await asyncio.sleep(step.wait_s)

    def _was_connected(self) -> None:
        self._connected = life_of(self._held.token) or self._connected

    async def _connect(self) -> None:
        _log.info("connecting with the renewed token, which ends at %s", self._kept_until())
        again = asyncio.Event()
        self._bus.wire.on_reconnect.append(again.set)
        try:
            await self._bus.wire.client.force_reconnect()
            await again.wait()
        finally:
            self._bus.wire.forget(again.set)

    async def _renew(self) -> None:
        subject = subjects.box_question("store_config", self._company, self._store, "renew_box")
        try:
            asked = RenewBox(public_key=self._held.key.public)
            answer = await self._bus.request(subject, asked, Answer, timeout_s=ANSWER_S)
            if answer.outcome != "ok":
                self._failed(f"the centre says {answer.outcome}")
                return
            token = msgspec.json.decode(answer.body, type=Renewed).token
            if claims(token).get("sub") != self._held.key.public:
                self._failed("the token that came is for another key")
                return
            renewed = Credentials(token, self._held.key)
            await asyncio.to_thread(keep, self._path, write_credentials(renewed))
            self._held = renewed  # on the disk: each connection reads it there
        except (MessagingError, msgspec.MsgspecError, KeyUnreadableError, OSError) as error:
            self._failed(str(error))
        else:
            self._failures, self._asked_at = 0, self._clock.now()
            _log.info("the token of this box was renewed; it ends at %s", self._kept_until())

    def _failed(self, why: str) -> None:
        self._failures += 1
        self._asked_at = self._clock.now()
        _log.warning("this box's token (until %s) was not renewed: %s", self._kept_until(), why)

    def _kept_until(self) -> str:
        kept = life_of(self._held.token)
        return "never" if kept is None else kept.expires_at.isoformat()
