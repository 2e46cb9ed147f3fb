"""What a register and a person at a terminal do, over HTTP: two small clients for tests.

Plain JSON in and out, no types of the services: a test asserts what the outside sees.
"""

import http.client
import itertools
import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlsplit

from msgspec import Struct

ANSWER_S: Final = 10.0
"""Everything answers within a second or two; a slow machine gets this."""

PATIENCE_S: Final = 30.0
"""How long `until` waits for the world to become as it should."""

POLL_S: Final = 0.02

WAYS_HOME: Final = ("リセット", "確認", "閉じる", "終了", "戻る")
"""Keys that lead towards home; a screen without any of them moves on by itself."""

_keys = itertools.count(1)


class Reply(Struct, frozen=True, kw_only=True):
    """An HTTP answer; `body` is decoded JSON, or None where there is none."""

    status: int
    body: Any
    headers: dict[str, str]


class Content(Struct, frozen=True, kw_only=True):
    """An HTTP answer in its bytes."""

    status: int
    content: bytes
    headers: dict[str, str]


class WrongReplyError(AssertionError):
    """The answer was not what the test cannot go on without."""

    def __init__(self, method: str, path: str, reply: Reply) -> None:
        super().__init__(f"{method} {path} → {reply.status}: {reply.body}")
        self.reply = reply


class JsonClient:
    """Sends JSON to one address; each call is a connection of its own."""

    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        self.base = base
        self.headers = headers or {}

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """Send a request and return whatever comes back; OSError when nobody answers."""
        parts = urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_S)
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        own = {"Content-Type": "application/json"} if content is not None else {}
        try:
            connection.request(
                method, path, body=content, headers=own | self.headers | (headers or {})
            )
            response = connection.getresponse()
            text = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            decoded = json.loads(text) if "json" in found.get("content-type", "") else None
            return Reply(status=response.status, body=decoded, headers=found)
        finally:
            connection.close()

    def fetch(self, path: str) -> "Content":
        """GET whatever it is, and return its bytes."""
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=ANSWER_S)
        try:
            connection.request("GET", path, headers=self.headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Content(status=response.status, content=response.read(), headers=found)
        finally:
            connection.close()

    @contextmanager
    def stream(
        self, path: str, more: dict[str, str] | None = None
    ) -> Generator[Iterator["ServerEvent"]]:
        """Listen to a stream of events; the iterator ends when the server does."""
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=PATIENCE_S)
        headers = {"Accept": "text/event-stream"} | self.headers | (more or {})
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status != http.client.OK:
                reply = Reply(status=response.status, body=response.read(), headers={})
                raise WrongReplyError("GET", path, reply)
            yield _server_events(response)
        finally:
            connection.close()

    def expect(self, status: int, method: str, path: str, body: object = None) -> Any:
        """Send, insist on the status, and return the body."""
        reply = self.send(method, path, body)
        if reply.status != status:
            raise WrongReplyError(method, path, reply)
        return reply.body


class RegisterClient(JsonClient):
    """A register that uses the API as one operator. `v1` paths are given without their prefix."""

    def __init__(self, base: str, token: str = "") -> None:
        super().__init__(base, {"Authorization": f"Bearer {token}"} if token else None)

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Reply:
        """POST below /api/v1 under an `Idempotency-Key`, a new one unless given."""
        key = key or f"test-{time.time_ns()}-{next(_keys)}"
        return self.send("POST", f"/api/v1{path}", body or {}, headers={"Idempotency-Key": key})

    def done(self, status: int, path: str, body: object = None) -> Any:
        """POST, insist on the status, and return the body."""
        reply = self.post(path, body)
        if reply.status != status:
            raise WrongReplyError("POST", path, reply)
        return reply.body

    def read(self, path: str) -> Any:
        """GET below /api/v1, insist on 200, and return the body."""
        return self.expect(200, "GET", f"/api/v1{path}")

    def open_sale(self, total: int, *, store: str = "S001", register: str = "R1") -> Any:
        """Ring up one line of `total` yen and return the sale."""
        line = {"name": "お茶", "quantity": 1, "unit_price": total, "tax_rate": 8}
        return self.done(201, "/sales", {"store": store, "register": register, "lines": [line]})

    def sale(self, sale: str) -> Any:
        """Return the sale as it stands."""
        return self.read(f"/sales/{sale}")

    def tender(self, sale: str, amount: int) -> Any:
        """Send an amount to the terminal and return the tender."""
        return self.done(202, f"/sales/{sale}/tenders", {"method": "terminal", "amount": amount})

    def until_tender(self, sale: str, number: int, *states: str) -> Any:
        """Wait until a tender is in one of the states and return it."""

        def reached() -> Any:
            tenders = self.sale(sale)["tenders"]
            found = next((one for one in tenders if one["number"] == number), None)
            return found if found is not None and found["state"] in states else None

        return until(reached, f"tender {number} to be {' or '.join(states)}")

    @contextmanager
    def events(self, path: str, last_event_id: str = "") -> Generator[Iterator["ServerEvent"]]:
        """Listen to a stream of events below /api/v1; the iterator ends when the server does."""
        resume = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with self.stream(f"/api/v1{path}", resume) as events:
            yield events


