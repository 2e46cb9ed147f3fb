"""The receipt printers of the running simulator, over their TCP ports and the control API."""

import time
from collections.abc import Iterator

import pytest

from testkit.http import JsonClient, until
from testkit.printers import PrinterClient, PrintHost
from testkit.simulator_process import SimulatorProcess

ASK = b"\x1d(H\x06\x00000001"
ANSWER = b"\x37\x220001\x00"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
SLIP = b"\x1b@\x1cC\x01" + "領収書\n合計 \\1,650\n".encode("cp932") + b"\x1dV\x42\x00"
TEXT = "領収書\n合計 ¥1,650"


@pytest.fixture
def printer(simulator: SimulatorProcess) -> PrinterClient:
    return simulator.printer().fresh()


@pytest.fixture
def host(printer: PrinterClient) -> Iterator[PrintHost]:
    with PrintHost(printer.state()["address"]) as connected:
        connected.ask(CLEAR, len(CLEARED))
        yield connected


def test_a_slip_is_printed_cut_and_shown_as_text_and_picture(
    printer: PrinterClient, host: PrintHost
) -> None:
    assert host.ask(SLIP + b"\x1bp\x00\x19\xfa" + ASK, len(ANSWER)) == ANSWER
    (piece,) = printer.pieces()
    assert (piece["text"], piece["cut"]) == (TEXT, True)
    assert piece["lines"] == ["領収書", "合計 ¥1,650"]
    assert printer.picture(piece).startswith(b"\x89PNG\r\n\x1a\n")
    assert printer.state()["drawer_kicks"] >= 1
    assert printer.state()["connected"]


def test_a_strip_that_was_not_cut_hangs_until_somebody_tears_it_off(
    printer: PrinterClient, host: PrintHost
) -> None:
    host.ask(b"hangs\n" + ASK, len(ANSWER))
    paper = printer.paper()
    assert paper["pieces"] == []
    assert paper["hanging"]["text"] == "hangs"
    printer.tear_off()
    assert [each["text"] for each in printer.pieces()] == ["hangs"]
    assert printer.paper()["hanging"] is None
    printer.throw_away()
    assert printer.pieces() == []


def test_every_printer_is_listed_by_a_name_of_its_own(simulator: SimulatorProcess) -> None:
    listed = JsonClient(simulator.url).expect(200, "GET", "/api/printers")["printers"]
    assert [(each["printer"], each["columns"]) for each in listed] == [
        ("S001-P1", 48),
        ("S001-P2", 32),
    ]
    assert len({each["address"] for each in listed}) == 2


