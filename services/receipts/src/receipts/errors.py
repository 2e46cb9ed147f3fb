"""What laying out and drawing refuse. No message ever holds the number or name that it is about."""

from typing import Final


class ReceiptsError(Exception):
    """Base of what this package raises."""


class NumberNotMaskedError(ReceiptsError):
    """A number would show more characters than its rule allows on that copy: nothing is drawn."""

    code: Final = "number_not_masked"
    """The problem's name in `contracts.problems`."""

    def __init__(self, field: str, copy: str) -> None:
        super().__init__(f"{field} shows more than it may on the {copy} copy")
        self.field = field
        self.copy = copy


class UnknownLayoutError(ReceiptsError):
    """There is no layout of this version: the paper was laid out by a newer release."""

    def __init__(self, version: int) -> None:
        super().__init__(f"there is no layout version {version}")
        self.version = version


class PaperTooLongError(ReceiptsError):
    """What was drawn takes more bytes than may travel: `size` of at most `limit`."""

    code: Final = "paper_too_long"
    """The problem's name in `contracts.problems`."""

    def __init__(self, paper_format: str, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes of {paper_format}, {limit} are allowed")
        self.format = paper_format
        self.size = size
        self.limit = limit


class UnknownProfileError(ReceiptsError):
    """The list of printer models has no such name: the printer's configuration is wrong."""

    def __init__(self, profile: str) -> None:
        super().__init__(f"there is no printer profile {profile[:40]!r}")
        self.profile = profile
