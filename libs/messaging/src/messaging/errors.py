"""What can go wrong on the way to another service, told apart by what the caller may conclude."""


class MessagingError(Exception):
    """Base of every error of this package."""


class NotDelivered(MessagingError):  # noqa: N818 - named for what the caller may conclude
    """Proof that nobody received it: it may be said to have never happened."""

    def __init__(self, subject: str, why: str) -> None:
        super().__init__(f"{subject}: {why}")
        self.subject = subject


class NoResponder(NotDelivered):
    """The server said that nobody listens on the subject."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject, "nobody listens")


class NotSent(NotDelivered):
    """We are not connected; nothing left this process and nothing will later."""


class NoAnswer(MessagingError):  # noqa: N818 - named for what the caller may conclude
    """It was sent and no usable answer came: it may or may not have happened. Ask again."""

    def __init__(self, subject: str, why: str) -> None:
        super().__init__(f"{subject}: {why}")
        self.subject = subject


class Undecodable(NoAnswer):
    """An answer, message or value came that we cannot read; `why` says where it broke."""


class PublishError(MessagingError):
    """A stream did not acknowledge. The same message id may be published again."""

    def __init__(self, subject: str, why: str) -> None:
        super().__init__(f"{subject}: {why}")
        self.subject = subject


class PublishRefused(PublishError):  # noqa: N818 - named for what happened
    """The stream said no (full, most often): wait longer, then try again."""

    def __init__(self, subject: str, why: str, code: int) -> None:
        super().__init__(subject, why)
        self.code = code


class PublishUnanswered(PublishError):  # noqa: N818 - named for what happened
    """Nobody can tell whether it was stored: publish the same id again."""


class Conflict(MessagingError):  # noqa: N818 - the other writer won; not our error
    """Somebody else changed the key since the revision that was given."""

    def __init__(self, key: str, revision: int | None) -> None:
        super().__init__(f"{key} is no longer at revision {revision}")
        self.key = key
        self.revision = revision


class JetStreamRefused(MessagingError):  # noqa: N818 - named like the answer it stands for
    """JetStream's API answered with an error; `code` is its own error code."""

    def __init__(self, subject: str, code: int, why: str) -> None:
        super().__init__(f"{subject}: {why} ({code})")
        self.code = code
