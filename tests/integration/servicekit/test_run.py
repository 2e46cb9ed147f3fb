import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

Start = Callable[..., Any]


def get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status, msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, msgspec.json.decode(error.read())


def gone(pid: int) -> bool:
    """Whether the process has ended; an orphan may stay a zombie where nobody reaps."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_drains_and_exits_well(small: Start, told: signal.Signals) -> None:
    service = small()
    ready = service.wait_until_ready()
    assert ready["pid"] == service.process.pid
    assert ready["link"] == "tcp://127.0.0.1:1"
    assert get(f"{ready['health']}/live") == (200, {"live": True})
    assert get(f"{ready['health']}/ready") == (200, {"ready": True, "checks": {"disk": True}})
    service.tell(told)
    code, said = service.end()
    assert code == 0
    assert "draining" in said
    assert "heavy modules: []" in said
    assert not service.ready_file.exists()


@pytest.mark.parametrize(
    ("mode", "checks"), [("unwell", {"disk": False}), ("hangs", {"in_time": False})]
)
def test_it_is_alive_but_not_ready_while_a_dependency_is_away(
    small: Start, mode: str, checks: dict[str, bool]
) -> None:
    address = small(MODE=mode).wait_until_ready()["health"]
    assert get(f"{address}/ready") == (503, {"ready": False, "checks": checks})
    assert get(f"{address}/live")[0] == 200


def test_all_wrong_settings_are_told_and_nothing_starts(small: Start) -> None:
    code, said = small(MODE="wrong", RENKEI_HEALTH_PORT="99999").end()
    assert code == 78
    for problem in ("MISSING is not set", "NUMBER is not set", "RENKEI_HEALTH_PORT is 99999"):
        assert problem in said


def test_a_crashed_task_ends_it_with_1_after_draining(small: Start) -> None:
    code, said = small(MODE="crashes").end()
    assert code == 1
    assert "task relay crashed" in said
    assert "draining" in said


def test_one_that_cannot_start_ends_with_1_and_says_why(small: Start) -> None:
    code, said = small(MODE="cannot_start").end()
    assert code == 1
    assert "no disk" in said


def test_it_stops_while_it_is_still_starting(small: Start) -> None:
    service = small(MODE="never_starts")
    assert service.process.stdout.readline() == "starting\n"
    service.tell(signal.SIGTERM)
    code, _ = service.end()
    assert code == 0


def test_work_that_does_not_end_is_cut_off(small: Start) -> None:
    service = small(MODE="drains_for_ever")
    service.wait_until_ready()
    service.tell(signal.SIGTERM)
    code, said = service.end()
    assert code == 0
    assert "cut off" in said


def test_one_that_hangs_is_gone_in_time_and_says_where_it_hung(small: Start) -> None:
    service = small(MODE="blocks")
    service.wait_until_ready()
    service.tell(signal.SIGTERM)
    code, said = service.end()
    assert code == 1
    assert "in drain" in said


def test_told_twice_it_leaves_at_once(small: Start) -> None:
    service = small(MODE="drains_for_ever")
    service.wait_until_ready()
    service.tell(signal.SIGTERM)
    while "draining" not in service.process.stdout.readline():
        pass
    service.tell(signal.SIGTERM)
    code, _ = service.end()
    assert code == 128 + signal.SIGTERM


def test_it_does_not_outlive_a_supervisor_that_was_killed(small: Start, tmp_path: Path) -> None:
    del small
    ready_file = tmp_path / "child.json"
    script = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'RENKEI_PARENT_PID': str(os.getpid())}\n"
        f"subprocess.Popen([sys.executable, {str(Path(__file__).with_name('small_service.py'))!r}],"
        " env=env, stdout=subprocess.DEVNULL)\n"
        "time.sleep(60)\n"
    )
    environment = {"PATH": os.environ["PATH"], "RENKEI_READY_FILE": str(ready_file)}  # noqa: TID251 - a child's needs
    supervisor = subprocess.Popen([sys.executable, "-c", script], env=environment)  # noqa: S603 - ours
    deadline = time.monotonic() + 20  # noqa: TID251 - real processes take real time
    while not ready_file.exists():
        assert time.monotonic() < deadline  # noqa: TID251 - the same
        time.sleep(0.01)
    child = msgspec.json.decode(ready_file.read_bytes())["pid"]
    supervisor.kill()
    supervisor.wait()
    while not gone(child):
        assert time.monotonic() < deadline  # noqa: TID251 - the same
        time.sleep(0.01)


def test_a_child_whose_parent_is_gone_already_does_not_start(small: Start) -> None:
    code, _ = small(RENKEI_PARENT_PID="1" if os.getpid() != 1 else "2").end()
    assert code == 1
