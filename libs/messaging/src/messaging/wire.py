"""nats-py as we use it. Its traps are dealt with here and nowhere else.

- Reconnects for ever, with growing pauses of our own; buffers nothing while disconnected, and
  throws away what was still in its buffer when the connection broke.
- A subscription counts only after a round trip: `flush` alone can overtake it.
- Health is a round trip; a dead read loop, which `is_connected` does not show, is replaced.
- A callback that raises or is cancelled does not end its subscription.
- `tls://` means TLS: a server that says it has none is no server of ours.
- Being turned away, even in mid-connection, is no end: who we are may have been renewed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from nats import errors
from nats.aio.client import Client, Server
from nats.js import JetStreamContext

from contracts.permissions import INBOX
from messaging import backoff
from messaging.address import Address, read_address
from messaging.errors import NoAnswer, NoResponder, NotSent

PING_INTERVAL_S: Final = 5
PINGS_MAX: Final = 2
"""A black hole is noticed after 10 to 15 s instead of the default's four minutes."""

CONNECT_S: Final = 2
"""One attempt to connect; a server that is there answers in milliseconds."""

RECONNECT_FIRST_S: Final = 0.1
RECONNECT_LONGEST_S: Final = 2.0
"""A server that restarts is back in 30 ms; three thousand clients must not storm it either."""

PING_S: Final = 1.0
"""A health check that takes longer counts as failed."""

WATCH_S: Final = 1.0
"""How often we look whether the read loop still lives."""

CLOSE_S: Final = 2.0
"""Closing waits for the socket this long at most."""

REFUSED_FIRST_S: Final = 0.1
REFUSED_LONGEST_S: Final = 60.0
"""Who is not let in stays away for longer and longer: it is most likely for good."""

REFUSALS: Final = (
    "authorization violation",
    "authentication violation",
    "authentication expired",
    "authentication revoked",
)
"""What a server says, in lower case, to whom it does not let in or no longer wants."""

BUSY: Final = "authentication timeout"
"""What a server says that had no time to look who we are: a thousand came back at once. It is no
word about us, and worth trying again soon."""

SAY_EVERY: Final = 20
"""Of the failed attempts to connect, the first and then each twentieth are logged."""

REPLY_PREFIX: Final = f"{INBOX}."
"""Replies go to inboxes only. Any sender chooses its reply subject: answering whatever it names
would let it write to subjects that it may not publish to (nats.md, Security)."""

_log = logging.getLogger(__name__)


class WireMessage(Protocol):
    """A message as nats-py hands it over."""

    subject: str
    reply: str
    data: bytes
    headers: dict[str, str] | None


class Subscription(Protocol):
    """A subscription of nats-py."""

    async def drain(self) -> None:
        """Take no more, finish what has arrived."""
        ...

    async def unsubscribe(self, limit: int = 0) -> None:
        """Take no more, drop what has arrived."""
        ...


OnMessage = Callable[[Any], Awaitable[None]]
"""Takes a `WireMessage`; must not raise."""


class _Client(Client):
    """nats-py's own, but for two things that it gets wrong; where it is patched: decision 0104."""

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002 - as nats-py has it
        if self._current_server is not None and self._current_server.uri.scheme == "tls":
            # It would go on in plain text with a server that says it has no TLS, whoever that is.
            info["tls_required"] = True
        await super()._process_info(info, initial_connection)

    async def _process_err(self, err_msg: str) -> None:
        if (is_refusal(err_msg) or is_busy(err_msg)) and self.is_connected:
            # It would close for good; yet a token that ran out may have been renewed meanwhile.
            refused = errors.Error(f"nats: {err_msg}")
            await self._error_cb(refused)
            await self._process_op_err(refused)
        else:
            await super()._process_err(err_msg)


class _ConnectionBroke(Exception):  # noqa: N818 - seen by nobody else
    """What we were waiting for can no longer come."""


