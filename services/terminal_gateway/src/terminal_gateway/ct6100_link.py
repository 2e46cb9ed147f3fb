"""The link to a CT-6100 over TCP: owns socket and timers, `ct6100.protocol` does the rest."""

import asyncio
import logging
from typing import Any, Final, TypeVar, cast

from contracts.identifiers import BusinessDate, OperationId
from ct6100 import messages
from ct6100.errors import Ct6100Error
from ct6100.protocol import Broken, Event, Link, Lost, Received
from ct6100.records import Kind, Screen
from servicekit.clock import Clock
from terminal_gateway import ct6100_words as words
from terminal_gateway.errors import LinkDownError, NotSupportedError, UnansweredError
from terminal_gateway.model import (
    AbortAnswered,
    DayLog,
    Ended,
    Greeted,
    Intent,
    JournalAnswer,
    JournalQuery,
    LinkEvent,
    Sight,
    StartTurnedDown,
)
from terminal_gateway.ports import TerminalLink

DIAL_S: Final = 1.0
"""A terminal in the same room accepts in milliseconds; one that is off is known by then."""

HELLO_S: Final = 2.0
"""It says who it is at once, or it is no CT-6100, or hangs."""

ASK_S: Final = 5.0
"""An answer that takes longer than the link's own tries will not come: the link is given up."""

EVENTS_MAX: Final = 1_024
"""Unread events of one terminal; a customer makes a dozen screens. More means that we hang."""

Answer = TypeVar("Answer", bound=messages.LinkMessage)

_log = logging.getLogger(__name__)


