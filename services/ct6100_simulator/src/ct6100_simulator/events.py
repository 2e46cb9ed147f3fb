"""What a page hears of its terminal, live: server-sent events `state`, `paper` and `frame`."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec
from aiohttp import web

from ct6100_simulator.device import Device
from ct6100_simulator.http import device_of, view_of
from ct6100_simulator.paper import Printed, texts
from ct6100_simulator.ports import Watcher
from ct6100_simulator.wire import Decoder

KEEP_ALIVE_S: Final = 15.0
"""A comment this often, so that whoever is gone is noticed."""

CALM_S: Final = 0.03
"""Changes this close together are told as one: an eye sees no more, and a load costs no more."""

PAPERS_MAX: Final = 40
"""Slips printed while a page is slow; it cannot show more either."""

STOPPING: Final = web.AppKey("stopping", asyncio.Event)
"""Set when the process drains: the streams end, so that nobody waits for them."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One piece that came out of the mouth and was not torn off yet."""

    text: str


class Page(Watcher):
    """One open page."""

    def __init__(self, device: Device) -> None:
        self.news = asyncio.Event()
        self._device = device
        self._changed = True
        self._papers = deque(device.papers, maxlen=PAPERS_MAX)
        self._decoder = Decoder()

    def changed(self) -> None:
        """Its state is another than before."""
        self._changed = True
        self.news.set()

    def printed(self, printed: Printed) -> None:
        """Paper came out."""
        self._papers.append(printed)
        self.news.set()

    def framed(self) -> None:
        """Bytes went over the link."""
        self.news.set()

    def events(self) -> Iterator[tuple[str, object]]:
        """Yield what is new as (event, content)."""
        self.news.clear()
        if self._changed:
            self._changed = False
            yield "state", view_of(self._device)
        for line in self._decoder.lines(self._device.wire):
            yield "frame", line
        while self._papers:
            for text in texts(self._papers.popleft()):
                yield "paper", Paper(text=text)


def encode(name: str, content: object) -> bytes:
    """Return one event's bytes."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(content) + b"\n\n"


async def _events(request: web.Request) -> web.StreamResponse:
    device = device_of(request)
    stopping = request.app[STOPPING]
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    page = Page(device)
    device.watchers.add(page)
    try:
        while not stopping.is_set():
            told = b"".join(encode(name, content) for name, content in page.events())
            await response.write(told or b": still here\n\n")
            await waited(page.news, stopping)
    except ConnectionError:
        pass  # the page was closed
    finally:
        device.watchers.discard(page)
    return response


async def waited(news: asyncio.Event, stopping: asyncio.Event) -> None:
    """Wait for news, a sign of life being due, or the end."""
    waits = [asyncio.ensure_future(news.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(waits, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    await asyncio.sleep(CALM_S)


def add_routes(app: web.Application) -> None:
    """Mount the stream."""
    app[STOPPING] = asyncio.Event()
    app.router.add_get("/api/terminals/{serial}/events", _events)
