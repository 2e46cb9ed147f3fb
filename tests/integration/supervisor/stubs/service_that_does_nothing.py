"""The least that the supervisor can keep running."""

from servicekit.run import run


class Nothing:
    """A service without work."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def start(self) -> None:
        """Be ready at once."""

    async def ready(self) -> dict[str, bool]:
        """Depend on nothing."""
        return {}

    async def drain(self) -> None:
        """Have nothing to finish."""


def run_nothing(name: str) -> None:
    """Run until told to stop."""
    run(name, lambda _settings, _telemetry: Nothing(name))
