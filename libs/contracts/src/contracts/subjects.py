"""Every NATS subject that Renkei uses, and nothing else writes one by hand.

`svc.` central question and answer · `cmd.` command to one store's box · `evt.` durable fact ·
`live.` lost when nobody listens · `dead.` set aside for operations.
"""

from typing import Final

SERVICE: Final = "svc.{service}.{verb}"
CENSUS: Final = "svc.all.read_health"

ALL_TERMINAL_FACTS: Final = "evt.*.*.terminal.>"
ALL_SALE_EVENTS: Final = "evt.*.*.sale.>"
ALL_SCREENS: Final = "live.*.*.screen.*"
ALL_DOUBTS: Final = "live.*.*.doubt.*"
ALL_SEATS: Final = "live.*.*.seat.*"
ALL_PRINTS: Final = "live.*.*.print.*"
ALL_PAPERS: Final = "live.*.*.paper.*"
ALL_HEARTBEATS: Final = "live.*.*.heartbeat"
ALL_DEAD: Final = "dead.>"


def service(name: str, verb: str) -> str:
    """Return where a central service answers one verb, for example `svc.checkout.open_sale`."""
    return f"svc.{name}.{verb}"


def box_question(name: str, company: str, store: str, verb: str) -> str:
    """Return where a central service answers one store's box.

    Who may publish there is that box alone, so the subject itself says whose store it is.
    """
    return f"svc.{name}.{company}.{store}.{verb}"


def terminal_command(company: str, store: str, terminal: str, verb: str) -> str:
    """Return where a store's gateway takes a command about one terminal."""
    return f"cmd.{company}.{store}.terminal.{terminal}.{verb}"


def gateway_command(company: str, store: str, verb: str) -> str:
    """Return where a store's gateway takes a command about itself (`greet`, `replay_facts`)."""
    return f"cmd.{company}.{store}.gateway.{verb}"


def printer_command(company: str, store: str, printer: str, verb: str) -> str:
    """Return where a store's gateway takes a command about one receipt printer."""
    return f"cmd.{company}.{store}.printer.{printer}.{verb}"


def terminal_fact(company: str, store: str, terminal: str, name: str) -> str:
    """Return where a fact about a terminal is published, durably."""
    return f"evt.{company}.{store}.terminal.{terminal}.{name}"


def sale_event(company: str, store: str, sale: str, name: str) -> str:
    """Return where one event of a sale is published, durably."""
    return f"evt.{company}.{store}.sale.{sale}.{name}"


def screen(company: str, store: str, terminal: str) -> str:
    """Return where a terminal's glass is shown live."""
    return f"live.{company}.{store}.screen.{terminal}"


def doubt(company: str, store: str, operation: str) -> str:
    """Return where it is told live how often an operation in doubt was asked about."""
    return f"live.{company}.{store}.doubt.{operation}"


def seat(company: str, store: str, register: str) -> str:
    """Return where it is told live which page a register obeys now."""
    return f"live.{company}.{store}.seat.{register}"


def print_ended(company: str, store: str, printer: str) -> str:
    """Return where a box tells live how a print job ended; asked for again when nobody heard."""
    return f"live.{company}.{store}.print.{printer}"


def paper(company: str, store: str, sale: str) -> str:
    """Return where it is told live what became of a print job of a sale."""
    return f"live.{company}.{store}.paper.{sale}"


def heartbeat(company: str, store: str) -> str:
    """Return where a store's gateway beats."""
    return f"live.{company}.{store}.heartbeat"


def dead(consumer: str) -> str:
    """Return where a consumer sets aside what it cannot read."""
    return f"dead.{consumer}"
