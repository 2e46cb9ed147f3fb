"""The control API: everything that a hand, a test or a load does to a terminal."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Struct

from ct6100.records import JournalEntry
from ct6100_simulator.device import Device
from ct6100_simulator.errors import (
    FaultParameterError,
    KeyNotShownError,
    NotIncompleteError,
    NotTakenError,
    PoweredOffError,
    SimulatorError,
    UnknownFaultError,
    UnknownPieceError,
    UnknownPrinterError,
    UnknownSerialError,
)
from ct6100_simulator.model import (
    Autopilot,
    Enter,
    Present,
    Press,
    SetAbilities,
    SetFault,
    SetPower,
    SettleIncomplete,
)
from ct6100_simulator.view import TerminalView, screen_view, terminal_view

BODY_MAX: Final = 16 * 1024
"""The longest body is a fault with all its parameters: far less."""

_LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""What a browser may call us; any other name is a rebound one."""

_CHANGING: Final = frozenset({"POST", "PUT", "DELETE"})

Devices = Mapping[str, Device]
DEVICES: Final = web.AppKey("devices", Devices)

_Body = TypeVar("_Body")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Terminals(Struct, frozen=True, kw_only=True):
    """Answer to `GET /api/terminals`."""

    terminals: tuple[TerminalView, ...]


class JournalView(Struct, frozen=True, kw_only=True):
    """Answer to `GET …/journal`: newest first, as the terminal lists it."""

    serial: str
    terminal_business_date: str
    entries: tuple[JournalEntry, ...]


class Problem(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """An answer in the manner of RFC 9457."""

    def __init__(self, status: int, code: str, title: str, **fields: object) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"type": "about:blank", "title": title, "status": status, "code": code} | fields


