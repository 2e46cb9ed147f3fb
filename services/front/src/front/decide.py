"""The rules of `front`: who may do what, how a terminal stands, what to advise. Pure."""

from typing import Final

from contracts.envelope import Role
from contracts.operations import TerminalStatus
from contracts.stores import StoreConfiguration, TerminalEntry
from front.live import Sight
from front.model import Advice, CheckView, Refused, TerminalView

STEPS: Final = (
    Advice(code="check_again", text="決済端末接続確認をもう一度行ってください。"),
    Advice(
        code="power_cycle",
        text="回復しない場合は、CT-6100の端末の電源を切った後、電源を入れ直してください。",
    ),
)
"""The manual's words and its order (chapter 5-1)."""


def permit(role: Role, allowed: frozenset[Role]) -> None:
    """Raise unless the role is among those that a route allows."""
    if role not in allowed:
        raise Refused("not_permitted")


def permit_store(own: tuple[str, ...], store: str) -> None:
    """Raise unless the store is one of the caller's; none named means all of the company's."""
    if own and store not in own:
        raise Refused("not_permitted", "this store is not yours")


def terminal_of(configuration: StoreConfiguration, terminal: str) -> TerminalEntry:
    """Return one terminal's place, or refuse."""
    for entry in configuration.terminals:
        if entry.terminal == terminal:
            return entry
    raise Refused("unknown_terminal")


def register_holding(configuration: StoreConfiguration, terminal: str) -> str | None:
    """Return the register that holds a terminal."""
    for entry in configuration.terminals:
        if entry.terminal == terminal:
            return entry.paired_register
    return None


def terminals_held(configuration: StoreConfiguration, register: str) -> tuple[str, ...]:
    """Return the terminals that a register holds, or refuse an unknown register."""
    if all(entry.register != register for entry in configuration.registers):
        raise Refused("unknown_register")
    held = (entry for entry in configuration.terminals if entry.paired_register == register)
    return tuple(entry.terminal for entry in held)


def terminal_view(
    entry: TerminalEntry, sight: Sight, status: TerminalStatus | None
) -> TerminalView:
    """Return a terminal as the gateway says (`status`), else as it was heard last.

    Without the gateway nothing but the configuration is sure: the link is then `unknown`.
    """
    if status is None:
        return TerminalView(
            terminal=entry.terminal,
            model=entry.model,
            serial=entry.serial,
            paired_register=entry.paired_register,
            link="unknown",
            screen=None,
            terminal_business_date=None,
            last_seen_at=sight.seen_at,
            operation=None,
        )
    connected = status.link == "connected"
    return TerminalView(
        terminal=entry.terminal,
        model=status.model,
        serial=status.serial,
        paired_register=entry.paired_register,
        link="connected" if connected else "disconnected",
        screen=(status.screen or None) if connected else None,
        terminal_business_date=status.terminal_business_date,
        last_seen_at=status.last_seen_at or sight.seen_at,
        operation=status.operation_id,
        abilities=status.abilities,
    )


def heard_view(entry: TerminalEntry, sight: Sight) -> TerminalView:
    """Return a terminal as heard live, for listeners; nobody is asked."""
    connected = sight.link == "connected"
    return TerminalView(
        terminal=entry.terminal,
        model=entry.model,
        serial=entry.serial,
        paired_register=entry.paired_register,
        link=sight.link,
        screen=sight.screen if connected else None,
        terminal_business_date=None,
        last_seen_at=sight.seen_at,
        operation=sight.operation_id if connected else None,
    )


def check_view(status: TerminalStatus | None) -> CheckView:
    """Return what a check showed; what to do next when the terminal did not answer."""
    if status is None or status.link != "connected" or status.round_trip_ms is None:
        return CheckView(connected=False, round_trip_ms=None, advice=STEPS)
    return CheckView(connected=True, round_trip_ms=status.round_trip_ms, advice=())
