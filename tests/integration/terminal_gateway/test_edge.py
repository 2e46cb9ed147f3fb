"""`renkei-edge`, spoken to a small centre of HTTP that answers as it is told."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from messaging.nkeys import Kind, new_key, signed
from terminal_gateway import edge
from terminal_gateway.edge_files import EdgeFolder

CODE = "ABCD-EFGH-JKLM-NPQR"


class Centre(ThreadingHTTPServer):
    """Answers enrolments; `answer` may be changed, `asked` is what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.change: dict[str, Any] = {}
        self.lost = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        if self.status != 200:
            return self.change
        account = new_key(Kind.ACCOUNT)
        return {
            "company": "DEMO",
            "store": "S001",
            "box": "0190b8a0-0000-7000-8000-000000000001",
            "token": signed(account, asked["public_key"], "box", {}, 1, 2),
            "expires_at": "2026-12-27T00:00:00Z",
            "nats_url": "tls://centre.example:4222",
            "ca": "",
            "receipts_public_key": "a2V5",
        } | self.change


class _Handler(BaseHTTPRequestHandler):
    @property
    def centre(self) -> Centre:
        assert isinstance(self.server, Centre)
        return self.server

    def do_POST(self) -> None:
        assert self.path == "/api/v1/enrollments"
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.centre.asked.append(asked)
        if self.centre.lost:
            self.close_connection = True
            return
        body = json.dumps(self.centre.answer(asked)).encode()
        self.send_response(self.centre.status)
        self.send_header("Content-Length", str(len(body)))
        if self.centre.status == 307:
            self.send_header("Location", f"{self.centre.url}/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        pass


@pytest.fixture
def centre() -> Iterator[Centre]:
    with Centre() as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def enroll(centre: Centre, folder: Path, code: str = CODE) -> int:
    return edge.main(["enroll", code, "--centre", centre.url, "--folder", str(folder)])


def test_a_box_is_enrolled_and_says_whose_it_is(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.main(["status", "--folder", str(tmp_path / "box")]) == edge.NOT_ENROLLED
    assert enroll(centre, tmp_path / "box") == edge.DONE
    (asked,) = centre.asked
    assert asked["code"] == CODE
    assert re.fullmatch(r"U[A-Z2-7]{55}", asked["public_key"])
    capsys.readouterr()
    # Its token ended in 1970.
    assert edge.main(["status", "--folder", str(tmp_path / "box")]) == edge.FAILED
    said = capsys.readouterr()
    assert "DEMO/S001" in said.out
    assert "enrol this box anew" in said.err


def test_after_a_lost_answer_the_same_command_asks_with_the_same_key(
    centre: Centre, tmp_path: Path
) -> None:
    centre.lost = True
    assert enroll(centre, tmp_path) == edge.LATER
    centre.lost = False
    assert enroll(centre, tmp_path) == edge.DONE
    first, second = centre.asked
    assert first == second


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "words"),
    [
        (403, "enrolment_refused", edge.FAILED, "does not take this code"),
        (429, "too_many_attempts", edge.LATER, "Wait a few minutes"),
        (503, "service_unavailable", edge.LATER, "Run the same command again"),
        (503, "enrolment_not_configured", edge.FAILED, "no keys"),
        (422, "invalid_body", edge.FAILED, "is the code complete"),
        (418, "short_and_stout", edge.FAILED, "418 short_and_stout"),
        (307, "", edge.FAILED, "307"),
    ],
)
def test_each_refusal_is_told_in_words_and_changes_nothing(  # noqa: PLR0917 - a table
    centre: Centre,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: str,
    exit_code: int,
    words: str,
) -> None:
    centre.status, centre.change = status, {"code": code}
    assert enroll(centre, tmp_path) == exit_code
    assert words in capsys.readouterr().err
    assert len(centre.asked) == 1, "and nobody else hears the code"
    assert EdgeFolder(tmp_path).read() is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nats_url": "nats://centre.example:4222"}, "not protected by TLS"),
        ({"token": "no.token.at-all"}, "cannot be read"),
        (
            {"token": signed(new_key(Kind.ACCOUNT), new_key(Kind.USER).public, "box", {}, 1, 2)},
            "another key",
        ),
        ({"store": "../../etc"}, "cannot be read"),
    ],
)
def test_an_answer_that_is_not_right_is_not_believed(
    centre: Centre,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    words: str,
) -> None:
    centre.change = change
    assert enroll(centre, tmp_path) != edge.DONE
    assert words in capsys.readouterr().err
    assert EdgeFolder(tmp_path).read() is None


def test_a_folder_that_stands_for_another_store_is_refused(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(centre, tmp_path) == edge.DONE
    was = EdgeFolder(tmp_path).read()
    centre.change = {"store": "S002", "box": "0190b8a0-0000-7000-8000-000000000002"}
    assert enroll(centre, tmp_path, "0000-0000-0000-0000") == edge.ANOTHER_STORE
    assert "--folder with another folder" in capsys.readouterr().err
    assert EdgeFolder(tmp_path).read() == was


def test_a_code_is_not_sent_in_plain_text_to_another_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["enroll", CODE, "--centre", "http://centre.example", "--folder", str(tmp_path)]
    assert edge.main(told) == edge.FAILED
    assert "https://" in capsys.readouterr().err