def test_without_paper_it_says_so_keeps_the_job_and_prints_it_once_with_a_new_roll(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("paper_out")
    host.send(SLIP + ASK)
    assert host.ask(b"\x10\x04\x01\x10\x04\x02\x10\x04\x04", 3) == b"\x1a\x32\x7e"
    assert (printer.state()["paper"], printer.pieces()) == ("out", [])
    printer.clear_faults()
    assert host.read(len(ANSWER)) == ANSWER
    assert [each["text"] for each in printer.pieces()] == [TEXT]


def test_a_job_that_is_cleared_while_it_waits_is_never_printed(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("cover_open")
    host.send(SLIP + ASK)
    assert host.ask(b"\x10\x04\x02", 1) == b"\x16"
    assert host.ask(CLEAR, len(CLEARED)) == CLEARED
    printer.clear_faults()
    assert host.ask(b"\x10\x04\x01", 1) == b"\x12"
    assert (printer.pieces(), printer.state()["waiting"]) == ([], 0)


def test_a_roll_that_ends_in_the_middle_goes_on_with_the_next_line(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("paper_out", lines=1)
    host.send(SLIP + ASK)
    until(lambda: printer.state()["paper"] == "out", "the roll to end")
    assert printer.paper()["hanging"]["text"] == "領収書"
    printer.clear_faults()
    assert host.read(len(ANSWER)) == ANSWER
    assert [each["text"] for each in printer.pieces()] == [TEXT]


def test_it_reports_by_itself_what_happens_to_it(printer: PrinterClient, host: PrintHost) -> None:
    assert host.ask(b"\x1da\x0e", 4) == b"\x10\x00\x00\x0f"
    printer.fault("cover_open")
    assert host.read(4) == b"\x38\x00\x00\x0f"
    printer.clear_faults()
    assert host.read(4) == b"\x10\x00\x00\x0f"
    host.ask(b"\x1da\x00" + ASK, len(ANSWER))


def test_a_cable_that_breaks_in_the_middle_leaves_half_a_slip_until_it_is_mended(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("cable", bytes=len(SLIP) - 6)
    host.send(SLIP)
    with pytest.raises(ConnectionResetError):
        host.read(1)
    assert printer.paper()["hanging"]["text"] == "領収書"
    address = printer.state()["address"]
    with pytest.raises(ConnectionResetError), PrintHost(address) as another:
        another.read(1)
    printer.clear_faults()
    printer.tear_off()
    with PrintHost(printer.state()["address"]) as again:
        assert again.ask(CLEAR + SLIP + ASK, 3 + len(ANSWER)) == CLEARED + ANSWER
    assert printer.pieces()[-1]["text"] == TEXT


def test_one_that_is_off_is_not_there_and_has_forgotten_what_it_had_not_printed(
    printer: PrinterClient, host: PrintHost
) -> None:
    host.ask(b"on paper\n" + ASK + b"not yet", len(ANSWER))
    printer.fault("off")
    with pytest.raises(ConnectionResetError):
        host.read(1)
    state = printer.state()
    assert (state["power"], state["online"]) == ("off", False)
    with pytest.raises(ConnectionRefusedError):
        PrintHost(state["address"])
    printer.clear_faults()
    assert printer.state()["address"] == state["address"]
    with PrintHost(state["address"]) as again:
        assert again.ask(b"new\n" + ASK, len(ANSWER)) == ANSWER
    assert printer.paper()["hanging"]["text"] == "on paper\nnew"


def test_a_slow_one_takes_its_time_for_each_line_and_answers_in_between(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("slow", seconds=0.05)
    began = time.monotonic()  # noqa: TID251 - a real printer's time
    host.send(b"1\n2\n3\n4\n5\n" + ASK)
    assert host.ask(b"\x10\x04\x01", 1) == b"\x12", "it answers before it is through"
    assert host.read(len(ANSWER)) == ANSWER
    assert time.monotonic() - began >= 0.2, "four pauses"  # noqa: TID251 - the same
    assert printer.paper()["hanging"]["text"] == "1\n2\n3\n4\n5"


def test_a_second_host_waits_for_the_end_of_the_first(
    printer: PrinterClient, host: PrintHost
) -> None:
    with PrintHost(printer.state()["address"]) as second:
        second.send(b"second\n" + ASK)
        host.ask(b"first\n" + ASK, len(ANSWER))
        assert printer.paper()["hanging"]["text"] == "first"
        host.close()
        assert second.read(len(ANSWER)) == ANSWER
    assert printer.paper()["hanging"]["text"] == "first\nsecond"


def test_while_it_is_stopped_a_long_job_waits_in_the_network_and_comes_out_whole(
    printer: PrinterClient, host: PrintHost
) -> None:
    printer.fault("paper_out")
    picture = b"\x1dv0\x00\x48\x00\x20\x03" + b"\xaa" * 72 * 800
    sent = host.send_until_stuck(picture, 40_000_000)
    assert sent < 40_000_000
    assert 64 * 1024 <= printer.state()["waiting"] < 512 * 1024
    printer.clear_faults()
    assert host.ask(picture[sent % len(picture) :] + ASK, len(ANSWER)) == ANSWER
    printer.tear_off()
    paper = printer.paper()
    assert paper["state"]["waiting"] == 0
    lines = [line for each in paper["pieces"] for line in each["text"].split("\n")]
    assert lines == ["[画像 576×800]"] * (sent // len(picture) + 1)


def test_what_nobody_knows_is_counted_and_told_and_not_printed(
    printer: PrinterClient, host: PrintHost
) -> None:
    before = printer.state()["ignored"]
    host.ask(b"\x1b\x7f\x1d(k\x03\x001P0clean\n" + ASK, len(ANSWER))
    paper = printer.paper()
    assert paper["state"]["ignored"] == before + 2
    assert [(note["what"], note["why"]) for note in paper["log"][-2:]] == [
        ("ESC 0x7f", "unknown command"),
        ("GS ( k", "not supported"),
    ]
    assert paper["hanging"]["text"] == "clean"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/printers/S001-P9/faults", {"fault": "off"}, "unknown_printer"),
        ("/api/printers/S001-P1/faults", {"fault": "fire"}, "unknown_fault"),
        ("/api/printers/S001-P1/faults", {"fault": "off", "bytes": 3}, "fault_parameter_unknown"),
        ("/api/printers/S001-P1/faults", {"fault": "slow", "seconds": 0}, "invalid_body"),
        ("/api/printers/S001-P1/faults", {"fault": "off", "zz": 3}, "invalid_body"),
    ],
)
def test_a_wrong_request_is_refused_by_name(
    simulator: SimulatorProcess, path: str, body: object, code: str
) -> None:
    reply = JsonClient(simulator.url).send("POST", path, body)
    assert reply.body["code"] == code
    assert simulator.printer().state()["power"] == "on"


@pytest.mark.parametrize(
    "path",
    ["/api/paper/S001-P9", "/api/paper/S001-P1/99999999.png", "/api/paper/S001-P1/x.png"],
)
def test_paper_that_is_not_there_is_404(simulator: SimulatorProcess, path: str) -> None:
    assert JsonClient(simulator.url).send("GET", path).status == 404


def test_bytes_at_random_break_nothing(printer: PrinterClient) -> None:
    address = printer.state()["address"]
    for seed in range(20):
        noise = bytes((seed * 7 + at * at * 31 + at // 3) % 256 for at in range(3_000))
        with PrintHost(address) as host:
            host.send(noise)
    with PrintHost(address) as host:
        told = b""
        host.send(CLEAR + SLIP + ASK)
        while not told.endswith(ANSWER):  # noise may have asked for this and that
            told += host.read(1)
    assert printer.until_pieces(1)[-1]["text"].endswith(TEXT)
