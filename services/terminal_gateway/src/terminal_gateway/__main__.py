"""`python -m terminal_gateway`: one store's gateway."""

from servicekit.run import run
from terminal_gateway.wiring import build

if __name__ == "__main__":
    run("terminal_gateway", build)
