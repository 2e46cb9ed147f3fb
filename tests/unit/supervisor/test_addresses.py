"""Ports that systems draw for themselves."""

import random
import subprocess
import sys

from supervisor.addresses import CLAIMS_MAX, free_port

SEED = 8_400

DRAWS_AND_WAITS = f"""
import random, sys
from supervisor.addresses import free_port
print(free_port(random.Random({SEED})), flush=True)
sys.stdin.read()
"""


def draw() -> int:
    return free_port(random.Random(SEED))  # noqa: S311 - no secret: both draw the same by chance


def test_a_port_drawn_and_not_yet_bound_is_drawn_by_nobody_else() -> None:
    argv = [sys.executable, "-c", DRAWS_AND_WAITS]
    with subprocess.Popen(  # noqa: S603 - our own words
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        drawn = int(other.stdout.readline())
        ours = draw()
        other.communicate()
    assert ours != drawn
    assert draw() == drawn, "given up with its process"


def test_more_ports_can_be_drawn_than_are_claimed() -> None:
    rng = random.SystemRandom()
    assert len({free_port(rng) for _ in range(CLAIMS_MAX + 8)}) > CLAIMS_MAX