class Ct6100Dialer:
    """`ports.Dialer`. `name` is told to the terminal: whose box this is."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock

    async def dial(self, host: str, port: int) -> TerminalLink:
        """See `Dialer`."""
        loop = asyncio.get_running_loop()
        connecting = loop.create_connection(lambda: Ct6100Link(self._clock), host, port)
        try:
            async with asyncio.timeout(DIAL_S):
                _, link = await connecting
        except (OSError, TimeoutError) as error:
            raise LinkDownError(f"no connection to {host}:{port}: {error!r}") from error
        try:
            await link.greet(self._name)
        except BaseException:
            link.drop()
            raise
        return link


class Ct6100Link(asyncio.Protocol):
    """`ports.TerminalLink` on one TCP connection."""

    greeted: Greeted

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._link = Link(self._loop.time())
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._down: str | None = None
        self._events: asyncio.Queue[LinkEvent | None] = asyncio.Queue(EVENTS_MAX)
        self._hello: asyncio.Future[messages.Hello] = self._loop.create_future()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._requests = 0

    # --- TerminalLink ---

    async def greet(self, name: str) -> None:
        """Say who we are and wait for the terminal to say the same. Raises `LinkDownError`."""
        self._send(messages.Connect(register=name))
        try:
            async with asyncio.timeout(HELLO_S):
                hello = await asyncio.shield(self._hello)
        except TimeoutError as error:
            raise LinkDownError("no greeting") from error
        self.greeted = words.greeted(hello, self._clock.now())

    def start(self, intent: Intent) -> None:
        """See `TerminalLink`."""
        self._send(
            messages.Start(
                operation_id=intent.operation_id,
                kind=Kind(intent.kind.value),
                amount=intent.amount,
                original_slip_number=intent.original_slip_number,
                original_order_number=intent.original_order_number,
            )
        )

    def abort(self, operation_id: OperationId) -> None:
        """See `TerminalLink`."""
        self._send(messages.Abort(operation_id=operation_id))

    def stored(self, result: Ended) -> None:
        """See `TerminalLink`. The outcome goes along: 処理未了 may be followed by another."""
        self._send(words.stored(result))

    async def sight(self) -> Sight:
        """See `TerminalLink`."""
        request = self._next_request()
        status = await self._ask(messages.AskStatus(request=request), request, messages.Status)
        return words.sight(status, self._clock.now())

    async def journal(self, query: JournalQuery) -> JournalAnswer:
        """See `TerminalLink`."""
        request = self._next_request()
        question = messages.AskJournal(
            request=request,
            operation_id=query.operation_id,
            slip_number=query.slip_number,
            terminal_business_date=query.terminal_business_date,
            media=query.media,
            before=query.before,
            limit=query.limit,
        )
        told = await self._ask(question, request, messages.Journal)
        return words.journal_answer(told, self.greeted.serial)

    async def day_log(self, day: BusinessDate) -> DayLog:
        """See `TerminalLink`."""
        request = self._next_request()
        question = messages.AskDayTotals(request=request, terminal_business_date=day)
        return words.day_log(await self._ask(question, request, messages.DayTotals))

    async def merchant_number(self, number: int) -> str:
        """See `TerminalLink`. A link without an answer to this is as good as before."""
        request = self._next_request()
        question = messages.AskMerchantNumber(request=request, number=number)
        told = await self._ask(question, request, messages.MerchantNumber, vital=False)
        return words.merchant_number(told)

    async def next_event(self) -> LinkEvent:
        """See `TerminalLink`."""
        event = None if self._down and self._events.empty() else await self._events.get()
        if event is None:
            raise LinkDownError(self._down or "closed")
        return event

    def drop(self) -> None:
        """See `TerminalLink`."""
        self._end("dropped")

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The TCP connection is up."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, same methods

    def data_received(self, data: bytes) -> None:
        """Bytes came, split anywhere."""
        self._take(self._link.receive(data, self._loop.time()))

    def connection_lost(self, exc: Exception | None) -> None:
        """The TCP connection is gone."""
        del exc
        self._take(self._link.connection_lost())
        self._end("link_lost")

    # --- inside ---

    def _send(self, message: messages.LinkMessage) -> None:
        if self._down is not None:
            raise LinkDownError(self._down)
        try:
            self._link.send(message, self._loop.time())
        except Ct6100Error as error:
            raise LinkDownError(f"cannot send: {error!r}") from error
        self._flush()

    def _flush(self) -> None:
        out = self._link.outgoing()
        if out and self._transport is not None:
            self._transport.write(out)
        deadline = self._link.deadline()
        if deadline is None:
            return
        if self._timer is None or self._timer_at > deadline:
            if self._timer is not None:
                self._timer.cancel()
            # Kept beside it: uvloop returns a handle without a time for a deadline that is past.
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._down is None:
            self._take(self._link.on_deadline(self._loop.time()))

    def _take(self, events: list[Event]) -> None:
        self._flush()
        for event in events:
            match event:
                case Received(message=message):
                    self._on_message(message)
                case Lost(message=messages.Start(operation_id=operation_id), reason="refused"):
                    self._put(_unreadable_start(operation_id))
                case Lost(message=messages.AskMerchantNumber(request=request), reason="refused"):
                    self._lacks(request, "merchant_number")
                case Broken(reason=reason):
                    self._end(reason)
                case _:
                    pass

    def _on_message(self, message: messages.LinkMessage) -> None:
        event = words.event(message)
        if event is not None:
            self._put(event)
            return
        match message:
            case (
                messages.Status()
                | messages.Journal()
                | messages.DayTotals()
                | messages.MerchantNumber()
            ):
                self._on_answer(message.request, message)
            case messages.NotSupported():
                self._on_not_supported(message)
            case messages.Hello():
                self._on_hello(message)
            case messages.ConnectRefused():
                self._end(f"refused: {message.reason}")
            case _:
                _log.debug("nothing to do with %s", type(message).__name__)

    def _on_hello(self, hello: messages.Hello) -> None:
        if not self._hello.done():
            self._hello.set_result(hello)
            return
        self.greeted = words.greeted(hello, self._clock.now())
        self._put(self.greeted)

    def _on_not_supported(self, message: messages.NotSupported) -> None:
        if self._lacks(message.request, message.ability):
            return
        if message.ability == "abort":
            self._put(AbortAnswered(operation_id=None, answer="not_supported"))

    def _lacks(self, request: int, ability: str) -> bool:
        """Tell who asked; whether anybody did."""
        asked = self._asked.pop(request, None)
        if asked is not None and not asked.done():
            asked.set_exception(NotSupportedError(ability))
        return asked is not None

    def _put(self, event: LinkEvent) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self._end("flooded")

    def _next_request(self) -> int:
        self._requests = self._requests % 0xFFFF + 1
        return self._requests

    async def _ask(
        self,
        message: messages.LinkMessage,
        request: int,
        answer: type[Answer],
        *,
        vital: bool = True,
    ) -> Answer:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._asked[request] = future
        try:
            self._send(message)
            async with asyncio.timeout(ASK_S):
                told = await future
        except TimeoutError as error:
            if not vital:
                raise UnansweredError(type(message).__name__) from error
            self._end("silence")
            raise LinkDownError("silence") from error
        finally:
            self._asked.pop(request, None)
        if not isinstance(told, answer):
            raise LinkDownError(f"answered with {type(told).__name__}")
        return told

    def _on_answer(self, request: int, message: messages.LinkMessage) -> None:
        asked = self._asked.pop(request, None)
        if asked is not None and not asked.done():
            asked.set_result(message)

    def _end(self, reason: str) -> None:
        """Everybody who waits hears of it; the connection is closed without a word."""
        if self._down is not None:
            return
        self._down = reason
        if self._timer is not None:
            self._timer.cancel()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(LinkDownError(reason))
        if not self._hello.done():
            self._hello.set_exception(LinkDownError(reason))
            self._hello.exception()  # nobody may be waiting
        if self._events.empty():
            self._events.put_nowait(None)
        if self._transport is not None:
            self._transport.close()


def _unreadable_start(operation_id: OperationId) -> StartTurnedDown:
    return StartTurnedDown(
        operation_id=operation_id,
        reason="unreadable",
        screen=words.screen(Screen(name="")),
        open_operation_id=None,
    )
