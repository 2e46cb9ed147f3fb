import pytest

from servicekit import metric_names, telemetry, tracecontext
from servicekit.telemetry import Resource, Telemetry

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def silent() -> Telemetry:
    return telemetry.build(Resource("test", "0", "test-1"), "")


def test_without_an_endpoint_nothing_records() -> None:
    assert type(silent()) is Telemetry


def test_an_incoming_trace_goes_on_unchanged_when_nobody_records() -> None:
    observed = silent()
    headers: dict[str, str] = {}
    with observed.span("work", parent={"traceparent": PARENT}):
        observed.inject(headers)
    assert headers == {"traceparent": PARENT}
    assert tracecontext.current.get() is None


def test_a_span_without_a_parent_begins_a_trace_that_those_inside_share() -> None:
    observed = silent()
    with observed.span("outer") as outer, observed.span("inner") as inner:
        assert inner.context == outer.context
        assert observed.traceparent() == outer.context.traceparent
    assert observed.traceparent() is None


def test_a_malformed_parent_is_as_good_as_none() -> None:
    observed = silent()
    with observed.span("work", parent={"traceparent": "x"}) as span:
        assert not span.context.sampled


def test_an_exception_leaves_the_span_and_its_context() -> None:
    observed = silent()
    with pytest.raises(KeyError), observed.span("work"):
        {}["missing"]
    assert tracecontext.current.get() is None


def test_metrics_may_be_recorded_and_go_nowhere() -> None:
    observed = silent()
    for metric in metric_names.ALL:
        if metric.kind == "counter":
            observed.count(metric)
        else:
            observed.record(metric, 1.0)
    observed.shutdown()


def test_metric_names_are_unique() -> None:
    names = [metric.name for metric in metric_names.ALL]
    assert len(set(names)) == len(names)
