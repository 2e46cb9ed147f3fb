"""Stores, registers and terminals as one table: a chain's hundreds are not typed one by one.

One row a thing, told apart by `kind`; columns by name, in any order:

    kind,store,name,register,main_register,terminal,serial,host,port
    store,S001,渋谷店,,,,,,
    register,S001,レジ1,R1,,,,,
    terminal,S001,,,,T1,CT6100-0001,192.168.0.20,9000

A row adds what is not there and changes what is; nothing is ever taken away by a row that is not
there. Who holds which terminal, and what is contracted, are no part of it.
"""

from typing import Annotated, Final

from msgspec import Meta

from contracts.envelope import Message

COLUMNS: Final = (
    "kind",
    "store",
    "name",
    "register",
    "main_register",
    "terminal",
    "serial",
    "host",
    "port",
)

ANY_TEXT: Final = r"(?s)^.*$"
"""A file is a table and no free text: serials are numbers, and its names are looked at one by one
(`card_number`)."""

ROWS_MAX: Final = 8_000
"""1,000 stores with 3 registers and 3 terminals each, with room; and every bad row can be told."""

CSV_BYTES_MAX: Final = 900_000
"""It travels as one message, which NATS bounds at 1 MiB."""


class BadRow(Message, frozen=True, kw_only=True):
    """The first thing wrong with a line of the file; the header is line 1.

    `code`: `missing_column`, `not_csv`, `too_many_rows`, `unknown_kind`, `bad_code`, `empty`,
    `not_printable`, `too_long`, `bad_host`, `bad_port`, `doubled`, `unknown_store`,
    `unknown_register`, `serial_taken`, `terminal_busy`, `card_number` (whose value is not told).
    """

    line: int
    column: str
    code: str
    value: str = ""


class ImportReport(Message, frozen=True, kw_only=True):
    """What the file does, or with `applied` has done. With one bad row nothing is done at all."""

    applied: bool
    rows: int
    added: int
    changed: int
    same: int
    bad: tuple[BadRow, ...]


class ImportPlaces(Message, tag="import_places", frozen=True, kw_only=True):
    """Check the file, and unless it is a `dry_run`, do all of it in one step. Admin."""

    csv: Annotated[str, Meta(max_length=CSV_BYTES_MAX, pattern=ANY_TEXT)]
    dry_run: bool = True


class PlacesCsv(Message, frozen=True, kw_only=True):
    """A file that `ImportPlaces` takes as it is, and does nothing by."""

    csv: str


class ExportPlaces(Message, tag="export_places", frozen=True, kw_only=True):
    """The company's stores, registers and terminals. Admin and auditor."""
