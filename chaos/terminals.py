"""The simulated terminals as the people around them see them: over the simulator's HTTP API."""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from typing import Any, Final

import aiohttp

ANSWER_S: Final = 5.0
"""A simulator that is killed or paused says nothing; the hand that asked comes again."""


class Unreachable(Exception):  # noqa: N818 - it is expected here
    """The simulator does not answer now."""


class NotNow(Exception):  # noqa: N818 - the same
    """The terminal refuses what the hand wants, as it is now."""


class Terminals:
    """All terminals of the running simulator."""

    def __init__(self, simulator: str) -> None:
        self._base = f"{simulator}/api/terminals"
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator["Terminals"]:
        """Hold connections open while it is used."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            yield self

    async def views(self) -> dict[str, Any]:
        """Return every terminal by its serial."""
        told = await self._ask("GET", "", None)
        return {one["serial"]: one for one in told["terminals"]}

    async def view(self, serial: str) -> Any:
        """Return one terminal."""
        return await self._ask("GET", f"/{serial}", None)

    async def known_faults(self, serial: str) -> tuple[str, ...]:
        """Return the names of all faults that can be armed."""
        try:
            await self.arm(serial, "?", {})
        except NotNow as refused:
            return tuple(refused.args[0]["known"])
        raise AssertionError("the simulator armed a fault that does not exist")

    async def arm(self, serial: str, fault: str, parameters: Mapping[str, object]) -> None:
        """Arm a fault."""
        await self._ask("POST", f"/{serial}/faults", {"fault": fault, **parameters})

    async def clear(self, serial: str) -> None:
        """Disarm everything."""
        await self._ask("DELETE", f"/{serial}/faults", None)

    async def power(self, serial: str, state: str) -> None:
        """Pull the plug (`off`) or put it back (`on`)."""
        await self._ask("POST", f"/{serial}/power", {"state": state})

    async def press(self, serial: str, key: str) -> None:
        """Touch a key; `NotNow` when it is not on the glass."""
        await self._ask("POST", f"/{serial}/press", {"key": key})

    async def fly(self, serial: str, pilot: Mapping[str, object]) -> None:
        """Let a customer who always pays stand there."""
        await self._ask("POST", f"/{serial}/autopilot", {"on": True, **pilot})

    async def _ask(self, method: str, path: str, body: object) -> Any:
        assert self._session is not None, "opened() comes first"
        try:
            async with self._session.request(method, self._base + path, json=body) as got:
                told = await got.json(content_type=None)
                status = got.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unreachable(str(error)) from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(str(told))
        if status >= HTTPStatus.BAD_REQUEST:
            raise NotNow(told)
        return told
