"""What a file of stores, registers and terminals does to a company. Pure.

Rows count by what they say, not by where they stand: a store may follow its registers.
"""

import csv
import io
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from contracts.envelope import Actor, Role
from contracts.identifiers import CompanyCode, RegisterCode, StoreCode
from contracts.places import COLUMNS, ROWS_MAX, BadRow
from contracts.stores import (
    TERMINAL_MODEL,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from servicekit.masking import mask
from store_config import decide
from store_config.addresses import host_stands
from store_config.model import Facts, PlaceChange, Refused

KINDS: Final = ("store", "register", "terminal")

NAME_MAX: Final = 80
VALUE_MAX: Final = 40
"""How much of a wrong value is told: enough to find it."""

PORT_MAX: Final = 65_535

_NOTHING: Final[list[str]] = []

_CODES: Final = {
    "store": ("store",),
    "register": ("store", "register"),
    "terminal": ("store", "terminal", "serial"),
}
"""Which columns of a kind hold codes."""


class Row(NamedTuple):
    """One line of the file."""

    line: int
    told: dict[str, str]

    def bad(self, column: str, code: str) -> BadRow:
        """Return that this line is wrong."""
        value = self.told.get(column, "")[:VALUE_MAX]
        return BadRow(line=self.line, column=column, code=code, value=value)


class Plan(NamedTuple):
    """What the file does; where `bad` is not empty, nothing."""

    changes: tuple[PlaceChange, ...]
    rows: int
    added: int
    changed: int
    same: int
    bad: tuple[BadRow, ...]


def may(actor: Actor, *, writing: bool) -> Refused | None:
    """Refuse whoever is not the whole company's administrator; its auditor reads."""
    permitted = {Role.ADMIN} if writing else {Role.ADMIN, Role.AUDITOR}
    if actor.role not in permitted or actor.stores:
        return Refused(code="not_permitted")
    return None


def export(stores: tuple[StoreConfiguration, ...]) -> str:
    """Return the file that holds these stores."""
    written = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(
        written, list(COLUMNS), restval="", lineterminator="\r\n"
    )
    writer.writeheader()
    for store in stores:
        writer.writerow({"kind": "store", "store": store.store, "name": store.name})
        for one in store.registers:
            told = {"register": one.register, "main_register": one.main_register or ""}
            writer.writerow({"kind": "register", "store": store.store, "name": one.name} | told)
        for entry in store.terminals:
            where = {"serial": entry.serial, "host": entry.host, "port": entry.port}
            place = {"kind": "terminal", "store": store.store, "terminal": entry.terminal}
            writer.writerow(place | where)
    return written.getvalue()


def difference(change: PlaceChange) -> tuple[Facts, Facts]:
    """Return what a file changes of a store; of a new one, all that the file says of it."""
    after = change.after
    nothing = structs.replace(after, name="", registers=(), terminals=())
    return decide.difference(nothing if change.before is None else change.before, after)


def plan(company: CompanyCode, stores: tuple[StoreConfiguration, ...], text: str) -> Plan:
    """Return what the file does to the company's stores, or every line that is wrong."""
    rows, bad = read(text)
    bad += doubled(rows)
    wrong = {one.line for one in bad}
    work = _Work(company, stores)
    for kind in KINDS:
        for row in rows:
            if row.told["kind"] != kind or row.line in wrong:
                continue
            problem = work.take(row)
            if problem is not None:
                bad.append(problem)
    changes = () if bad else work.changes()
    told = tuple(sorted(bad, key=lambda one: one.line))
    return Plan(changes, len(rows), work.added, work.changed, work.same, told)


def read(text: str) -> tuple[list[Row], list[BadRow]]:
    """Return the file's lines, and those of them that cannot be what they say they are."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Row] = []
    bad: list[BadRow] = []
    try:
        header = [name.strip() for name in next(reader, _NOTHING)]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            return [], [BadRow(line=1, column=name, code="missing_column") for name in missing]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            told = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            row = Row(reader.line_num, {name: told.get(name, "") for name in COLUMNS})
            if len(rows) >= ROWS_MAX:
                return [], [row.bad("kind", "too_many_rows")]
            rows.append(row)
            problem = _wrong(row)
            if problem is not None:
                bad.append(problem)
    except csv.Error:
        bad.append(BadRow(line=reader.line_num, column="kind", code="not_csv"))
    return rows, bad


def doubled(rows: list[Row]) -> list[BadRow]:
    """Return the lines that say something of a thing, or of a serial, once more."""
    seen: set[tuple[str, ...]] = set()
    bad: list[BadRow] = []
    for row in rows:
        kind = row.told["kind"]
        keys = [(kind, *(row.told[name] for name in _CODES.get(kind, ())[:2]))]
        if kind == "terminal":
            keys.append(("serial", row.told["serial"]))
        column = "serial" if keys[0] not in seen else kind
        if kind in KINDS and any(key in seen for key in keys):
            bad.append(row.bad(column, "doubled"))
        seen.update(keys)
    return bad


def _wrong(row: Row) -> BadRow | None:
    kind = row.told["kind"]
    if kind not in KINDS:
        return row.bad("kind", "unknown_kind")
    for column in _CODES[kind]:
        if not _is_code(row.told[column]):
            return row.bad(column, "bad_code" if row.told[column] else "empty")
    return _wrong_address(row) if kind == "terminal" else _wrong_name(row)


def _wrong_name(row: Row) -> BadRow | None:
    name, main = row.told["name"], row.told["main_register"]
    if not name:
        return row.bad("name", "empty")
    if not name.isprintable():
        return row.bad("name", "not_printable")
    if len(name) > NAME_MAX:
        return row.bad("name", "too_long")
    if mask(name) != name:
        return BadRow(line=row.line, column="name", code="card_number")
    if row.told["kind"] == "register" and main and not _is_code(main):
        return row.bad("main_register", "bad_code")
    return None


def _wrong_address(row: Row) -> BadRow | None:
    port = row.told["port"]
    if not host_stands(row.told["host"]):
        return row.bad("host", "bad_host")
    if not (port.isascii() and port.isdigit() and len(port) <= len(str(PORT_MAX))):
        return row.bad("port", "bad_port")
    return None if 1 <= int(port) <= PORT_MAX else row.bad("port", "bad_port")


def _is_code(text: str) -> bool:
    try:
        msgspec.convert(text, StoreCode)
    except msgspec.ValidationError:
        return False
    return True


class _Work:
    """The stores as the file leaves them so far."""

    def __init__(self, company: CompanyCode, stores: tuple[StoreConfiguration, ...]) -> None:
        self._company = company
        self._before = {one.store: one for one in stores}
        self._after = dict(self._before)
        self._serials = {
            entry.serial: (one.store, entry.terminal) for one in stores for entry in one.terminals
        }
        self.added = self.changed = self.same = 0

    def take(self, row: Row) -> BadRow | None:
        """Take one line in, or return what is wrong with it."""
        if row.told["kind"] == "store":
            self._store(row)
            return None
        store = self._after.get(row.told["store"])
        if store is None:
            return row.bad("store", "unknown_store")
        if row.told["kind"] == "register":
            return self._register(row, store)
        return self._terminal(row, store)

    def changes(self) -> tuple[PlaceChange, ...]:
        """Return the stores that differ, each one version on."""
        found: list[PlaceChange] = []
        for code, after in sorted(self._after.items()):
            before = self._before.get(code)
            if after != before:
                version = 1 if before is None else before.version + 1
                after_it = structs.replace(after, version=version)
                found.append(PlaceChange(before=before, after=after_it))
        return tuple(found)

    def _store(self, row: Row) -> None:
        code, name = row.told["store"], row.told["name"]
        known = self._after.get(code)
        new = known or StoreConfiguration(
            company=self._company,
            store=code,
            name=name,
            version=0,
            terminal_option=False,
            registers=(),
            terminals=(),
            settings=StoreSettings(),
        )
        self._after[code] = structs.replace(new, name=name)
        self._count(known, self._after[code])

    def _register(self, row: Row, store: StoreConfiguration) -> BadRow | None:
        code, main = row.told["register"], row.told["main_register"] or None
        known = {one.register: one for one in store.registers}
        if main is not None and not self._is_main(store, code, main):
            return row.bad("main_register", "unknown_register")
        stood = known.get(code)
        entry = RegisterEntry(
            register=code,
            name=row.told["name"],
            main_register=main,
            printer=None if stood is None else stood.printer,
        )
        known[code] = entry
        registers = tuple(known[each] for each in sorted(known))
        self._after[store.store] = structs.replace(store, registers=registers)
        self._count(stood, entry)
        return None

    def _is_main(self, store: StoreConfiguration, code: RegisterCode, main: RegisterCode) -> bool:
        """Tell whether a sub-register may name this one: another, there, and no sub itself."""
        found = next((one for one in store.registers if one.register == main), None)
        return found is not None and main != code and found.main_register is None

    def _terminal(self, row: Row, store: StoreConfiguration) -> BadRow | None:
        code, serial = row.told["terminal"], row.told["serial"]
        if self._serials.get(serial, (store.store, code)) != (store.store, code):
            return row.bad("serial", "serial_taken")
        known = {one.terminal: one for one in store.terminals}
        stood = known.get(code)
        new = stood or TerminalEntry(
            terminal=code, model=TERMINAL_MODEL, serial=serial, host=row.told["host"], port=1
        )
        entry = structs.replace(
            new, serial=serial, host=row.told["host"], port=int(row.told["port"])
        )
        known[code] = entry
        terminals = tuple(known[each] for each in sorted(known))
        self._after[store.store] = structs.replace(store, terminals=terminals)
        self._count(stood, entry)
        return None

    def _count(self, stood: object, now: object) -> None:
        if stood is None:
            self.added += 1
        elif stood == now:
            self.same += 1
        else:
            self.changed += 1
