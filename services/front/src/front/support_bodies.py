"""Whom to call and what is announced, as it stands in a request."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from contracts.support import Contact, NoticeText, Site
from front.model import Body


class ChangeSupportBody(Body, frozen=True, kw_only=True):
    """Only what is given changes; `site` is an https address or empty."""

    contact: Contact | UnsetType = UNSET
    site: Site | UnsetType = UNSET


class AddNoticeBody(Body, frozen=True, kw_only=True):
    """One line, and from when to when it holds."""

    text: NoticeText
    starts_at: Annotated[datetime, Meta(tz=True)]
    ends_at: Annotated[datetime, Meta(tz=True)]
