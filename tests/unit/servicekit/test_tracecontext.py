import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit import tracecontext
from servicekit.tracecontext import TraceContext

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_what_was_injected_is_extracted() -> None:
    context = TraceContext(TRACE, SPAN, sampled=True, state="vendor=1")
    headers: dict[str, str] = {}
    tracecontext.inject(headers, context)
    assert headers == {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=1"}
    assert tracecontext.extract(headers) == context


def test_without_a_context_nothing_is_written() -> None:
    headers: dict[str, str] = {}
    tracecontext.inject(headers, None)
    assert headers == {}
    assert tracecontext.extract(headers) is None
    assert tracecontext.extract(None) is None


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "garbage",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
    ],
)
def test_a_malformed_traceparent_begins_a_new_trace(traceparent: str) -> None:
    assert tracecontext.parse(traceparent) is None


def test_a_later_version_is_read_as_far_as_we_know_it() -> None:
    assert tracecontext.parse(f"01-{TRACE}-{SPAN}-03-more") == TraceContext(
        TRACE, SPAN, sampled=True
    )


def test_an_overlong_tracestate_is_dropped() -> None:
    assert tracecontext.parse(f"00-{TRACE}-{SPAN}-00", "x" * 513) == TraceContext(TRACE, SPAN)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    tracecontext.parse(text)
