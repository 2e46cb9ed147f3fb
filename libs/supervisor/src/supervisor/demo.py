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


class PrinterPlace(Struct, frozen=True, kw_only=True):
    """Where a receipt printer stands, which till prints there, how wide its paper is."""

    company: str
    store: str
    printer: str
    register: str
    columns: int = 48

    @property
    def name(self) -> str:
        """As the simulator calls it; unique in the demo."""
        return f"{self.store}-{self.printer}"


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

PRINTERS: Final = (
    PrinterPlace(company="DEMO", store="S001", printer="P1", register="R1"),
    PrinterPlace(company="DEMO", store="S001", printer="P2", register="R2"),
    PrinterPlace(company="DEMO", store="S002", printer="P1", register="R1"),
    PrinterPlace(company="DEMO", store="S002", printer="P2", register="R2", columns=32),
    PrinterPlace(company="OTHER", store="S901", printer="P1", register="R1"),
)
"""S003 has no box that could drive one. The second one of S002 has the narrow paper, 58 mm."""

GATEWAYS: Final = (
    Gateway(company="DEMO", store="S001"),
    Gateway(company="DEMO", store="S002"),
    Gateway(company="OTHER", store="S901"),
)
"""S003 has not contracted the terminal option, so nobody has put a box there."""
