"""The rules of a store's receipt printers. Pure.

Order of refusals: unknown store (also another company's, also one that the operator may not see),
register → `not_permitted` → unknown printer → `invalid_body` → `too_many_printers`.
"""

from typing import Final

import msgspec

from contracts.envelope import Actor
from contracts.identifiers import PrinterCode, RegisterCode
from contracts.stores import (
    AssignPrinter,
    PrinterEntry,
    PutPrinter,
    RegisterEntry,
    RemovePrinter,
    StoreConfiguration,
)
from store_config.addresses import PORT_MIN, host_stands
from store_config.decide import CHANGERS, place, sees, unknown
from store_config.model import Change, Decision, Refused, Unchanged

PRINTERS_MAX: Final = 50
"""A large shop has a dozen; each has a queue and a connection of its own in the store's box."""


def put(store: StoreConfiguration | None, actor: Actor, asked: PutPrinter) -> Decision:
    """Add a printer, or say anew where and what it is."""
    if store is None or not sees(actor, asked.store):
        return unknown("store", asked.store)
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    refused = _refuse_entry(asked.printer)
    if refused is not None:
        return refused
    known = {each.printer: each for each in store.printers}
    if known.get(asked.printer.printer) == asked.printer:
        return Unchanged(store=store)
    known[asked.printer.printer] = asked.printer
    if len(known) > PRINTERS_MAX:
        return Refused(code="too_many_printers", fields={"limit": PRINTERS_MAX})
    return _changed("printer_put", store, known, store.registers)


def remove(store: StoreConfiguration | None, actor: Actor, asked: RemovePrinter) -> Decision:
    """Take a printer away, also from the registers that printed on it, in one step."""
    if store is None or not sees(actor, asked.store):
        return unknown("store", asked.store)
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    known = {each.printer: each for each in store.printers}
    if known.pop(asked.printer, None) is None:
        return unknown("printer", asked.printer)
    registers = tuple(
        _printing_on(each, None) if each.printer == asked.printer else each
        for each in store.registers
    )
    return _changed("printer_removed", store, known, registers)


def assign(store: StoreConfiguration | None, actor: Actor, asked: AssignPrinter) -> Decision:
    """Let a register print on a printer of its store, or on none."""
    found = place(store, actor, asked.store, asked.register)
    if isinstance(found, Refused):
        return found
    if actor.role not in CHANGERS:
        return Refused(code="not_permitted")
    known = {each.printer: each for each in found.printers}
    if asked.printer is not None and asked.printer not in known:
        return unknown("printer", asked.printer)
    if printer_of(found, asked.register) == asked.printer:
        return Unchanged(store=found)
    registers = tuple(
        _printing_on(each, asked.printer) if each.register == asked.register else each
        for each in found.registers
    )
    return _changed("printer_assigned", found, known, registers)


def printer_of(store: StoreConfiguration, register: RegisterCode) -> PrinterCode | None:
    """Return the printer that a register prints on."""
    return next((each.printer for each in store.registers if each.register == register), None)


def _refuse_entry(entry: PrinterEntry) -> Refused | None:
    wrong = None
    if not host_stands(entry.host):
        wrong = ("host", "This is not the address or the name of one machine")
    elif entry.port < PORT_MIN:
        wrong = ("port", f"Printers listen on {PORT_MIN} and above, usually on 9100")
    elif not (entry.profile.isascii() and entry.profile.isprintable()):
        wrong = ("profile", "The name of a model is printable ASCII")
    if wrong is None:
        return None
    field, detail = wrong
    return Refused(code="invalid_body", detail=detail, fields={"field": field})


def _changed(
    action: str,
    store: StoreConfiguration,
    printers: dict[PrinterCode, PrinterEntry],
    registers: tuple[RegisterEntry, ...],
) -> Change:
    after = msgspec.structs.replace(
        store,
        version=store.version + 1,
        registers=registers,
        printers=tuple(printers[code] for code in sorted(printers)),
    )
    return Change(action=action, before=store, after=after)


def _printing_on(register: RegisterEntry, printer: PrinterCode | None) -> RegisterEntry:
    return msgspec.structs.replace(register, printer=printer)
