"""What can go wrong on the link to a CT-6100 that is not our own bug."""


class Ct6100Error(Exception):
    """Base of everything that this package raises."""


class PayloadUnreadableError(Ct6100Error):
    """The payload of a sound frame is not a message of this protocol (`reason` says why)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PayloadTooLargeError(Ct6100Error):
    """A message does not fit one frame: `size` bytes of at most `size_max`."""

    def __init__(self, size: int, size_max: int) -> None:
        super().__init__(f"{size} bytes of at most {size_max}")
        self.size = size
        self.size_max = size_max


class FieldUnsendableError(Ct6100Error):
    """A value does not fit its field on the link (`field`, `reason`)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class LinkFullError(Ct6100Error):
    """More messages wait for the peer than `size_max`: it does not keep up."""

    def __init__(self, size_max: int) -> None:
        super().__init__(f"{size_max} messages wait already")
        self.size_max = size_max


class LinkBrokenError(Ct6100Error):
    """The link is broken (`reason`): nothing can be sent; connect again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
