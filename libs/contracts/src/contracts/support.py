"""お困りの際は: whom to call, where to read, and when something is being worked on (manual 7-1).

What `platform` says holds for everybody; a company may name a contact and a site of its own.
"""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from contracts.envelope import Message
from contracts.identifiers import NoticeId

Contact = Annotated[str, Meta(max_length=200)]
Site = Annotated[str, Meta(max_length=500)]
NoticeText = Annotated[str, Meta(min_length=1, max_length=500)]


class Notice(Message, frozen=True, kw_only=True):
    """Work that was announced, from when to when. `everybody`: `platform` told all companies."""

    id: NoticeId
    text: str
    starts_at: datetime
    ends_at: datetime
    everybody: bool


class SupportView(Message, frozen=True, kw_only=True):
    """Empty: nobody said. `notices` are those that are not over, the next one first.

    `version` is of what the asker's company says itself (`If-Match`); 0: it never said anything.
    """

    contact: str
    site: str
    notices: tuple[Notice, ...]
    version: int = 0


class ReadSupport(Message, tag="read_support", frozen=True, kw_only=True):
    """What the actor's company is told."""


class ChangeSupport(Message, tag="change_support", frozen=True, kw_only=True):
    """Only what is given changes. Admin for the company, `platform` for everybody.

    `site` is an https address; empty, what holds for everybody holds again.
    """

    contact: Contact | UnsetType = UNSET
    site: Site | UnsetType = UNSET


class AddNotice(Message, tag="add_notice", frozen=True, kw_only=True):
    """Announce work. Admin for the company, `platform` for everybody."""

    text: NoticeText
    starts_at: datetime
    ends_at: datetime


class RemoveNotice(Message, tag="remove_notice", frozen=True, kw_only=True):
    """Take an announcement back; one of everybody's is `platform`'s to take."""

    notice: NoticeId
