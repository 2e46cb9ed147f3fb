"""What a store's disk, its terminals' links and the centre can do to a gateway."""


class GatewayError(Exception):
    """Base of everything that this package raises."""


class NoRoomError(GatewayError):
    """The disk has no room for this commit; nothing of it was kept."""


class JournalBrokenError(GatewayError):
    """The journal cannot be read or written any more (`reason`); the process must start again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JournalInUseError(GatewayError):
    """Another process of this machine has this journal open (`path`)."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class LinkDownError(GatewayError):
    """The link to the terminal is not up, or went down while waiting (`reason`).

    What was handed to it before may or may not have reached the terminal.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSupportedError(GatewayError):
    """This link lacks an `ability`."""

    def __init__(self, ability: str) -> None:
        super().__init__(ability)
        self.ability = ability


class NotPublishedError(GatewayError):
    """The stream did not acknowledge (`reason`); it may have the message all the same."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ConflictError(GatewayError):
    """Another gateway took the epoch first."""


class CentreAwayError(GatewayError):
    """The centre did not answer (`reason`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SideFileError(GatewayError):
    """A file beside the journal (`name`) cannot be read or written now (`reason`).

    Nothing of what was to be written was; payments do not depend on it.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class UnansweredError(GatewayError):
    """The terminal took a question that nothing depends on, and did not answer it."""


class PrinterAwayError(GatewayError):
    """Nobody answers at a printer's address (`reason`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
