"""Somebody at a simulated receipt printer, and the host that sends it bytes."""

import http.client
import socket
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from testkit.http import JsonClient, WrongReplyError, until

ANSWER_S: Final = 5.0
"""A printer answers at once; a slow machine gets this."""


class PrinterClient(JsonClient):
    """A person at one printer, by its name (`S001-P1`): looks at paper, opens the cover."""

    def __init__(self, base: str, printer: str) -> None:
        super().__init__(base)
        self.printer = printer

    def state(self) -> Any:
        """Return how it is."""
        return self.expect(200, "GET", f"/api/printers/{self.printer}")

    def paper(self) -> Any:
        """Return its paper: `pieces`, oldest first, what is `hanging`, its `state` and `log`."""
        return self.expect(200, "GET", f"/api/paper/{self.printer}")

    def pieces(self) -> list[Any]:
        """Return the pieces that were cut or torn off, oldest first."""
        return self.paper()["pieces"]

    def until_pieces(self, count: int) -> list[Any]:
        """Wait until so many pieces lie in its tray, and return them."""

        def enough() -> list[Any] | None:
            pieces = self.pieces()
            return pieces if len(pieces) >= count else None

        return until(enough, f"{count} pieces from {self.printer}")

    def picture(self, piece: Any) -> bytes:
        """Return the PNG of a piece."""
        parts = urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_S)
        try:
            connection.request("GET", piece["png_url"])
            answer = connection.getresponse()
            assert answer.status == 200, answer.status  # noqa: PLR2004, S101 - a test's
            return answer.read()
        finally:
            connection.close()

    def throw_away(self) -> None:
        """Empty its tray, and take what hangs."""
        self.expect(200, "DELETE", f"/api/paper/{self.printer}")

    def tear_off(self) -> None:
        """Take what hangs into the tray."""
        self._post("tear", {})

    def fault(self, fault: str, **more: object) -> None:
        """`off`, `paper_out` (`lines`), `cover_open`, `cable` (`bytes`), `slow` (`seconds`)."""
        self._post("faults", {"fault": fault} | more)

    def clear_faults(self) -> None:
        """Mend everything: what waited in it is printed now."""
        self.expect(200, "DELETE", f"/api/printers/{self.printer}/faults")

    def fresh(self) -> Self:
        """Mend it and empty its tray, whatever the test before left; return it."""
        self.clear_faults()
        self.throw_away()
        return self

    def _post(self, verb: str, body: object) -> None:
        path = f"/api/printers/{self.printer}/{verb}"
        reply = self.send("POST", path, body)
        if reply.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise WrongReplyError("POST", path, reply)


class PrintHost:
    """What prints: a TCP connection to a printer's port."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=ANSWER_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Send all of it; raises OSError when the connection is broken."""
        self._socket.sendall(data)

    def send_until_stuck(self, data: bytes, most: int, patience_s: float = 0.5) -> int:
        """Send it again and again until the network takes no more; return how many bytes it took.

        At most `most`: that would be a printer that never makes anybody wait.
        """
        sent = 0
        self._socket.settimeout(patience_s)
        try:
            while sent < most:
                sent += self._socket.send(data[sent % len(data) :])
        except TimeoutError:
            pass
        self._socket.settimeout(ANSWER_S)
        return sent

    def read(self, count: int) -> bytes:
        """Return so many bytes of its answers; fewer when it hung up."""
        told = b""
        while len(told) < count:
            more = self._socket.recv(count - len(told))
            if not more:
                break
            told += more
        return told

    def ask(self, data: bytes, count: int) -> bytes:
        """Send, and return so many bytes of the answer."""
        self.send(data)
        return self.read(count)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
