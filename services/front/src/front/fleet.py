"""機器一覧: every box and terminal of a company as heard last, and what is amiss. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct, structs

from contracts.identifiers import RegisterCode, SerialNumber, StoreCode, TerminalCode
from contracts.stores import StoreConfiguration
from front.live import Link, Live
from front.model import Query

SKEW_MS_MAX: Final = 2_000
"""A box whose clock is further off stamps its facts with times that people would dispute."""

Trouble = Literal["away", "never_seen", "terminal_away", "in_doubt", "behind", "clock"]

TROUBLES: Final[tuple[Trouble, ...]] = (
    "away",
    "never_seen",
    "terminal_away",
    "in_doubt",
    "behind",
    "clock",
)


class FleetQuery(Query, frozen=True, kw_only=True):
    """Which boxes: `text` stands in the store's code or name or a serial; `trouble`: what is amiss.

    `any` is every trouble.
    """

    text: str = ""
    trouble: Literal[Trouble, "any"] | None = None


class FleetTerminal(Struct, frozen=True, kw_only=True):
    """One terminal; `in_doubt` operations of it are still to be found out about."""

    terminal: TerminalCode
    serial: SerialNumber
    register: RegisterCode | None
    link: Link
    screen: str | None
    in_doubt: int


class FleetBox(Struct, frozen=True, kw_only=True):
    """One store's box. `configuration` is in force there, `configuration_wanted` stands written."""

    store: StoreCode
    name: str
    present: bool
    last_seen_at: datetime | None
    version: str
    configuration: int
    configuration_wanted: int
    clock_skew_ms: int | None
    in_doubt: int
    terminals: tuple[FleetTerminal, ...]
    troubles: tuple[Trouble, ...]


class FleetView(Struct, frozen=True, kw_only=True):
    """By store; `stores` counts all that the asker may see, whatever was asked for."""

    boxes: tuple[FleetBox, ...]
    stores: int


def view(
    configurations: Iterable[StoreConfiguration], live: Live, now_s: float, query: FleetQuery
) -> FleetView:
    """Return the boxes that were asked for."""
    stores = tuple(configurations)
    found = search(stores, live, now_s, query)
    boxes = tuple(box_of(one, live, now_s) for one in found)
    return FleetView(boxes=boxes, stores=len(stores))


def search(
    configurations: Iterable[StoreConfiguration], live: Live, now_s: float, query: FleetQuery
) -> list[StoreConfiguration]:
    """Return the stores whose boxes were asked for; a page draws up only those that it shows."""
    text = query.text.casefold()
    found = [one for one in configurations if named(one, text)]
    if query.trouble is None:
        return found
    return [one for one in found if wanted(box_of(one, live, now_s), query)]


def named(configuration: StoreConfiguration, text: str) -> bool:
    """Tell whether the (casefolded) text stands in a store's code or name, or a serial of it."""
    serials = (one.serial for one in configuration.terminals)
    texts = (configuration.store, configuration.name, *serials)
    return not text or any(text in one.casefold() for one in texts)


def wanted(box: FleetBox, query: FleetQuery) -> bool:
    """Tell whether a box has the trouble that was asked for."""
    if query.trouble == "any":
        return bool(box.troubles)
    return query.trouble is None or query.trouble in box.troubles


def box_of(configuration: StoreConfiguration, live: Live, now_s: float) -> FleetBox:
    """Return a store's box as it was heard last."""
    company, store = configuration.company, configuration.store
    heard = live.box(company, store)
    present = live.present(company, store, now_s)
    terminals: list[FleetTerminal] = []
    for entry in configuration.terminals:
        sight = live.sight(company, store, entry.terminal)
        terminals.append(
            FleetTerminal(
                terminal=entry.terminal,
                serial=entry.serial,
                register=entry.paired_register,
                link=sight.link if present else "unknown",
                screen=sight.screen if present and sight.link == "connected" else None,
                in_doubt=heard.in_doubt.get(entry.terminal, 0) if heard is not None else 0,
            )
        )
    box = FleetBox(
        store=store,
        name=configuration.name,
        present=present,
        last_seen_at=heard.seen_at if heard is not None else None,
        version=heard.version if heard is not None else "",
        configuration=heard.configuration if heard is not None else 0,
        configuration_wanted=configuration.version,
        clock_skew_ms=heard.skew_ms if heard is not None else None,
        in_doubt=sum(heard.in_doubt.values()) if heard is not None else 0,
        terminals=tuple(terminals),
        troubles=(),
    )
    return _with_troubles(box, contracted=configuration.terminal_option)


def _with_troubles(box: FleetBox, *, contracted: bool) -> FleetBox:
    """Say what is amiss; a store without the option needs no box and is in no trouble."""
    found: list[Trouble] = []
    if contracted and not box.present:
        found.append("away" if box.last_seen_at is not None else "never_seen")
    if box.present:
        if any(one.register and one.link != "connected" for one in box.terminals):
            found.append("terminal_away")
        if box.configuration < box.configuration_wanted:
            found.append("behind")
        if abs(box.clock_skew_ms or 0) > SKEW_MS_MAX:
            found.append("clock")
    if box.in_doubt:
        found.append("in_doubt")
    return structs.replace(box, troubles=tuple(found))
