"""Settings are read once, from one mapping, and all that is wrong with them is told together."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

NATS_URL: Final = "RENKEI_NATS_URL"
POSTGRES_URL: Final = "RENKEI_POSTGRES_URL"
HEALTH_HOST: Final = "RENKEI_HEALTH_HOST"
HEALTH_PORT: Final = "RENKEI_HEALTH_PORT"
LOG_FORMAT: Final = "RENKEI_LOG_FORMAT"
LOG_LEVEL: Final = "RENKEI_LOG_LEVEL"
INSTANCE: Final = "RENKEI_INSTANCE"
READY_FILE: Final = "RENKEI_READY_FILE"
PARENT_PID: Final = "RENKEI_PARENT_PID"
OTLP_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

PLAIN_LINES: Final = "RENKEI_PLAIN_LINES"

_TLS_MODES: Final = frozenset({"require", "verify-ca", "verify-full"})
"""Of PostgreSQL; the others fall back to a plain line when the server offers nothing better."""

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


class SettingsError(Exception):
    """The environment does not say what the service needs; `problems` lists everything."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings:
    """Reads named values out of a mapping, noting every problem instead of stopping at the first.

    A value with a problem comes back as its default, or as a harmless stand-in (empty text, the
    lower bound); nothing may be done with it before `finish` has returned.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    @classmethod
    def of_process(cls) -> Self:
        """Return the settings of this process: its environment."""
        return cls(dict(os.environ))  # noqa: TID251 - the one place that reads it

    def text(self, name: str, default: str | None = None) -> str:
        """Return the value as it stands, without blanks around it; `default` None: required."""
        value = self._env.get(name, "").strip()
        if value:
            return value
        if default is None:
            self._problems.append(f"{name} is not set")
            return ""
        return default

    def line(self, name: str) -> str:
        """Return the URL of a server; one on another machine must be spoken to through TLS.

        `RENKEI_PLAIN_LINES` says that something else protects the lines between machines.
        """
        url = self.text(name)
        if url and not protected(url) and not self.flag(PLAIN_LINES, default=False):
            self.wrong(f"{name} leaves this machine without TLS: {_ways_out(url)}")
        return url

    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        low: int | None = None,
        high: int | None = None,
    ) -> int:
        """Return a whole number within `low` and `high`, both included."""
        stand_in = default if default is not None else low or 0
        value = self.text(name, None if default is None else str(default))
        if not value:
            return stand_in
        try:
            number = int(value)
        except ValueError:
            self._problems.append(f"{name} is not a whole number: {value!r}")
            return stand_in
        if (low is not None and number < low) or (high is not None and number > high):
            self._problems.append(f"{name} is {number}, not {_range(low, high)}")
            return stand_in
        return number

    def path(self, name: str, default: Path | str | None = None) -> Path:
        """Return a path, a leading `~` expanded; whether it exists is the service's concern."""
        return Path(self.text(name, None if default is None else str(default))).expanduser()

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """Return yes or no: 1/0, true/false, yes/no, on/off in any case."""
        value = self.text(name, None if default is None else str(default)).lower()
        if value in _TRUE:
            return True
        if value and value not in _FALSE:
            self._problems.append(f"{name} is neither yes nor no: {value!r}")
        return False

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Return one of `choices`."""
        value = self.text(name, default)
        if value and value not in choices:
            self._problems.append(f"{name} is {value!r}, not one of {', '.join(choices)}")
            return choices[0]
        return value

    def wrong(self, problem: str) -> None:
        """Note a problem that only the service can see, to be told with the others."""
        self._problems.append(problem)

    def finish(self) -> None:
        """Raise `SettingsError` with every problem noted so far; nothing when there is none."""
        if self._problems:
            raise SettingsError(tuple(self._problems))


def protected(url: str) -> bool:
    """Tell whether nobody on the way can read or change what is said there."""
    parts = urlsplit(url)
    if parts.scheme == "tls" or _stays_here(parts.hostname or ""):
        return True
    if not parts.scheme.startswith("postgres"):
        return False
    return bool(_TLS_MODES & set(parse_qs(parts.query).get("sslmode", ())))


def _stays_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _ways_out(url: str) -> str:
    better = "tls://..." if url.startswith("nats") else "?sslmode=verify-full"
    return f"say {better}, or {PLAIN_LINES}=yes where something else protects the line"


def _range(low: int | None, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"from {low} to {high}"
