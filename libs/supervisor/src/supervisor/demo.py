"""The demo chain that a first start seeds; what `store_config` makes of it is its own concern."""

from typing import Final

from msgspec import Struct


class Operator(Struct, frozen=True, kw_only=True):
    """A person who can log in."""

    company_code: str
    operator_code: str
    password: str
    role: str


class Place(Struct, frozen=True, kw_only=True):
    """Where a terminal stands, and the number on its back."""

    company: str
    store: str
    terminal: str

    @property
    def serial(self) -> str:
        """Printed on the terminal; unique in the demo."""
        return f"CT6100-{self.store}-{self.terminal}"


class Gateway(Struct, frozen=True, kw_only=True):
    """A store that has a box, and so a gateway process."""

    company: str
    store: str


ROLES: Final = ("cashier", "manager", "admin", "auditor")
COMPANIES: Final = ("DEMO", "OTHER")

OPERATORS: Final = (
    *(
        Operator(company_code=company, operator_code=role, password=f"{role}-demo", role=role)
        for company in COMPANIES
        for role in ROLES
    ),
    Operator(
        company_code="RENKEI",
        operator_code="platform",
        password="platform-demo",  # noqa: S106 - printed at every start
        role="platform",
    ),
)

TERMINALS: Final = (
    Place(company="DEMO", store="S001", terminal="T1"),
    Place(company="DEMO", store="S001", terminal="T2"),
    Place(company="DEMO", store="S002", terminal="T1"),
    Place(company="DEMO", store="S002", terminal="T2"),
    Place(company="DEMO", store="S003", terminal="T1"),
    Place(company="OTHER", store="S901", terminal="T1"),
)

GATEWAYS: Final = (
    Gateway(company="DEMO", store="S001"),
    Gateway(company="DEMO", store="S002"),
    Gateway(company="OTHER", store="S901"),
)
"""S003 has not contracted the terminal option, so nobody has put a box there."""
