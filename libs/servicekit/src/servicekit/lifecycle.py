"""How far a process has come in its life, and the way to end it from the inside."""

import logging
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)


class Lifecycle:
    """Starting, then ready, then draining; `fail` ends it early.

    A process has exactly one (`PROCESS`); tests make their own.
    """

    def __init__(self) -> None:
        self.started = False
        self.draining = False
        self.failure: str | None = None
        self._on_failure: Callable[[], object] | None = None

    @property
    def serving(self) -> bool:
        """Whether work may be sent here."""
        return self.started and not self.draining and self.failure is None

    def on_failure(self, tell: Callable[[], object]) -> None:
        """Let `tell` be called at the first failure, on the thread that reports it."""
        self._on_failure = tell

    def fail(self, reason: str) -> None:
        """Say that this process cannot go on: it drains and exits 1, to be started again.

        Only the first reason counts; outside of `servicekit.run` it is logged and remembered.
        """
        if self.failure is not None:
            return
        self.failure = reason
        _log.critical("cannot go on: %s", reason)
        if self._on_failure is not None:
            self._on_failure()


PROCESS: Final = Lifecycle()
"""This process's own."""
