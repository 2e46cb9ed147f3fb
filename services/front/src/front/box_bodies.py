"""What a new box shows, and which boxes are asked for, as it stands in a request."""

from contracts.boxes import EnrollBox, GivenCode, Hostname, PublicKey
from contracts.identifiers import StoreCode
from front.model import Body, Query


class BoxesQuery(Query, frozen=True, kw_only=True):
    """Which boxes: all of your stores, or of one."""

    store: StoreCode | None = None


class EnrollBody(Body, frozen=True, kw_only=True):
    """The code, and the public half of the key that the box made for itself."""

    code: GivenCode
    public_key: PublicKey
    hostname: Hostname

    def __repr__(self) -> str:
        """Name nobody's code, wherever it may be written."""
        return f"EnrollBody(public_key={self.public_key!r}, hostname={self.hostname!r})"

    def command(self) -> EnrollBox:
        """Return it as the command."""
        return EnrollBox(code=self.code, public_key=self.public_key, hostname=self.hostname)
