import io
import json
import logging

from servicekit import tracecontext
from servicekit.logs import JsonLines, ReadableLines
from servicekit.tracecontext import TraceContext

CONTEXT = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


def logged(formatter: logging.Formatter, message: str, *arguments: object, **extra: object) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    log = logging.getLogger("test")
    log.propagate = False
    log.handlers = [handler]
    log.warning(message, *arguments, extra=extra)
    return out.getvalue()


def test_a_json_line_says_when_who_and_what() -> None:
    line = json.loads(logged(JsonLines("checkout", "c-1"), "sale %s", 7, sale="x", parts=("a",)))
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "service": "checkout",
        "instance": "c-1",
        "logger": "test",
        "message": "sale 7",
        "sale": "x",
        "parts": ["a"],
    }


def test_lines_carry_the_trace_they_belong_to() -> None:
    token = tracecontext.current.set(CONTEXT)
    try:
        line = json.loads(logged(JsonLines("checkout", "c-1"), "x"))
        readable = logged(ReadableLines("checkout", coloured=False), "x")
    finally:
        tracecontext.current.reset(token)
    assert (line["trace_id"], line["span_id"]) == (CONTEXT.trace_id, CONTEXT.span_id)
    assert readable.endswith("trace=4bf92f35\n")


def test_what_json_does_not_know_is_written_as_text() -> None:
    line = json.loads(logged(JsonLines("s", "i"), "x", error_kind=ValueError("why")))
    assert line["error_kind"] == "why"


def test_a_readable_line_is_short_and_without_colours_off_a_tty() -> None:
    line = logged(ReadableLines("checkout", coloured=False), "ready", port=80)
    assert line[12:].startswith(" WARNI checkout ")
    assert line.endswith("  ready  port=80\n")
    assert "\x1b" not in line
    assert "\x1b" in logged(ReadableLines("checkout", coloured=True), "x")


def test_a_card_number_never_reaches_a_line() -> None:
    number = "4111111111111111"
    for formatter in (JsonLines("s", "i"), ReadableLines("s", coloured=False)):
        assert number not in logged(formatter, "read %s", number, extra_text=number)
