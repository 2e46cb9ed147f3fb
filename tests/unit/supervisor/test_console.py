import io
import json

from supervisor.console import Console
from testkit.clock import FakeClock


def console(log_format: str = "text", *, verbose: bool = False) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    made = Console(
        stream,
        io.StringIO(),
        FakeClock(),
        log_format=log_format,
        coloured=False,
        verbose=verbose,
    )
    return made, stream


LINE = json.dumps(
    {
        "at": "2026-11-20T01:00:00.000+00:00",
        "level": "warning",
        "service": "checkout",
        "instance": "checkout-1",
        "logger": "checkout.wiring",
        "message": "a gap",
        "store": "S001",
        "trace_id": "0123456789abcdef",
    }
).encode()


def test_a_childs_json_becomes_a_line_with_its_name_and_what_it_tells() -> None:
    made, stream = console()
    made.child("checkout", LINE)
    (line,) = stream.getvalue().splitlines()
    assert line.split()[1] == "checkout"
    assert line.endswith("WARNING: a gap  store=S001  trace=01234567")


def test_what_is_no_json_is_shown_as_it_is() -> None:
    made, stream = console()
    made.child("front", b"Traceback (most recent call last):\n")
    assert stream.getvalue().rstrip().endswith("Traceback (most recent call last):")


def test_machines_get_the_childs_own_line() -> None:
    made, stream = console("json")
    made.child("checkout", LINE)
    made.say("checkout is ready again")
    made.show("a banner")
    first, second = stream.getvalue().splitlines()
    assert first.encode() == LINE
    assert json.loads(second) == {"service": "supervisor", "message": "checkout is ready again"}


def test_the_servers_own_talk_is_shown_from_a_warning_upwards() -> None:
    made, stream = console()
    made.child("nats", b"[1] 2026/11/20 01:00:00 [INF] Server is ready")
    made.child("nats", b"[1] 2026/11/20 01:00:00 [WRN] Plaintext passwords detected")
    made.child("postgres", b"2026-11-20 01:00:00 UTC [7] LOG:  checkpoint starting")
    assert stream.getvalue() == ""
    made.child("nats", b"[1] 2026/11/20 01:00:00 [ERR] no space")
    made.child("postgres", b"2026-11-20 01:00:00 UTC [7] PANIC:  no space")
    assert len(stream.getvalue().splitlines()) == 2


def test_all_of_it_is_shown_to_whoever_asks_for_details() -> None:
    made, stream = console(verbose=True)
    made.child("nats", b"[1] 2026/11/20 01:00:00 [INF] Server is ready")
    assert "Server is ready" in stream.getvalue()


def test_a_reader_that_went_away_is_no_reason_to_stop() -> None:
    made, stream = console()
    stream.close()
    made.say("still here")
