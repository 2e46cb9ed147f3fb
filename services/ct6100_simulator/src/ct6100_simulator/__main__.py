"""`python -m ct6100_simulator`."""

from ct6100_simulator.wiring import build
from servicekit.run import run

if __name__ == "__main__":
    run("ct6100_simulator", build)