class Wire:
    """One connection. Made by `open_wire`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client: Client = _Client()
        self.on_reconnect: list[Callable[[], None]] = []
        self.on_state: Callable[[bool], None] = _ignore
        self.on_closed: Callable[[str], None] = _ignore
        self.on_refused: Callable[[int], None] = _ignore
        """Called each time the server turns us away, with how often it did so without a break."""
        self._failed_attempts = 0
        self._refusals = 0
        self._closing = False
        self._begun = False
        self._watch: asyncio.Task[None] | None = None

    @property
    def _inside(self) -> Any:
        """The client with what nats-py keeps to itself; each use says why it is needed."""
        return self.client

    @property
    def connected(self) -> bool:
        """Whether nats-py believes to be connected; `ping` knows."""
        return self.client.is_connected

    async def open(self, address: Address) -> None:
        """Connect; keep trying until a round trip has worked."""
        self._begun = True
        await self.client.connect(  # pyright: ignore[reportUnknownMemberType]  # **options
            address.url,
            name=self.name,
            error_cb=self._on_error,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            closed_cb=self._on_closed,
            reconnect_to_server_handler=_next_server,
            connect_timeout=CONNECT_S,
            reconnect_time_wait=1,
            max_reconnect_attempts=-1,
            ping_interval=PING_INTERVAL_S,
            max_outstanding_pings=PINGS_MAX,
            pending_size=-1,
            **address.options(),
        )
        while not await self.ping():
            _log.warning("connected to NATS, but it does not answer yet")
            await asyncio.sleep(PING_S)
        self._failed_attempts = self._refusals = 0
        self.on_state(True)  # noqa: FBT003 - a callback's only argument
        self._watch = asyncio.create_task(self._watch_read_loop(), name="watch the NATS reader")

    async def request(
        self,
        subject: str,
        payload: bytes,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> WireMessage:
        """Ask and wait for one answer; raise `NoResponder`, `NotSent` or `NoAnswer`."""
        if not self.client.is_connected:
            raise NotSent(subject, "not connected to NATS")
        try:
            return await self.client.request(
                subject, payload, timeout=timeout_s, headers=dict(headers) if headers else None
            )
        except _ConnectionBroke as error:
            raise NoAnswer(subject, "the connection broke while waiting") from error
        except errors.NoRespondersError as error:
            raise NoResponder(subject) from error
        except errors.TimeoutError as error:
            raise NoAnswer(subject, f"no answer in {timeout_s} s") from error
        except errors.Error as error:
            # connection closed, draining or reconnecting, or too large: all before it was written
            raise NotSent(subject, str(error)) from error
        except OSError as error:
            raise NoAnswer(subject, f"the connection broke while sending: {error}") from error

    async def publish(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        reply: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send without waiting; raise `NotSent` while disconnected."""
        try:
            await self.client.publish(
                subject, payload, reply=reply, headers=dict(headers) if headers else None
            )
        except (errors.Error, OSError) as error:
            raise NotSent(subject, str(error)) from error

    async def subscribe(
        self, subject: str, on_message: OnMessage, *, queue: str = "", pending_max: int
    ) -> Subscription:
        """Subscribe and return once the server has surely heard of it."""
        subscription = await self.client.subscribe(  # pyright: ignore[reportUnknownMemberType]  # Future
            subject, queue=queue, cb=on_message, pending_msgs_limit=pending_max
        )
        await asyncio.sleep(0)  # or the round trip may overtake the SUB (nats.md, traps)
        while not await self.ping():  # noqa: ASYNC110 - nothing tells that the server answers
            await asyncio.sleep(RECONNECT_FIRST_S)  # nats-py subscribes again as it reconnects
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Take no more, drop what has arrived; harmless when the connection is gone."""
        try:
            await subscription.unsubscribe()
        except errors.Error as error:
            _log.debug("unsubscribing: %r", error)

    async def end(self, subscription: Subscription) -> None:
        """Take no more, let callbacks finish what has arrived or is on its way (bounded)."""
        if not self.client.is_connected:
            return
        try:
            await asyncio.wait_for(subscription.drain(), CLOSE_S)
        except (errors.Error, TimeoutError) as error:
            _log.debug("ending a subscription: %r", error)

    def forget(self, tell: Callable[[], None]) -> None:
        """No longer call `tell` at a reconnect."""
        if tell in self.on_reconnect:
            self.on_reconnect.remove(tell)

    def jetstream(self) -> JetStreamContext:
        """Return nats-py's own JetStream API."""
        return self.client.jetstream()  # pyright: ignore[reportUnknownMemberType]  # **opts

    def new_inbox(self) -> str:
        """Return a subject of our own that others may answer to."""
        return self.client.new_inbox()

    async def ping(self, timeout_s: float = PING_S) -> bool:
        """Return whether the server answered just now."""
        if not self.client.is_connected:
            return False
        pong: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        try:
            # `rtt` and `flush` cancel this future when they time out, and the late PONG then kills
            # nats-py's read loop; waiting without cancelling needs the private call.
            await self._inside._send_ping(pong)  # noqa: SLF001 - see above
        except (errors.Error, OSError):
            return False
        done, _ = await asyncio.wait({pong}, timeout=timeout_s)
        return bool(done)

    async def close(self) -> None:
        """Close for good; harmless when it is closed or disconnected."""
        self._closing = True
        if self._watch is not None:
            self._watch.cancel()
        if not self._begun:
            return
        # In a task of its own: where nats-py is letting the same socket go already, it may cancel
        # the future that both wait for, which is not our being cancelled.
        closing = asyncio.ensure_future(self.client.close())
        try:
            await asyncio.wait({closing}, timeout=CLOSE_S)
        finally:
            closing.cancel()
        if closing.done() and not closing.cancelled() and closing.exception() is not None:
            _log.debug("closing the NATS connection: %r", closing.exception())

    async def _watch_read_loop(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            reader = self._inside._reading_task  # noqa: SLF001 - nothing public tells of it
            if self.client.is_connected and reader is not None and reader.done():
                _log.error("the NATS reader died; connecting anew")
                await self.client.force_reconnect()

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, errors.SlowConsumerError):
            _log.error("too slow: a message on %s was dropped", error.subject)
        elif is_busy(str(error)) or isinstance(
            error, OSError | errors.UnexpectedEOF | asyncio.TimeoutError
        ):
            if self._failed_attempts % SAY_EVERY == 0:
                _log.warning("NATS is away, still trying: %s", error or type(error).__name__)
            self._failed_attempts += 1
        elif is_refusal(str(error)):
            await self._on_refusal(error)
        else:
            _log.error("NATS: %s", error)

    async def _on_refusal(self, error: Exception) -> None:
        if self._refusals % SAY_EVERY == 0:
            _log.error("NATS does not let %s in: %s", self.name, error)
        self._refusals += 1
        self.on_refused(self._refusals)
        if self.client.is_connected:
            return  # and try again at once: who we are may have been renewed meanwhile
        transport = self._inside._transport  # noqa: SLF001 - left open until it is collected
        if transport is not None:
            transport.close()
        # nats-py waits for us before it tries again, at the first connection as at any later one.
        pause = backoff.pause_s(
            self._refusals,
            first_s=REFUSED_FIRST_S,
            longest_s=REFUSED_LONGEST_S,
            draw=backoff.draw(),
        )
        await asyncio.sleep(pause)

    async def _on_disconnected(self) -> None:
        # What nats-py had not written yet would be sent after the reconnect, long after its
        # sender gave up: a command to charge somebody must not arrive late.
        self._inside._pending = []  # noqa: SLF001 - see above
        self._inside._pending_data_size = 0  # noqa: SLF001 - see above
        # An answer on its way is lost with the connection: nobody need wait for the time-out.
        waiting: dict[str, asyncio.Future[Any]] = self._inside._resp_map  # noqa: SLF001 - see above
        for answer in tuple(waiting.values()):
            if not answer.done():
                answer.set_exception(_ConnectionBroke())
        self.on_state(False)  # noqa: FBT003 - a callback's only argument
        if not self._closing:
            _log.warning("disconnected from NATS")

    async def _on_reconnected(self) -> None:
        self._failed_attempts = self._refusals = 0
        _log.info("connected to NATS again")
        self.on_state(True)  # noqa: FBT003 - a callback's only argument
        for tell in self.on_reconnect:
            tell()

    async def _on_closed(self) -> None:
        if not self._closing:
            self.on_closed(f"NATS closed the connection: {self.client.last_error}")


async def open_wire(
    url: str, *, name: str, on_refused: Callable[[int], None] | None = None
) -> Wire:
    """Return a connection that has answered; wait for the server as long as it takes.

    `url` is a text of `messaging.address`; OSError or `KeyUnreadableError` for what it names.
    """
    wire = Wire(name)
    if on_refused is not None:
        wire.on_refused = on_refused
    await wire.open(read_address(url))
    return wire


def is_busy(words: str) -> bool:
    """Tell whether a server's words mean that it had no time for us."""
    return BUSY in words.lower()


def is_refusal(words: str) -> bool:
    """Tell whether a server's words mean that it does not want us, whatever we ask."""
    said = words.lower()
    return any(refusal in said for refusal in REFUSALS)


def _next_server(servers: list[Server], _info: dict[str, Any]) -> tuple[Server | None, float]:
    chosen = min(servers, key=lambda server: server.reconnects)
    pause = backoff.pause_s(
        chosen.reconnects + 1,
        first_s=RECONNECT_FIRST_S,
        longest_s=RECONNECT_LONGEST_S,
        draw=backoff.draw(),
    )
    return chosen, pause


def _ignore(_what: object) -> None:
    pass