class ServerEvent(Struct, frozen=True, kw_only=True):
    """One event of a stream; `data` is decoded JSON."""

    id: str
    name: str
    data: Any


class TerminalClient(JsonClient):
    """A person in front of one simulated CT-6100."""

    def __init__(self, base: str, serial: str) -> None:
        super().__init__(base)
        self.serial = serial
        self._path = f"/api/terminals/{quote(serial)}"

    def screen(self) -> Any:
        """Return `{name, lines, keys}` of the glass."""
        return self.expect(200, "GET", f"{self._path}/screen")

    def press(self, key: str) -> None:
        """Touch a key that is on the glass."""
        self._do("press", {"key": key})

    def enter(self, digits: str) -> None:
        """Type digits."""
        self._do("enter", {"digits": digits})

    def present(self, kind: str = "card", **more: str) -> None:
        """Hold out a card, an e-money card or a code."""
        usual = DEFAULT_CARD if kind == "card" else NOTHING
        self._do("present", {"kind": kind, **usual, **more})

    def power(self, state: str) -> None:
        """Pull the plug (`off`) or put it back (`on`)."""
        self._do("power", {"state": state})

    def abilities(self, **can: bool) -> None:
        """Say what its link can do: `abort`, `progress`, `journal`, `echo`; the rest stays."""
        path = f"{self._path}/abilities"
        self.expect(200, "PUT", path, can)

    def autopilot(self, *, on: bool, **more: object) -> None:
        """Let a customer who always pays stand there, or send them away."""
        self._do("autopilot", {"on": on} | more)

    def fault(self, fault: str, **more: object) -> None:
        """Make it fail as real ones do."""
        self._do("faults", {"fault": fault} | more)

    def clear_faults(self) -> None:
        """Let it work properly again."""
        self.send("DELETE", f"{self._path}/faults")

    def put_paper_in(self) -> None:
        """Put a new roll in after `paper_out`: the slip that waited comes out."""
        self._do("paper", {})

    def settle_incomplete(self, slip_number: str, outcome: str) -> None:
        """Let a 処理未了 become `approved` or `declined`, as its card's next touch would show."""
        self._do("settle_incomplete", {"slip_number": slip_number, "outcome": outcome})

    def close_day(self) -> None:
        """締め on the terminal itself; it must be home."""
        self._do("close_day", {})

    def journal(self) -> list[Any]:
        """Return what the terminal says it did, newest first."""
        return self.expect(200, "GET", f"{self._path}/journal")["entries"]

    def printed(self, *words: str) -> str:
        """Return the first paper out of its own printer that has all these words; wait for it."""
        with self.stream(f"/api/terminals/{self.serial}/events") as events:
            for event in events:
                if event.name == "paper" and all(word in event.data["text"] for word in words):
                    return str(event.data["text"])
        raise AssertionError(f"no paper with {words}")

    def bring_home(self) -> None:
        """Press what leads to the home screen, from wherever it is; nothing is charged by it."""

        def is_home() -> bool:
            screen = self.screen()
            if screen["name"] == "home":
                return True
            keys = [key for key in WAYS_HOME if key in screen["keys"]]
            if keys:
                # The glass may have changed since: then the key is refused, and looked for anew.
                self.send("POST", f"{self._path}/press", {"key": keys[0]})
            return False

        until(is_home, f"{self.serial} to be home")

    def until_screen(self, *names: str) -> Any:
        """Wait until one of the screens is on the glass and return it."""

        def reached() -> Any:
            screen = self.screen()
            return screen if screen["name"] in names else None

        return until(reached, f"{self.serial} to show {' or '.join(names)}")

    def _do(self, verb: str, body: object) -> None:
        path = f"{self._path}/{verb}"
        reply = self.send("POST", path, body)
        if reply.status not in {200, 202, 204}:
            raise WrongReplyError("POST", path, reply)


NOTHING: Final = MappingProxyType[str, str]({})
DEFAULT_CARD: Final = MappingProxyType({"brand": "AMEX", "entry": "contactless"})


def until(look: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Look again and again until something true comes back, and return it."""
    deadline = time.monotonic() + patience_s  # noqa: TID251 - waits for a real system
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:  # noqa: TID251 - the same
            raise AssertionError(f"waited {patience_s:.0f} s for {what}")
        time.sleep(POLL_S)


def _server_events(response: http.client.HTTPResponse) -> Iterator[ServerEvent]:
    fields: dict[str, str] = {}
    while True:
        line = response.readline().decode()
        if not line:
            return
        line = line.rstrip("\r\n")
        if not line:
            if "data" in fields:
                yield ServerEvent(
                    id=fields.get("id", ""),
                    name=fields.get("event", "message"),
                    data=json.loads(fields["data"]),
                )
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = fields.get(name, "") + value.removeprefix(" ")
