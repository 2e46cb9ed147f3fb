"""The rules of stores, pairing and log-in. Pure: the clock and what the edge said are arguments.

Order of refusals for a pairing: unknown store, register, terminal (also another company's, also one
that the operator may not see) → `not_permitted` → `invalid_body` (model) →
`terminal_option_not_contracted` → `terminal_already_paired` → `outdated` → `terminal_busy`.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from contracts.envelope import Actor, Role
from contracts.identifiers import RegisterCode, StoreCode, TerminalCode
from contracts.stores import (
    SESSION_IDLE_S,
    TERMINAL_MODEL,
    ChangeStore,
    Issuer,
    PairTerminal,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
    UnpairTerminal,
)
from store_config.model import (
    Change,
    Decision,
    Facts,
    Failures,
    OpenOperation,
    OpenSession,
    Refused,
    Unchanged,
)

READERS: Final = frozenset(
    {Role.CASHIER, Role.MANAGER, Role.ADMIN, Role.AUDITOR, Role.PLATFORM},
)
"""Partners hear events; how a store is set up is not theirs."""

CHANGERS: Final = frozenset({Role.MANAGER, Role.ADMIN})

SESSION_MAX_S: Final = 24 * 3600
"""Even a register in use all day asks for the password once a day."""

SESSION_TOUCH_S: Final = 60
"""The last use is written at most this often: a read a second must not be a write a second."""

FAILURES_FREE: Final = 4
"""A person mistypes a few times; the first wait comes after the fifth."""

FAILURE_WAIT_MAX_S: Final = 900
"""A quarter of an hour: 96 guesses a day, while a forgetful manager is not out for a shift."""

FAILURES_FORGOTTEN_S: Final = 3600
"""An hour without an attempt starts the count anew; rows older than this are swept."""

ANSWERS_KEPT_S: Final = 24 * 3600
"""How long an answer is kept for its idempotency key (`http-api.md`, Rules)."""


# --- who may see what ---


def company_of(actor: Actor, asked: str | None) -> str | None:
    """Return the company that a question is about, or None where it is none of the actor's."""
    if asked is None or asked == actor.company or actor.role is Role.PLATFORM:
        return asked or actor.company
    return None


def sees(actor: Actor, store: StoreCode) -> bool:
    """Tell whether a store of the actor's company is one of the actor's stores."""
    return not actor.stores or store in actor.stores


def may_read(actor: Actor) -> bool:
    """Tell whether the actor's role looks at stores at all."""
    return actor.role in READERS


# --- pairing ---


def pair(store: StoreConfiguration | None, actor: Actor, asked: PairTerminal) -> Decision:
    """Give a register its terminal, letting go of the one that it held, in one step.

    So is one moved from the register that holds it, where the asker names that one. Whether a
    terminal is in the middle of an operation is judged by `refuse_busy`, last.
    """
    found = place(store, actor, asked.store, asked.register)
    if isinstance(found, Refused):
        return found
    terminal = _terminal(found, asked.terminal)
    if terminal is None:
        return unknown("terminal", asked.terminal)
    refused = _refuse_pairing(found, terminal, actor, asked)
    if refused is not None:
        return refused
    if terminal.paired_register == asked.register:
        return Unchanged(store=found)
    held = held_by(found, asked.register)
    return Change(
        action="terminal_paired",
        before=found,
        after=_paired(found, asked.terminal, asked.register),
        released=tuple(
            each for each in (held, terminal.terminal if terminal.paired_register else None) if each
        ),
        paired=((asked.register, asked.terminal),),
    )


def unpair(store: StoreConfiguration | None, actor: Actor, asked: UnpairTerminal) -> Decision:
    """Let a register's terminal go; a register without one stays as it is."""
    found = place(store, actor, asked.store, asked.register)
    if isinstance(found, Refused):
        return found
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    held = held_by(found, asked.register)
    if held is None:
        return Unchanged(store=found)
    return Change(
        action="terminal_unpaired",
        before=found,
        after=_released(found, frozenset({held})),
        released=(held,),
    )


