"""The supervisor with real servers and services that do nothing: what happens around the work."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from supervisor.addresses import claim
from supervisor.processes import Command, Identity, identify, is_alive, spawn
from testkit.http import until
from testkit.system import START_S, STOP_S, RunningSystem

STUBS: Final = Path(__file__).parent / "stubs"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="renkei supervisor "))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def idle(folder: Path) -> Iterator[RunningSystem]:
    running = RunningSystem(folder / "data dir", settings={"PYTHONPATH": str(STUBS)})
    running.start()
    yield running
    running.stop()
    running.discard()


def everybody(running: RunningSystem) -> list[Identity]:
    found = [identify(pid) for pid in running.endpoints().processes.values()]
    assert None not in found
    return [one for one in found if one is not None]


def start_again(running: RunningSystem, **settings: str) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ) | {  # noqa: TID251 - as a person's second window has it
        "RENKEI_DATA_DIR": str(running.data_dir),
        "RENKEI_PORT": "0",
        "RENKEI_SIMULATOR_PORT": "0",
        "PYTHONPATH": str(STUBS),
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "supervisor"],
        env=env | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_everything_runs_and_after_a_stop_nothing_is_left(idle: RunningSystem) -> None:
    children = everybody(idle)
    assert set(idle.endpoints().processes) == {
        "checkout",
        "ct6100_simulator",
        "front",
        "nats",
        "postgres",
        "receipts",
        "store_config",
        "terminal_gateway:S001",
        "terminal_gateway:S002",
        "terminal_gateway:S901",
    }
    assert idle.stop() == 0
    assert not any(is_alive(child) for child in children)
    assert not (idle.data_dir / "endpoints.json").exists()


def test_a_killed_child_is_started_again_and_told(idle: RunningSystem) -> None:
    for process in ("checkout", "nats", "postgres"):
        old = idle.kill(process)
        idle.wait_ready(process, other_than=old)
        assert f"{process} was ended by SIGKILL; started again in 0.1 s" in idle.log_tail()


def test_a_second_start_says_who_holds_the_folder(idle: RunningSystem) -> None:
    second = start_again(idle)
    assert second.returncode == 1
    endpoints = idle.endpoints()
    assert f"process {endpoints.supervisor}" in second.stderr
    assert endpoints.api in second.stderr


def test_a_port_that_is_held_is_told_with_its_holder(idle: RunningSystem, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        other = start_again(idle, RENKEI_DATA_DIR=str(folder / "other"), RENKEI_PORT=port)
    assert other.returncode == 1
    assert f"port {port} is held by process {os.getpid()}" in other.stderr
    assert "RENKEI_PORT" in other.stderr


def test_children_of_a_killed_supervisor_end_and_the_next_start_goes_on(
    idle: RunningSystem,
) -> None:
    children = everybody(idle)
    terminals = idle.endpoints().terminals
    os.kill(idle.endpoints().supervisor, signal.SIGKILL)
    idle.stop()
    (idle.data_dir / "endpoints.json").unlink()
    idle.start()
    assert not any(is_alive(child) for child in children)
    assert idle.endpoints().terminals == terminals


def test_nothing_is_left_when_make_itself_is_killed(folder: Path) -> None:
    running = RunningSystem(folder / "data dir")
    environment = dict(os.environ) | {  # noqa: TID251 - as a person's shell hands it on
        "RENKEI_DATA_DIR": str(running.data_dir),
        "RENKEI_PORT": "0",
        "RENKEI_SIMULATOR_PORT": "0",
        "PYTHONPATH": str(STUBS),
    }
    as_make_does = 'RENKEI_PARENT_PID=$$ "$0" -P -m supervisor & wait'
    command = Command(
        argv=("/bin/sh", "-c", as_make_does, sys.executable), env=environment, cwd=folder
    )
    with spawn(command, subprocess.DEVNULL) as make:
        until((running.data_dir / "endpoints.json").exists, "the system to start", START_S)
        supervisor = identify(running.endpoints().supervisor)
        family = [supervisor, *everybody(running)]
        make.kill()
    until(lambda: not any(one and is_alive(one) for one in family), "everybody to leave", STOP_S)
    running.discard()


def test_a_postgres_that_was_left_behind_is_stopped(idle: RunningSystem) -> None:
    """As after a kill of everything but PostgreSQL, on a machine that tells no orphan."""
    postgres = identify(idle.pid("postgres"))
    assert postgres is not None
    psutil.Process(postgres.pid).suspend()
    os.kill(idle.endpoints().supervisor, signal.SIGKILL)
    idle.stop()
    (idle.data_dir / "endpoints.json").unlink()
    psutil.Process(postgres.pid).resume()
    idle.start()
    assert not is_alive(postgres)


def test_what_was_committed_is_there_after_a_restart(idle: RunningSystem) -> None:
    before = idle.endpoints()
    for one in (*before.terminals, *before.printers):
        claim(one.port)  # or a system beside this one draws it while this one is down
    assert idle.stop() == 0
    idle.start()
    after = idle.endpoints()
    assert before.postgres.split("@")[0] == after.postgres.split("@")[0]
    assert before.terminals == after.terminals
    assert before.printers == after.printers
    ports = [one.port for one in (*after.terminals, *after.printers)]
    assert len(ports) == len(set(ports))


def test_one_ctrl_c_that_arrives_twice_is_one(idle: RunningSystem) -> None:
    supervisor = identify(idle.endpoints().supervisor)
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGINT)
    os.kill(supervisor.pid, signal.SIGTERM)
    until(lambda: not is_alive(supervisor), "the supervisor to end")
    assert "killed" not in idle.log_tail()
    assert idle.stop() == 0
