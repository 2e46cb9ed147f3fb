"""Log lines: JSON for machines, short aligned text for a person at a terminal."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from servicekit import tracecontext
from servicekit.masking import mask

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

_COLOURS: Final = {
    logging.DEBUG: "\x1b[2m",
    logging.INFO: "\x1b[36m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}
_PLAIN: Final = "\x1b[0m"
_TRACE_SHOWN: Final = 8
"""Characters of a trace id that a person can still compare by eye."""

_STANDARD: Final = frozenset(
    vars(logging.LogRecord("", 0, "", 0, "", None, None)) | {"message": "", "asctime": ""}
)
"""What a record holds by itself; the rest was given as `extra` and belongs to the line."""


class JsonLines(logging.Formatter):
    """One JSON object a line: `at`, `level`, `service`, `instance`, `logger`, `message`, ..."""

    def __init__(self, service: str, instance: str) -> None:
        super().__init__()
        self._service = service
        self._instance = instance

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its newline."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "instance": self._instance,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        context = tracecontext.current.get()
        if context is not None:
            line["trace_id"] = context.trace_id
            line["span_id"] = context.span_id
        line |= _extra(record)
        if record.exc_info:
            line["error"] = _traceback(record)
        return msgspec.json.encode(line, enc_hook=str).decode()


class ReadableLines(logging.Formatter):
    """`12:34:56.789 INFO  checkout        message  key=value  trace=1a2b3c4d`."""

    def __init__(self, service: str, *, coloured: bool) -> None:
        super().__init__()
        self._service = service
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows on lines of its own."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        level = f"{record.levelname[:5]:<5}"
        if self._coloured:
            level = f"{_COLOURS.get(record.levelno, '')}{level}{_PLAIN}"
        parts = [f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {level} {self._service:<20}"]
        parts.append(mask(record.getMessage()))
        parts.extend(f"{key}={value}" for key, value in _extra(record).items())
        context = tracecontext.current.get()
        if context is not None:
            parts.append(f"trace={context.trace_id[:_TRACE_SHOWN]}")
        line = "  ".join(parts)
        if record.exc_info:
            line += "\n" + _traceback(record).rstrip()
        return line


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {
        key: mask(value) if isinstance(value, str) else value
        for key, value in vars(record).items()
        if key not in _STANDARD
    }


def _traceback(record: logging.LogRecord) -> str:
    assert record.exc_info is not None, "asked only when there is one"  # noqa: S101 - house style 12
    return mask("".join(traceback.format_exception(*record.exc_info)))


def configure(
    service: str,
    instance: str,
    *,
    form: str = "auto",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send every log record of this process to `stream` (standard output) in one form.

    `form` is `json`, `text` or `auto`: text when a person watches, else JSON. Call it once.
    """
    out = stream or sys.stdout
    on_tty = out.isatty()
    as_text = form == "text" or (form == "auto" and on_tty)
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        ReadableLines(service, coloured=on_tty) if as_text else JsonLines(service, instance)
    )
    root = logging.getLogger()
    for previous in tuple(root.handlers):
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(level)
    # nats-py reports every lost connection attempt by itself; messaging.bus says it once.
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    # asyncpg reports every attempt of its pool with a traceback; who needs PostgreSQL says it once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
