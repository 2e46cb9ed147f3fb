"""A customer with a card at a simulated terminal, for end-to-end tests."""

from typing import Any, Final

from testkit.http import TerminalClient, until

NEXT_KEY: Final = {
    "choose_media": "クレジットカード・銀聯",
    "card_amount": "セット",
    "card_condition": "一括",
    "card_execute": "実行",
    "declined": "確認",
    "incomplete": "確認",
}

WALK: Final = (
    "choose_media",
    "card_amount",
    "card_condition",
    "card_execute",
    "read_card",
    "centre",
)


def walk_to(terminal: TerminalClient, screen: str) -> None:
    """Do what a customer with a card does until `screen` is on the glass."""
    terminal.until_screen("choose_media")
    for name in WALK[: WALK.index(screen)]:
        if name == "read_card":
            terminal.present()
        else:
            terminal.press(NEXT_KEY[name])
    terminal.until_screen(screen)


def finish(terminal: TerminalClient) -> None:
    """Pay to the end if the terminal still asks for it; bring it home in any case."""

    def at_home() -> bool:
        name = terminal.screen()["name"]
        if name == "read_card":
            terminal.present()
        elif name in NEXT_KEY:
            terminal.press(NEXT_KEY[name])
        return name in {"home", "approved"}

    until(at_home, "the terminal to be done")


def approved_for(terminal: TerminalClient, operation: str) -> list[Any]:
    """Return what the terminal's own journal says was charged for an operation."""
    return [
        entry
        for entry in terminal.journal()
        if entry["operation_id"] == operation and entry["state"] == "approved"
    ]
