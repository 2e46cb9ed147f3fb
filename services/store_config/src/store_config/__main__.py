"""`python -m store_config`: the process that a container or the supervisor starts."""

from servicekit.run import run
from store_config.wiring import NAME, build

if __name__ == "__main__":
    run(NAME, build)
