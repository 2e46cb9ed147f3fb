"""`python -m receipts`: the process that a container or the supervisor starts."""

from receipts.wiring import NAME, build
from servicekit.run import run

if __name__ == "__main__":
    run(NAME, build)