def answer(body: object, status: int = 200) -> web.Response:
    """Return JSON."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def view_of(device: Device) -> TerminalView:
    """Return a terminal as it is now."""
    terminal = device.terminal
    kept = terminal.snapshot()
    return terminal_view(
        device.place,
        address=device.plug.address,
        powered=device.powered and device.plug.listening,
        connected=device.plug.connected,
        screen=device.screen,
        phase=terminal.phase,
        operation_id=terminal.operation_id,
        business_date=kept.memory.business_date if kept else "",
        abilities=device.abilities,
        faults=device.faults,
        autopilot=device.autopilot,
        incomplete=terminal.incomplete,
    )


def device_of(request: web.Request) -> Device:
    """Return the terminal that the path names. Raises `UnknownSerialError`."""
    serial = request.match_info["serial"]
    device = request.app[DEVICES].get(serial)
    if device is None:
        raise UnknownSerialError(serial)
    return device


async def body_of(request: web.Request, kind: type[_Body]) -> _Body:
    """Return the typed body. Raises `Problem` with 400, 415 or 422."""
    raw = await request.read()
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json")
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(422, "invalid_body", str(error)) from error
    except msgspec.DecodeError as error:
        raise Problem(400, "not_json", "The body is not JSON") from error


async def _list(request: web.Request) -> web.Response:
    devices = request.app[DEVICES].values()
    return answer(Terminals(terminals=tuple(view_of(device) for device in devices)))


async def _read(request: web.Request) -> web.Response:
    return answer(view_of(device_of(request)))


async def _screen(request: web.Request) -> web.Response:
    return answer(screen_view(device_of(request).screen))


async def _press(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.press((await body_of(request, Press)).key)
    return answer(screen_view(device.screen))


async def _enter(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.enter((await body_of(request, Enter)).digits)
    return answer(screen_view(device.screen))


async def _present(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.present(await body_of(request, Present))
    return answer(screen_view(device.screen))


async def _arm(request: web.Request) -> web.Response:
    device = device_of(request)
    device.arm(await body_of(request, SetFault))
    return answer(view_of(device))


async def _clear(request: web.Request) -> web.Response:
    device = device_of(request)
    device.clear_faults()
    return answer(view_of(device))


async def _abilities(request: web.Request) -> web.Response:
    device = device_of(request)
    wanted = await body_of(request, SetAbilities)
    await device.set_abilities(wanted.applied_to(device.abilities))
    return answer(view_of(device))


async def _power(request: web.Request) -> web.Response:
    device = device_of(request)
    if (await body_of(request, SetPower)).state == "on":
        await device.switch_on()
    else:
        device.switch_off()
    return answer(view_of(device))


async def _close_day(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.close_day()
    return answer(view_of(device))


async def _paper(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.put_paper_in()
    return answer(view_of(device))


async def _settle_incomplete(request: web.Request) -> web.Response:
    device = device_of(request)
    await device.settle_incomplete(await body_of(request, SettleIncomplete))
    return answer(view_of(device))


async def _tear(request: web.Request) -> web.Response:
    device = device_of(request)
    device.tear_off()
    return answer(view_of(device))


async def _autopilot(request: web.Request) -> web.Response:
    device = device_of(request)
    device.fly(await body_of(request, Autopilot))
    return answer(view_of(device))


async def _journal(request: web.Request) -> web.Response:
    device = device_of(request)
    entries = await device.journal()
    view = JournalView(
        serial=device.place.serial,
        terminal_business_date=view_of(device).business_date,
        entries=tuple(reversed(entries)),
    )
    return answer(view)


def add_routes(app: web.Application, devices: Devices) -> None:
    """Mount the API."""
    app[DEVICES] = devices
    one = "/api/terminals/{serial}"
    app.add_routes(
        [
            web.get("/api/terminals", _list),
            web.get(one, _read),
            web.get(f"{one}/screen", _screen),
            web.post(f"{one}/press", _press),
            web.post(f"{one}/enter", _enter),
            web.post(f"{one}/present", _present),
            web.post(f"{one}/faults", _arm),
            web.delete(f"{one}/faults", _clear),
            web.put(f"{one}/abilities", _abilities),
            web.post(f"{one}/power", _power),
            web.post(f"{one}/close_day", _close_day),
            web.post(f"{one}/settle_incomplete", _settle_incomplete),
            web.post(f"{one}/paper", _paper),
            web.post(f"{one}/tear", _tear),
            web.post(f"{one}/autopilot", _autopilot),
            web.get(f"{one}/journal", _journal),
        ]
    )


def _as_problem(error: SimulatorError) -> Problem:
    problem = Problem(503, "disk_failed", "The simulator's disk does not answer")
    match error:
        case UnknownSerialError():
            problem = Problem(404, "unknown_terminal", f"No terminal {error.serial} is played here")
        case UnknownPrinterError():
            title = f"No receipt printer {error.printer} is played here"
            problem = Problem(404, "unknown_printer", title)
        case UnknownPieceError():
            problem = Problem(404, "unknown_piece", "There is no such piece of paper")
        case KeyNotShownError(screen=screen, keys=keys):
            title = "That key is not on the glass"
            problem = Problem(409, "key_not_shown", title, screen=screen, keys=keys)
        case NotTakenError(reason=reason, screen=screen):
            title = "The terminal has no use for that now"
            problem = Problem(409, "not_taken", title, reason=reason, screen=screen)
        case PoweredOffError():
            problem = Problem(409, "powered_off", "The terminal is switched off")
        case UnknownFaultError():
            title = f"There is no fault {error.fault}"
            problem = Problem(422, "unknown_fault", title, known=error.known)
        case FaultParameterError(parameter=parameter, wrong=wrong, allowed=allowed):
            code = f"fault_parameter_{wrong}"
            problem = Problem(422, code, f"{error}", parameter=parameter, allowed=allowed)
        case NotIncompleteError(slip_number=slip_number):
            title = "The journal has no such 処理未了"
            problem = Problem(409, "not_incomplete", title, slip_number=slip_number)
        case _:
            pass
    return problem


def _refuse_strangers(request: web.Request) -> None:
    """Only programs and pages of this machine: a web page elsewhere may not reach through."""
    host = urlsplit(f"//{request.host}").hostname
    if host not in _LOCAL_HOSTS:
        raise Problem(403, "not_local", "The simulator answers to this machine only")
    origin = request.headers.get("Origin")
    if (
        origin is not None
        and request.method in _CHANGING
        and urlsplit(origin).netloc != request.host
    ):
        raise Problem(403, "not_local", "Another site's page may not do this")


@web.middleware
async def problems(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turn refusals into problem+json."""
    try:
        _refuse_strangers(request)
        return await handler(request)
    except Problem as problem:
        return _told(problem)
    except SimulatorError as error:
        return _told(_as_problem(error))
    except TimeoutError:
        return _told(Problem(503, "terminal_stuck", "The terminal does not take notice"))
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        codes = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
        return _told(Problem(error.status, codes.get(error.status, "refused"), error.reason))


def _told(problem: Problem) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(problem.body),
        status=problem.status,
        content_type="application/problem+json",
    )
