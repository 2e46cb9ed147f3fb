"""A file of stores, registers and terminals, as it stands in a request."""

from typing import Annotated

from msgspec import Meta

from contracts.places import ANY_TEXT, CSV_BYTES_MAX, ImportPlaces
from front.model import Body, Refused


class ImportBody(Body, frozen=True, kw_only=True):
    """The file's text; a `dry_run` says what it would do."""

    csv: Annotated[str, Meta(max_length=CSV_BYTES_MAX, pattern=ANY_TEXT)]
    dry_run: bool = True

    def command(self) -> ImportPlaces:
        """Return it as the command; refuse what is too large to travel."""
        if len(self.csv.encode()) > CSV_BYTES_MAX:
            raise Refused("body_too_large", limit=CSV_BYTES_MAX)
        return ImportPlaces(csv=self.csv, dry_run=self.dry_run)
