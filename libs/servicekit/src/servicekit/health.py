"""`/live`: the process turns. `/ready`: it can do its work, asked of its dependencies just now."""

import asyncio
import logging
from typing import Final

import msgspec
from aiohttp import web

from servicekit.lifecycle import PROCESS, Lifecycle
from servicekit.service import Service

CHECK_S: Final = 1.0
"""A dependency that has not answered in a second counts as away; a probe waits no longer."""

_GRACE_S: Final = 0.25
"""The service bounds each of its checks itself; this is what we wait on top before we cut."""

_log = logging.getLogger(__name__)


async def check(service: Service, lifecycle: Lifecycle = PROCESS) -> tuple[bool, dict[str, bool]]:
    """Return whether work may be sent here, and what each dependency said."""
    if not lifecycle.serving:
        return False, {"serving": False}
    try:
        checks = await asyncio.wait_for(service.ready(), CHECK_S + _GRACE_S)
    except TimeoutError:
        return False, {"in_time": False}
    except Exception:  # noqa: BLE001 - a probe answers "not ready", whatever went wrong
        _log.exception("the readiness check itself failed")
        return False, {"checked": False}
    return all(checks.values()), checks


def add_routes(app: web.Application, service: Service, lifecycle: Lifecycle = PROCESS) -> None:
    """Mount `GET /live` and `GET /ready` on a service's own HTTP application."""

    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def ready(_request: web.Request) -> web.Response:
        well, checks = await check(service, lifecycle)
        body = msgspec.json.encode({"ready": well, "checks": checks}).decode()
        return web.json_response(text=body, status=200 if well else 503)

    app.router.add_get("/live", live)
    app.router.add_get("/ready", ready)


class HealthServer:
    """The small HTTP server of a service that has no other."""

    def __init__(self, service: Service, lifecycle: Lifecycle = PROCESS) -> None:
        app = web.Application()
        add_routes(app, service, lifecycle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=CHECK_S)

    async def start(self, host: str, port: int) -> str:
        """Listen on `port` (0: any free one) and return the address."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        return f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Stop listening; probes under way get their answer."""
        await self._runner.cleanup()
