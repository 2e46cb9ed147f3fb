import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from servicekit import metric_names, telemetry
from servicekit.telemetry import Resource

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
LINK = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01"


class Collector:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.metrics: dict[str, Any] = {}
        self.resource: dict[str, str] = {}
        self.address = ""

    async def take_traces(self, request: web.Request) -> web.Response:
        for of in ExportTraceServiceRequest.FromString(await request.read()).resource_spans:
            self.resource = {
                entry.key: entry.value.string_value for entry in of.resource.attributes
            }
            self.spans += [span for scope in of.scope_spans for span in scope.spans]
        return web.Response()

    async def take_metrics(self, request: web.Request) -> web.Response:
        for of in ExportMetricsServiceRequest.FromString(await request.read()).resource_metrics:
            for scope in of.scope_metrics:
                self.metrics |= {metric.name: metric for metric in scope.metrics}
        return web.Response()


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    made = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take_traces)
    app.router.add_post("/v1/metrics", made.take_metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def test_spans_and_metrics_reach_the_collector(collector: Collector) -> None:
    observed = telemetry.build(Resource("checkout", "1.2", "checkout-1"), collector.address)
    headers: dict[str, str] = {}
    with observed.span("outer", parent={"traceparent": PARENT}, kind="server") as outer:
        with observed.span("inner", attributes={"n": 1}, links=(LINK,)) as inner:
            inner.set("text", "card 4111111111111111")
            observed.inject(headers)
        with pytest.raises(KeyError), observed.span("broken"):
            raise KeyError("why")
    observed.count(metric_names.PUBLISHED, 3, {"stream": "SALES"})
    observed.record(metric_names.HANDLER_SECONDS, 0.01)
    observed.record(metric_names.NATS_CONNECTED, 1)
    await asyncio.to_thread(observed.shutdown)

    spans = {span.name: span for span in collector.spans}
    assert collector.resource["service.name"] == "checkout"
    assert collector.resource["service.version"] == "1.2"
    assert collector.resource["service.instance.id"] == "checkout-1"
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert spans["outer"].parent_span_id.hex() == "00f067aa0ba902b7"
    assert spans["inner"].parent_span_id == spans["outer"].span_id
    assert spans["outer"].span_id.hex() == outer.context.span_id
    assert headers["traceparent"] == f"00-{TRACE}-{inner.context.span_id}-01"
    assert [link.trace_id.hex() for link in spans["inner"].links] == ["a" * 32]
    said = {entry.key: entry.value for entry in spans["inner"].attributes}
    assert said["n"].int_value == 1
    assert said["text"].string_value == "card 411111******1111"
    assert "KeyError" in spans["broken"].status.message
    assert collector.metrics["renkei.publisher.messages"].sum.data_points[0].as_double == 3 or (
        collector.metrics["renkei.publisher.messages"].sum.data_points[0].as_int == 3
    )
    assert {"renkei.handler.duration", "renkei.nats.connected"} <= set(collector.metrics)


async def test_a_collector_that_is_away_does_not_hold_up_the_end() -> None:
    observed = telemetry.build(Resource("checkout", "1.2", "c"), "http://127.0.0.1:9")
    with observed.span("work"):
        pass
    async with asyncio.timeout(10):
        await asyncio.to_thread(observed.shutdown)
