"""How the simulator is put together."""

from pathlib import Path
from typing import Final

import noto_cjk_sans_otc
from aiohttp import web

from ct6100.terminal import TerminalSettings
from ct6100_simulator import config, events, http, page, printer_http
from ct6100_simulator.acquirer import Acquirer
from ct6100_simulator.config import Config
from ct6100_simulator.device import Device
from ct6100_simulator.model import Place
from ct6100_simulator.paper_picture import Press
from ct6100_simulator.played_printer import PlayedPrinter
from ct6100_simulator.sqlite import SqliteDisk
from servicekit import health
from servicekit.clock import Clock, SystemClock
from servicekit.lifecycle import PROCESS
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

PAPER_FONT: Final = Path(str(noto_cjk_sans_otc.FONT_PATH))
"""Has every character of JIS X 0208, half-width katakana too."""

HOST: Final = "127.0.0.1"
"""Whoever reaches it can pay with anybody's card: this machine only."""

SHUTDOWN_S: Final = 1.0
"""Requests under way are short; the streams end by themselves."""

MERCHANT_NAME: Final = "(DXテスト)開発統括部RF検証ルーム"
MERCHANT_PHONE: Final = "999-999-999"
"""The merchant of the manual's sample slips."""


class Simulator:
    """All terminals, their disk, their acquirer, the receipt printers and the one HTTP door."""

    name = "ct6100_simulator"
    serves_health = True

    def __init__(self, settings: Config, clock: Clock) -> None:
        self._config = settings
        self._disk = SqliteDisk(settings.disk_path)
        self._tasks = Tasks()
        acquirer = Acquirer(self._disk, clock, settings.centre_latency_s)
        self.devices = {
            place.serial: Device(
                place,
                _installed(place),
                disk=self._disk,
                acquirer=acquirer,
                clock=clock,
                tasks=self._tasks,
                on_disk_failed=PROCESS.fail,
            )
            for place in settings.terminals
        }
        self.printers = {place.name: PlayedPrinter(place, clock) for place in settings.printers}
        self._app = web.Application(middlewares=[http.problems], client_max_size=http.BODY_MAX)
        http.add_routes(self._app, self.devices)
        events.add_routes(self._app)
        printer_http.add_routes(self._app, self.printers, Press(PAPER_FONT))
        page.add_routes(self._app)
        health.add_routes(self._app, self)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._address = ""

    async def start(self) -> None:
        """Open the disk, switch every terminal on, then the door."""
        await self._disk.open()
        for device in self.devices.values():
            await device.switch_on()
        for printer in self.printers.values():
            await printer.switch_on()
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._config.port).start()
        self._address = f"http://{HOST}:{self._runner.addresses[0][1]}"

    def endpoints(self) -> dict[str, str]:
        """Return where the pages and the API are."""
        return {"http": self._address}

    async def ready(self) -> dict[str, bool]:
        """Whether the disk takes writes."""
        return {"disk": await self._disk.ping()}

    async def drain(self) -> None:
        """Close the door, cut the terminals' power (as they know it), sync the disk."""
        self._app[events.STOPPING].set()
        await self._runner.cleanup()
        for device in self.devices.values():
            device.switch_off()
        for printer in self.printers.values():
            printer.switch_off()
        await self._tasks.cancel()
        await self._disk.close()


def _installed(place: Place) -> TerminalSettings:
    return TerminalSettings(
        serial=place.serial, merchant_name=MERCHANT_NAME, merchant_phone=MERCHANT_PHONE
    )


def build(settings: Settings, telemetry: Telemetry) -> Simulator:
    """Build it from the environment; nothing is opened yet."""
    del telemetry  # it plays the world outside of Renkei, which has no traces
    return Simulator(config.read(settings), SystemClock())