def refuse_busy(change: Change, working: tuple[OpenOperation, ...]) -> Refused | None:
    """Refuse a step that would take a terminal away from under an open operation.

    `working` holds what gateways said. A gateway that does not answer says nothing and is not
    waited for: an operation ends by its own id, whoever holds the terminal by then, so the worst
    is a register that shows a terminal which is no longer its own (decision 0602).
    """
    touched = {*change.released, *(terminal for _, terminal in change.paired)}
    for operation in working:
        if operation.terminal in touched:
            return Refused(
                code="terminal_busy",
                fields={
                    "terminal": operation.terminal,
                    "operation": operation.operation_id,
                },
            )
    return None


def refuse_outdated(version: int, expects: int | None) -> Refused | None:
    """Refuse to change what is not any more what the asker has seen; None: it did not say."""
    if expects is None or expects == version:
        return None
    return Refused(code="outdated", fields={"version": version})


def held_by(store: StoreConfiguration, register: RegisterCode) -> TerminalCode | None:
    """Return the terminal that a register holds."""
    for entry in store.terminals:
        if entry.paired_register == register:
            return entry.terminal
    return None


# --- settings ---

_SETTINGS: Final = (
    "customer_slip",
    "slip_reprint",
    "business_day_starts",
    "support_contact",
    "issuer",
    "slip_retention_years",
)


def change(store: StoreConfiguration | None, actor: Actor, asked: ChangeStore) -> Decision:
    """Change what is given. Settings: manager and above; the contracted option: `platform`.

    An option that is taken away takes the store's pairings with it.
    """
    if store is None or not sees(actor, asked.store):
        return unknown("store", asked.store)
    given = {name: getattr(asked, name) for name in _SETTINGS if getattr(asked, name) is not UNSET}
    refused = _refuse_settings(actor, given, option_given=asked.terminal_option is not UNSET)
    if refused is not None:
        return refused
    option = store.terminal_option if asked.terminal_option is UNSET else asked.terminal_option
    settings: StoreSettings = msgspec.structs.replace(store.settings, **given)
    if settings == store.settings and option == store.terminal_option:
        return Unchanged(store=store)
    released = (
        ()
        if option
        else tuple(entry.terminal for entry in store.terminals if entry.paired_register)
    )
    after = _released(store, frozenset(released))
    return Change(
        action="store_changed",
        before=store,
        after=msgspec.structs.replace(after, settings=settings, terminal_option=option),
        released=released,
    )


def difference(before: StoreConfiguration, after: StoreConfiguration) -> tuple[Facts, Facts]:
    """Return what differs, by name, as it was and as it is: the two halves of an audit entry."""
    was, now = _outward(before), _outward(after)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return ({name: was.get(name) for name in names}, {name: now.get(name) for name in names})


# --- the document in the bucket ---


def version_to_put(mine: StoreConfiguration, shown: StoreConfiguration | None) -> int | None:
    """Return the version under which the record's document must be shown, None if it is shown.

    The bucket can be ahead of the record only after the record came back from a backup: edges
    would ignore everything up to what they have seen, so the record is lifted above it.
    """
    if shown is None or shown.version < mine.version:
        return mine.version
    if shown == mine:
        return None
    return shown.version + 1


# --- log-in and sessions ---


