"""Traces and metrics, as services see them.

This module records nothing: a span only carries the trace context on, and a metric goes nowhere.
That is what runs when `OTEL_EXPORTER_OTLP_ENDPOINT` is not set, and it costs a few microseconds.
`servicekit.otlp` does the same with OpenTelemetry behind it, and is only loaded when it is set.
"""

import importlib
import os
from collections.abc import Generator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Literal, NamedTuple, cast

from servicekit import tracecontext
from servicekit.metric_names import Metric
from servicekit.tracecontext import TraceContext

Attribute = str | int | float | bool
Attributes = Mapping[str, Attribute]
SpanKind = Literal["internal", "server", "client", "producer", "consumer"]


class Resource(NamedTuple):
    """Who records: `service.name`, `service.version`, `service.instance.id`."""

    name: str
    version: str
    instance: str


class Span:
    """One piece of work. This one is not recorded; `context` still goes out with messages."""

    def __init__(self, context: TraceContext) -> None:
        self.context = context

    def set(self, name: str, value: Attribute) -> None:
        """Say something about the work. Never card data."""

    def fail(self, reason: str) -> None:
        """Say that the work failed. An exception that leaves the span says so by itself."""


class Telemetry:
    """What a service tells about its work."""

    records = False
    """Whether anybody sees the spans."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def span(
        self,
        name: str,
        *,
        parent: Mapping[str, str] | None = None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
        kind: SpanKind = "internal",
    ) -> AbstractContextManager[Span]:
        """Return a span to be entered around a piece of work.

        `parent` are the headers of the message that caused it (without a trace in them, or None:
        the surrounding span is the parent, else a new trace begins); `links` are traceparents of
        other parts of the same payment.
        """
        del name, attributes, links, kind
        return _carried(tracecontext.extract(parent) or tracecontext.current.get() or new_trace())

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """Write the current trace context into the headers of a message about to leave."""
        tracecontext.inject(headers, tracecontext.current.get())

    def extract(self, headers: Mapping[str, str]) -> TraceContext | None:
        """Return the trace context that a message's headers hold, if any."""
        return tracecontext.extract(headers)

    def traceparent(self) -> str | None:
        """Return the current trace context as text, to be stored with what is being worked on."""
        context = tracecontext.current.get()
        return None if context is None else context.traceparent

    def count(self, metric: Metric, value: float = 1, attributes: Attributes | None = None) -> None:
        """Add to a counter of `servicekit.metric_names`."""

    def record(self, metric: Metric, value: float, attributes: Attributes | None = None) -> None:
        """Record one value of a histogram, or replace a gauge."""

    def shutdown(self) -> None:
        """Send what is left; bounded, and harmless without an endpoint."""


@contextmanager
def _carried(context: TraceContext) -> Generator[Span]:
    token = tracecontext.current.set(context)
    try:
        yield Span(context)
    finally:
        tracecontext.current.reset(token)


_TRACE_ID_BYTES: Final = 16
_SPAN_ID_BYTES: Final = 8


def new_trace() -> TraceContext:
    """Return the beginning of a trace that nobody records: it ties log lines together."""
    return TraceContext(os.urandom(_TRACE_ID_BYTES).hex(), os.urandom(_SPAN_ID_BYTES).hex())


def build(resource: Resource, endpoint: str) -> Telemetry:
    """Return what records to `endpoint`, or what records nothing when it is empty.

    OpenTelemetry's SDK and exporter cost memory and a slower start, so they are imported only
    here and only then (docs/decisions/0101).
    """
    if not endpoint:
        return Telemetry(resource)
    otlp = importlib.import_module("servicekit.otlp")
    return cast("Telemetry", otlp.ExportingTelemetry(resource, endpoint))
