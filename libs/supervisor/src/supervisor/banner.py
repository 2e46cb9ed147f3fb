"""What stands on the screen when everything is ready."""

from supervisor.addresses import HOST
from supervisor.demo import COMPANIES, OPERATORS, ROLES, Operator
from supervisor.plan import Facts


def banner(facts: Facts, took_s: float) -> str:
    """Return the text: where everything is, and how to log in."""
    api = f"http://{HOST}:{facts.port}"
    first = OPERATORS[0]
    platform = OPERATORS[-1]
    rows = (
        ("register", f"{api}/"),
        ("terminal", f"http://{HOST}:{facts.simulator_port}/"),
        ("printer", _printers(facts)),
        ("API", f"{api}/api/v1/openapi.json"),
        ("", ""),
        ("log in", _log_in(first)),
        ("", f"also {', '.join(ROLES[1:])} (password <operator>-demo), and chain {COMPANIES[1]}"),
        ("", _log_in(platform)),
        ("", ""),
        ("data", str(facts.data_dir)),
        ("stop", "Ctrl-C"),
    )
    lines = [f"    {name:<10}{text}".rstrip() for name, text in rows]
    return "\n".join(["", f"  Renkei 連携 is running ({took_s:.1f} s)", "", *lines, ""])


def _printers(facts: Facts) -> str:
    """Say where the paper comes out: beside each store's terminals."""
    names = ", ".join(f"{one.store}-{one.printer}" for one in facts.printers)
    return f"on the terminals' pages: {names}" if names else "none"


def _log_in(operator: Operator) -> str:
    return (
        f"company {operator.company_code} · operator {operator.operator_code}"
        f" · password {operator.password}"
    )
