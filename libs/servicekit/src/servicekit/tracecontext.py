"""W3C trace context: reading, writing and carrying it, with or without anybody who records.

https://www.w3.org/TR/trace-context/ (level 1, version 00)
"""

import re
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Final, NamedTuple

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"

_TRACESTATE_MAX: Final = 512
"""What the recommendation asks one to carry at least; longer ones are dropped, as it allows."""

_PATTERN: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16


class TraceContext(NamedTuple):
    """Where in which trace we are. Ids are lower-case hexadecimal."""

    trace_id: str
    span_id: str
    sampled: bool = False
    state: str = ""

    @property
    def traceparent(self) -> str:
        """Return the header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


current: ContextVar[TraceContext | None] = ContextVar("current_trace", default=None)
"""Where this task is; logs and outgoing messages read it."""


def parse(traceparent: str, state: str = "") -> TraceContext | None:
    """Return what a `traceparent` says, or None when it is malformed (a new trace then begins)."""
    match = _PATTERN.fullmatch(traceparent)
    if match is None or traceparent.startswith("ff"):
        return None
    trace_id, span_id, flags = match.groups()
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    if len(state) > _TRACESTATE_MAX:
        state = ""
    return TraceContext(trace_id, span_id, sampled=bool(int(flags, 16) & 1), state=state)


def extract(headers: Mapping[str, str] | None) -> TraceContext | None:
    """Return the trace context of a message's headers, if they hold one."""
    if not headers:
        return None
    traceparent = headers.get(TRACEPARENT)
    if traceparent is None:
        return None
    return parse(traceparent, headers.get(TRACESTATE, ""))


def inject(headers: MutableMapping[str, str], context: TraceContext | None) -> None:
    """Write a trace context into the headers of a message about to leave."""
    if context is None:
        return
    headers[TRACEPARENT] = context.traceparent
    if context.state:
        headers[TRACESTATE] = context.state
