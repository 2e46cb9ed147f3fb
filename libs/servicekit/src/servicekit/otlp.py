"""Traces and metrics that go to an OpenTelemetry collector (OTLP over HTTP).

Loaded by `servicekit.telemetry.build` and only when there is an endpoint to send to.
"""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
)
from opentelemetry.sdk.resources import (
    Resource as OtelResource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import StatusCode, TraceFlags, TraceState

from servicekit import metric_names, tracecontext
from servicekit.masking import mask
from servicekit.metric_names import Metric
from servicekit.telemetry import Attribute, Attributes, Resource, Span, SpanKind, Telemetry
from servicekit.tracecontext import TraceContext

EXPORT_S: Final = 2.0
"""A collector that is away must not hold threads for long; the next batch tries again."""

METRICS_EVERY_MS: Final = 10_000
"""Fine enough to see a rush hour's minute, coarse enough to cost nothing."""

SPANS_EVERY_MS: Final = 1_000
SPANS_MAX: Final = 4_096
"""Ended spans waiting to leave; more are dropped, never waited for."""

SHUTDOWN_S: Final = 1.0
"""What is left when the process ends gets this long to leave."""

_KINDS: Final[dict[SpanKind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "producer": trace.SpanKind.PRODUCER,
    "consumer": trace.SpanKind.CONSUMER,
}


class RecordedSpan(Span):
    """One piece of work that is sent to the collector when it ends."""

    def __init__(self, span: trace.Span, context: TraceContext) -> None:
        super().__init__(context)
        self._span = span

    def set(self, name: str, value: Attribute) -> None:
        """Say something about the work; what looks like a card number is masked."""
        self._span.set_attribute(name, _safe(value))

    def fail(self, reason: str) -> None:
        """Say that the work failed."""
        self._span.set_status(StatusCode.ERROR, mask(reason))


class ExportingTelemetry(Telemetry):
    """Records spans and metrics and sends them to `endpoint` from threads of its own.

    Every span is recorded, whatever the sender of the trace decided: payments are few, and the
    one that went wrong must be there.
    """

    records = True

    def __init__(self, resource: Resource, endpoint: str) -> None:
        super().__init__(resource)
        base = endpoint.rstrip("/")
        described = OtelResource.create(
            {
                SERVICE_NAME: resource.name,
                SERVICE_VERSION: resource.version,
                SERVICE_INSTANCE_ID: resource.instance,
            }
        )
        self._tracing = TracerProvider(
            resource=described, sampler=ALWAYS_ON, shutdown_on_exit=False
        )
        self._tracing.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=EXPORT_S),
                max_queue_size=SPANS_MAX,
                schedule_delay_millis=SPANS_EVERY_MS,
            )
        )
        self._metering = MeterProvider(
            resource=described,
            shutdown_on_exit=False,
            metric_readers=[
                PeriodicExportingMetricReader(
                    OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=EXPORT_S),
                    export_interval_millis=METRICS_EVERY_MS,
                )
            ],
        )
        self._tracer = self._tracing.get_tracer("renkei", resource.version)
        meter = self._metering.get_meter("renkei", resource.version)
        make = {
            "counter": meter.create_counter,
            "histogram": meter.create_histogram,
            "gauge": meter.create_gauge,
        }
        self._instruments = {
            metric.name: make[metric.kind](metric.name, metric.unit, metric.description)
            for metric in metric_names.ALL
        }

    def span(
        self,
        name: str,
        *,
        parent: Mapping[str, str] | None = None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
        kind: SpanKind = "internal",
    ) -> AbstractContextManager[Span]:
        """Return a recorded span; see `Telemetry.span`."""
        above = tracecontext.extract(parent) or tracecontext.current.get()
        linked = (tracecontext.parse(link) for link in links)
        span = self._tracer.start_span(
            name,
            context=_otel_parent(above),
            kind=_KINDS[kind],
            attributes={key: _safe(value) for key, value in (attributes or {}).items()},
            links=[trace.Link(_otel_context(link)) for link in linked if link is not None],
        )
        return _recorded(span, "" if above is None else above.state)

    def count(self, metric: Metric, value: float = 1, attributes: Attributes | None = None) -> None:
        """Add to a counter of `servicekit.metric_names`."""
        instrument = self._instruments[metric.name]
        assert isinstance(instrument, Counter), metric  # noqa: S101 - house style 12
        instrument.add(value, attributes)

    def record(self, metric: Metric, value: float, attributes: Attributes | None = None) -> None:
        """Record one value of a histogram, or replace a gauge."""
        instrument = self._instruments[metric.name]
        if isinstance(instrument, Histogram):
            instrument.record(value, attributes)
        else:
            assert not isinstance(instrument, Counter), metric  # noqa: S101 - house style 12
            instrument.set(value, attributes)

    def shutdown(self) -> None:
        """Send what is left, for at most `SHUTDOWN_S`."""
        leaving = threading.Thread(target=self._shut_down, daemon=True)
        leaving.start()
        leaving.join(SHUTDOWN_S)

    def _shut_down(self) -> None:
        self._tracing.shutdown()
        self._metering.shutdown(timeout_millis=SHUTDOWN_S * 1000)


@contextmanager
def _recorded(span: trace.Span, state: str) -> Generator[Span]:
    made = span.get_span_context()
    context = TraceContext(
        trace.format_trace_id(made.trace_id),
        trace.format_span_id(made.span_id),
        sampled=True,
        state=state,
    )
    recorded = RecordedSpan(span, context)
    token = tracecontext.current.set(context)
    try:
        yield recorded
    except BaseException as error:
        recorded.fail(f"{type(error).__name__}: {error}")
        raise
    finally:
        tracecontext.current.reset(token)
        span.end()


def _otel_parent(above: TraceContext | None) -> Context:
    if above is None:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(_otel_context(above)), Context())


def _otel_context(context: TraceContext) -> trace.SpanContext:
    return trace.SpanContext(
        int(context.trace_id, 16),
        int(context.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([context.state]) if context.state else None,
    )


def _safe(value: Attribute) -> Attribute:
    return mask(value) if isinstance(value, str) else value
