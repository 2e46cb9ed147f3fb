"""Stores as the record reads them: the SQL, and what its rows hold."""

from collections.abc import Iterable
from typing import Final

import asyncpg
import msgspec

from contracts.stores import (
    BrandRule,
    Issuer,
    PrinterEntry,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    StoreView,
    TerminalEntry,
)

_RULES: Final = """
coalesce(json_agg(json_build_object(
    'brand', b.brand, 'media', b.media, 'valid_from', b.valid_from,
    'counts_as_sold_until_shown_otherwise', b.counts_as_sold_until_shown_otherwise,
    'investigation_days', b.investigation_days, 'cancellable', b.cancellable,
    'reason', b.reason, 'window_days', b.window_days,
    'same_terminal_only', b.same_terminal_only, 'last_only', b.last_only,
    'needs_card', b.needs_card, 'prints_slip', b.prints_slip,
    'ways', b.ways, 'store', nullif(b.store, ''))
    ORDER BY b.media, b.brand COLLATE "C", b.valid_from), '[]')::text
"""

_ITSELF: Final = """
s.company, s.store, s.name, s.version, s.terminal_option, s.customer_slip, s.slip_reprint,
s.business_day_starts, s.time_zone, s.support_contact, s.issuer, s.slip_retention_years
"""

_STORE: Final = f"""
WITH of_company AS (
    SELECT b.company, {_RULES} AS rules
      FROM store_config.brand_rules b WHERE b.store = '' GROUP BY b.company)
SELECT {_ITSELF}, c.refund_needs_manager,
       (SELECT coalesce(json_agg(json_build_object(
                   'register', r.register, 'name', r.name, 'main_register', r.main_register,
                   'printer', r.printer)
                   ORDER BY r.register), '[]')::text
          FROM store_config.registers r
         WHERE (r.company, r.store) = (s.company, s.store)) AS registers,
       (SELECT coalesce(json_agg(json_build_object(
                   'terminal', t.terminal, 'model', t.model, 'serial', t.serial,
                   'host', t.host, 'port', t.port, 'abilities', t.abilities,
                   'paired_register', p.register)
                   ORDER BY t.terminal), '[]')::text
          FROM store_config.terminals t
          LEFT JOIN store_config.pairings p
            ON (p.company, p.store, p.terminal) = (t.company, t.store, t.terminal)
           AND p.unpaired_at IS NULL
         WHERE (t.company, t.store) = (s.company, s.store)) AS terminals,
       CASE WHEN EXISTS (SELECT FROM store_config.brand_rules o
                          WHERE (o.company, o.store) = (s.company, s.store))
       THEN (SELECT {_RULES}
               FROM store_config.brand_rules b
              WHERE b.company = s.company AND b.store IN ('', s.store)
                AND NOT (b.store = '' AND EXISTS (
                        SELECT FROM store_config.brand_rules o
                         WHERE (o.company, o.store, o.brand, o.media)
                             = (s.company, s.store, b.brand, b.media)
                           AND o.valid_from <= b.valid_from)))
       ELSE coalesce(g.rules, '[]') END AS brand_rules,
       (SELECT coalesce(json_agg(json_build_object(
                   'printer', q.printer, 'host', q.host, 'port', q.port,
                   'profile', q.profile, 'columns', q.columns)
                   ORDER BY q.printer), '[]')::text
          FROM store_config.printers q
         WHERE (q.company, q.store) = (s.company, s.store)) AS printers
  FROM store_config.stores s
  JOIN store_config.companies c ON c.company = s.company
  LEFT JOIN of_company g ON g.company = s.company
"""  # noqa: S608 - made of our own text
"""A thousand stores have one company's rules, which are put together once; few have their own."""

VIEWS_OF_COMPANY: Final = f"""
SELECT {_ITSELF} FROM store_config.stores s WHERE s.company = $1 ORDER BY s.store
"""  # noqa: S608 - made of our own text

READ_STORE: Final = _STORE + " WHERE s.company = $1 AND s.store = $2"
STORES_OF_COMPANY: Final = _STORE + " WHERE s.company = $1 ORDER BY s.store"
ALL_STORES: Final = _STORE + " ORDER BY s.company, s.store"
UNPUBLISHED: Final = _STORE + " WHERE s.published_version < s.version ORDER BY s.company, s.store"

READ_COMPANY: Final = f"""
SELECT c.company, c.name, c.version, c.refund_needs_manager,
       (SELECT {_RULES}
          FROM store_config.brand_rules b
         WHERE b.company = c.company AND b.store = '') AS brand_rules
  FROM store_config.companies c
 WHERE c.company = $1
"""  # noqa: S608 - made of our own text


def store_from(row: asyncpg.Record) -> StoreConfiguration:
    """Return the document that a row of `READ_STORE` holds."""
    return stores_from((row,))[0]


def stores_from(rows: Iterable[asyncpg.Record]) -> tuple[StoreConfiguration, ...]:
    """Return the documents that rows hold; stores with the same rules share what was read."""
    read: dict[str, tuple[BrandRule, ...]] = {}

    def rules(text: str) -> tuple[BrandRule, ...]:
        if text not in read:
            read[text] = msgspec.json.decode(text, type=tuple[BrandRule, ...])
        return read[text]

    return tuple(_store_from(row, rules(row["brand_rules"])) for row in rows)


def _store_from(row: asyncpg.Record, rules: tuple[BrandRule, ...]) -> StoreConfiguration:
    return StoreConfiguration(
        company=row["company"],
        store=row["store"],
        name=row["name"],
        version=row["version"],
        terminal_option=row["terminal_option"],
        registers=msgspec.json.decode(row["registers"], type=tuple[RegisterEntry, ...]),
        terminals=msgspec.json.decode(row["terminals"], type=tuple[TerminalEntry, ...]),
        settings=StoreSettings(
            customer_slip=row["customer_slip"],
            slip_reprint=row["slip_reprint"],
            business_day_starts=row["business_day_starts"],
            time_zone=row["time_zone"],
            support_contact=row["support_contact"],
            issuer=msgspec.json.decode(row["issuer"], type=Issuer),
            slip_retention_years=row["slip_retention_years"],
            refund_needs_manager=row["refund_needs_manager"],
        ),
        brand_rules=rules,
        printers=msgspec.json.decode(row["printers"], type=tuple[PrinterEntry, ...]),
    )


def view_from(row: asyncpg.Record) -> StoreView:
    """Return what a row of `VIEWS_OF_COMPANY` holds."""
    return StoreView(
        store=row["store"],
        name=row["name"],
        terminal_option=row["terminal_option"],
        customer_slip=row["customer_slip"],
        slip_reprint=row["slip_reprint"],
        business_day_starts=row["business_day_starts"],
        time_zone=row["time_zone"],
        support_contact=row["support_contact"],
        version=row["version"],
        issuer=msgspec.json.decode(row["issuer"], type=Issuer),
        slip_retention_years=row["slip_retention_years"],
    )