def wait_s(failures: Failures | None, now: datetime) -> int:
    """Return for how many whole seconds the next attempt must wait; 0: it may come."""
    if failures is None or failures.count <= FAILURES_FREE:
        return 0
    exponent = min(failures.count - FAILURES_FREE - 1, 16)
    until = failures.last_at + timedelta(seconds=min(2**exponent, FAILURE_WAIT_MAX_S))
    left = (until - now).total_seconds()
    return max(0, -int(-left // 1))


def next_failures(failures: Failures | None, now: datetime) -> Failures:
    """Return the count with one more; one that was left alone for an hour starts anew."""
    fresh = failures is None or now - failures.last_at > timedelta(seconds=FAILURES_FORGOTTEN_S)
    return Failures(count=1 if fresh or failures is None else failures.count + 1, last_at=now)


def session_lives(session: OpenSession, now: datetime) -> bool:
    """Tell whether a session is neither over nor left idle for too long."""
    idle_until = session.last_used_at + timedelta(seconds=SESSION_IDLE_S)
    return now < session.expires_at and now < idle_until


def session_touched(session: OpenSession, now: datetime) -> bool:
    """Tell whether the last use is old enough to be written again."""
    return now - session.last_used_at >= timedelta(seconds=SESSION_TOUCH_S)


# --- within ---


def place(
    store: StoreConfiguration | None, actor: Actor, code: StoreCode, register: RegisterCode
) -> StoreConfiguration | Refused:
    """Return the store, or that it, or its register, is not there for the actor."""
    if store is None or not sees(actor, code):
        return unknown("store", code)
    if register not in {entry.register for entry in store.registers}:
        return unknown("register", register)
    return store


def _refuse_pairing(
    store: StoreConfiguration, terminal: TerminalEntry, actor: Actor, asked: PairTerminal
) -> Refused | None:
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    if asked.model != TERMINAL_MODEL or terminal.model != asked.model:
        return Refused(
            code="invalid_body",
            detail=f"The terminal's model is {terminal.model}",
            fields={"field": "model"},
        )
    if not store.terminal_option:
        return Refused(code="terminal_option_not_contracted", fields={"store": store.store})
    if terminal.paired_register not in {None, asked.register, asked.moved_from}:
        return Refused(
            code="terminal_already_paired",
            fields={"holder": terminal.paired_register, "terminal": terminal.terminal},
        )
    return None


def _refuse_settings(actor: Actor, given: dict[str, Any], *, option_given: bool) -> Refused | None:
    """Settings are the company's own; the option is Renkei's; nobody may touch both at once."""
    asked_for = [CHANGERS] if given or not option_given else []
    asked_for += [frozenset({Role.PLATFORM})] if option_given else []
    if not all(actor.role in permitted for permitted in asked_for):
        return Refused(code="not_permitted")
    issuer: Issuer = given.get("issuer", Issuer())
    texts = {
        "support_contact": given.get("support_contact", ""),
        "issuer.name": issuer.name,
        "issuer.address": issuer.address,
    }
    for field, text in texts.items():
        if not text.isprintable():
            return Refused(code="invalid_body", fields={"field": field})
    return None


def unknown(what: str, code: str) -> Refused:
    """Return that there is no such thing, whatever the reason."""
    return Refused(code=f"unknown_{what}", fields={what: code})


def _terminal(store: StoreConfiguration, terminal: TerminalCode) -> TerminalEntry | None:
    for entry in store.terminals:
        if entry.terminal == terminal:
            return entry
    return None


def _paired(
    store: StoreConfiguration, terminal: TerminalCode, register: RegisterCode
) -> StoreConfiguration:
    def holder(entry: TerminalEntry) -> RegisterCode | None:
        if entry.terminal == terminal:
            return register
        return None if entry.paired_register == register else entry.paired_register

    return _next(store, {entry.terminal: holder(entry) for entry in store.terminals})


def _released(store: StoreConfiguration, terminals: frozenset[TerminalCode]) -> StoreConfiguration:
    return _next(
        store,
        {
            entry.terminal: None if entry.terminal in terminals else entry.paired_register
            for entry in store.terminals
        },
    )


def _next(
    store: StoreConfiguration, holders: dict[TerminalCode, RegisterCode | None]
) -> StoreConfiguration:
    return msgspec.structs.replace(
        store,
        version=store.version + 1,
        terminals=tuple(
            msgspec.structs.replace(entry, paired_register=holders[entry.terminal])
            for entry in store.terminals
        ),
    )


def _outward(store: StoreConfiguration) -> Facts:
    known: Facts = {
        "store_name": store.name,
        "terminal_option": store.terminal_option,
        **{name: getattr(store.settings, name) for name in _SETTINGS if name != "issuer"},
        **{f"issuer.{name}": told for name, told in asdict(store.settings.issuer).items()},
    }
    for register in store.registers:
        known[f"register.{register.register}"] = held_by(store, register.register)
        known[f"prints_on.{register.register}"] = register.printer
        known[f"register_name.{register.register}"] = register.name
        known[f"main_register.{register.register}"] = register.main_register
    for printer in store.printers:
        known[f"printer.{printer.printer}"] = (
            f"{printer.host}:{printer.port} {printer.profile} {printer.columns}"
        )
    for terminal in store.terminals:
        known[f"address.{terminal.terminal}"] = f"{terminal.host}:{terminal.port}"
        known[f"serial.{terminal.terminal}"] = terminal.serial
    return known
