"""What the person at the terminal sees: one readable line for each line that a child logs.

Children log JSON; here it becomes `22:39:11 checkout  message  key=value`, or stays JSON for
machines. The servers' own talk is shown from a warning upwards.
"""

import re
from typing import Any, Final, TextIO

import msgspec

from servicekit.clock import Clock
from supervisor.plan import NATS, POSTGRES

NAME_WIDTH: Final = 22
"""As wide as the longest name, `terminal_gateway:S001`, and a blank."""

TRACE_SHOWN: Final = 8
"""Characters of a trace id that a person can still compare by eye."""

SERVERS_SHOWN: Final = {
    # The password stands in a file that only its owner reads.
    NATS: re.compile(rb"\[(WRN|ERR|FTL)\] (?!Plaintext passwords)"),
    POSTGRES: re.compile(rb"\b(FATAL|PANIC):"),
}

_OWN: Final = frozenset(
    {"at", "level", "service", "instance", "logger", "message", "trace_id", "span_id", "error"}
)
_NAME_COLOURS: Final = (32, 33, 34, 35, 36, 92, 94, 95, 96)
_LEVEL_COLOURS: Final = {"warning": "33", "error": "31", "critical": "1;31", "debug": "2"}


class Console:
    """Writes lines to one stream; a reader that went away is no reason to stop."""

    def __init__(
        self,
        stream: TextIO,
        errors: TextIO,
        clock: Clock,
        *,
        log_format: str,
        coloured: bool,
        verbose: bool,
    ) -> None:
        self._stream = stream
        self._errors = errors
        self._clock = clock
        self._as_json = log_format == "json"
        self._coloured = coloured
        self._verbose = verbose
        self._names: list[str] = []

    def child(self, key: str, line: bytes) -> None:
        """Show one line that a child wrote."""
        line = line.rstrip()
        shown = SERVERS_SHOWN.get(key)
        if not line or (shown is not None and not self._verbose and not shown.search(line)):
            return
        if self._as_json:
            self._write(line.decode(errors="replace"))
            return
        try:
            record = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError:
            self._write(f"{self._now()} {self._name(key)} {line.decode(errors='replace')}")
            return
        self._write(self._readable(key, record))

    def say(self, text: str) -> None:
        """Show a line of the supervisor's own."""
        if self._as_json:
            self._write(msgspec.json.encode({"service": "supervisor", "message": text}).decode())
        else:
            self._write(f"{self._now()} {self._name('supervisor')} {text}")

    def show(self, text: str) -> None:
        """Show text for a person as it stands; machines that read JSON are spared it."""
        if not self._as_json:
            self._write(text)

    def fail(self, text: str) -> None:
        """Say why nothing runs."""
        self._errors.write(f"renkei: {text}\n")

    def _readable(self, key: str, record: dict[str, Any]) -> str:
        level = str(record.get("level", "info"))
        parts = [str(record.get("message", ""))]
        parts += [f"{name}={value}" for name, value in record.items() if name not in _OWN]
        if "trace_id" in record:
            parts.append(f"trace={str(record['trace_id'])[:TRACE_SHOWN]}")
        text = "  ".join(parts)
        if level not in {"info", "debug"}:
            text = f"{level.upper()}: {text}"
        if "error" in record:
            text += "\n" + str(record["error"]).rstrip()
        return f"{self._now()} {self._name(key)} {self._paint(_LEVEL_COLOURS.get(level, ''), text)}"

    def _now(self) -> str:
        """Lines carry the time at which they are shown: one clock for all of them."""
        return self._clock.now().astimezone().strftime("%H:%M:%S")

    def _name(self, key: str) -> str:
        if key not in self._names:
            self._names.append(key)
        colour = _NAME_COLOURS[self._names.index(key) % len(_NAME_COLOURS)]
        return self._paint(str(colour), f"{key:<{NAME_WIDTH}}")

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured and colour else text

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return
