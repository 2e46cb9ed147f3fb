"""A receipt printer over TCP: owns socket and timer, `printer_protocol` does the rest."""

import asyncio
import os
import socket
import struct
from typing import Final, cast

from servicekit.clock import Clock
from terminal_gateway.errors import PrinterAwayError
from terminal_gateway.print_ports import PrinterLink
from terminal_gateway.printer_protocol import Run

DIAL_S: Final = 1.0
"""A printer in the same shop accepts in milliseconds; one that is off is known by then."""

SEND_BUFFER: Final = 16 * 1024
"""Bytes that the system takes ahead of the printer: what a broken-off job may still bring out."""

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing forgets what was unsent."""


class TcpPrinters:
    """`print_ports.PrinterDialer`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def dial(self, host: str, port: int) -> PrinterLink:
        """See `PrinterDialer`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DIAL_S):
                _, link = await loop.create_connection(lambda: TcpPrinter(self._clock), host, port)
        except (OSError, TimeoutError) as error:
            raise PrinterAwayError(f"no connection to {host}:{port}: {error!r}") from error
        return link


class TcpPrinter(asyncio.Protocol):
    """`print_ports.PrinterLink` on one connection."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._run: Run | None = None
        self._rests: asyncio.Future[None] | None = None
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self.lost = False

    async def carry(self, run: Run) -> None:
        """See `PrinterLink`."""
        if self.lost:
            run.connection_lost()
            return
        self._run = run
        self._rests = self._loop.create_future()
        try:
            self._go_on()
            await self._rests
        finally:
            self._rests = None
            self._disarm()

    def close(self) -> None:
        """See `PrinterLink`."""
        self.lost = True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """See `PrinterLink`."""
        self.lost = True
        transport = self._transport
        if transport is None:
            return
        if not transport.is_closing():
            with _plain(transport) as plain:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is up."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, same methods
        with _plain(transport) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """The printer says something; nobody asked while no run is carried."""
        if self._run is not None:
            self._run.receive(data, self._clock.monotonic())
            self._go_on()

    def pause_writing(self) -> None:
        """The printer does not take more for now."""
        self._paused = True

    def resume_writing(self) -> None:
        """It takes more."""
        self._paused = False
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        del exc
        self.lost = True
        if self._run is not None:
            self._run.connection_lost()
            self._go_on()

    # --- inside ---

    def _go_on(self) -> None:
        run, transport = self._run, self._transport
        if run is None:
            return
        while transport is not None and not self._paused and not self.lost:
            out = run.outgoing(self._clock.monotonic())
            if not out:
                break
            transport.write(out)
        self._disarm()
        deadline = run.deadline()
        if deadline is not None and self._rests is not None:
            delay = max(0.0, deadline - self._clock.monotonic())
            self._timer = self._loop.call_later(delay, self._on_timer)
        if run.rests and self._rests is not None and not self._rests.done():
            self._rests.set_result(None)

    def _on_timer(self) -> None:
        self._timer = None
        if self._run is not None:
            self._run.on_deadline(self._clock.monotonic())
            self._go_on()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _plain(transport: asyncio.BaseTransport) -> socket.socket:
    """Return a socket that is ours to set options on; they are the connection's."""
    return socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
