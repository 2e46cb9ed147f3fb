"""Who may log in, as it stands in a request."""

from typing import Annotated, Any

from msgspec import Meta, structs

from contracts.identifiers import StoreCode
from contracts.people import CompanyRole, NewPassword, PersonName, PutPerson
from front.model import Body


class PutPersonBody(Body, frozen=True, kw_only=True):
    """The whole of a person; without a `password` the old one stays."""

    name: PersonName
    role: CompanyRole
    stores: Annotated[tuple[StoreCode, ...], Meta(max_length=1_000)] = ()
    active: bool = True
    password: NewPassword | None = None

    def __repr__(self) -> str:
        """Name nobody's password, wherever it may be written."""
        return f"PutPersonBody(name={self.name!r}, role={self.role!r})"

    def without_secrets(self) -> "PutPersonBody":
        """Tell only that there is a new password."""
        return structs.replace(self, password=None if self.password is None else "given")

    def command(self, operator: str) -> PutPerson:
        """Return it as the command for one person."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return PutPerson(operator=operator, **told)
