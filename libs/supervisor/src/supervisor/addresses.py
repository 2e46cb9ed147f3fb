"""TCP ports on 127.0.0.1: who holds one, and which one is free.

Ports are drawn below the range that the kernel gives to outgoing connections, so that nobody takes
one by chance while its server is being started again.
"""

import atexit
import random
import socket
import sys
from collections import deque
from typing import Final

import psutil

HOST: Final = "127.0.0.1"

FIRST: Final = 20_000
LAST: Final = 32_000
"""Linux gives out 32768 and above for outgoing connections; below 20000 live well-known servers."""

DRAWS_MAX: Final = 200
"""So many taken ports in a row mean that the machine has a problem, not that luck is bad."""


def is_free(port: int) -> bool:
    """Tell whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(rng: random.Random, *, avoid: frozenset[int] = frozenset()) -> int:
    """Draw a port that nobody holds and that is not in `avoid`; OSError when there is none.

    Between the draw and the server's start it is free for everybody, so it is claimed: of systems
    that start at once, or again, no two draw the same.
    """
    for _ in range(DRAWS_MAX):
        port = rng.randint(FIRST, LAST)
        if port not in avoid and is_free(port) and claim(port):
            return port
    raise OSError(f"no free port on {HOST} between {FIRST} and {LAST}")


CLAIMS_MAX: Final = 64

_claims: Final[deque[socket.socket]] = deque()
"""A name in the kernel's own namespace each; gone with this process, or with enough newer ones."""


def claim(port: int) -> bool:
    """Keep others from drawing this port while nobody listens there; False when somebody has.

    Whoever knows the number may still listen: only the draw asks.
    """
    if sys.platform != "linux":
        return True
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0renkei-port-{port}")
    except OSError:
        held.close()
        return False
    _claims.append(held)
    if len(_claims) > CLAIMS_MAX:
        _claims.popleft().close()
    return True


@atexit.register
def _give_up_claims() -> None:
    while _claims:
        _claims.pop().close()


def holder(port: int) -> str:
    """Say who listens on a port, as far as this user may know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            local = connection.laddr
            if connection.status != psutil.CONN_LISTEN or not local or local.port != port:
                continue
            if connection.pid is not None:
                name = " ".join(psutil.Process(connection.pid).cmdline()[:4])
                return f"process {connection.pid} ({name})"
    except psutil.Error:
        pass
    return "another process"
