"""The SQL of `store_config`, named. Every question carries the company."""

from typing import Final

RAISE_STORE: Final = """
UPDATE store_config.stores
   SET version = version + 1, terminal_option = $4, customer_slip = $5, slip_reprint = $6,
       business_day_starts = $7, support_contact = $8, issuer = $9, slip_retention_years = $10
 WHERE company = $1 AND store = $2 AND version = $3
RETURNING version
"""

RELEASE: Final = """
UPDATE store_config.pairings SET unpaired_at = $4, unpaired_by = $5
 WHERE company = $1 AND store = $2 AND terminal = ANY($3) AND unpaired_at IS NULL
"""

PAIR: Final = """
INSERT INTO store_config.pairings (company, store, register, terminal, paired_at, paired_by)
VALUES ($1, $2, $3, $4, $5, $6)
"""

PUT_PRINTER: Final = """
INSERT INTO store_config.printers (company, store, printer, host, port, profile, columns)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (company, store, printer) DO UPDATE
       SET host = excluded.host, port = excluded.port,
           profile = excluded.profile, columns = excluded.columns
"""

REMOVE_PRINTERS: Final = """
DELETE FROM store_config.printers WHERE company = $1 AND store = $2 AND printer = ANY($3)
"""

PRINT_ON: Final = """
UPDATE store_config.registers SET printer = $4 WHERE company = $1 AND store = $2 AND register = $3
"""

AUDIT: Final = """
INSERT INTO store_config.audit
       (at, company, store, by_company, operator, role, action, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

AUDITED: Final = """
SELECT id, at, store, by_company, operator, role, action, before::text, after::text
  FROM store_config.audit WHERE company = $1"""
"""Followed by `outbox.audit_page`."""

KEEP: Final = """
INSERT INTO store_config.answers (company, operator, key, fingerprint, outcome, body, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (company, operator, key) DO UPDATE
       SET fingerprint = excluded.fingerprint, outcome = excluded.outcome,
           body = excluded.body, at = excluded.at
     WHERE answers.at <= $8
RETURNING key
"""
"""An answer older than the horizon may be replaced; a younger one stays, and no row returns."""

RECALL: Final = """
SELECT fingerprint, outcome, body, at FROM store_config.answers
 WHERE company = $1 AND operator = $2 AND key = $3 AND at > $4
"""

PUBLISHED: Final = """
UPDATE store_config.stores SET published_version = greatest(published_version, $3)
 WHERE company = $1 AND store = $2
"""

LIFT: Final = """
UPDATE store_config.stores SET version = greatest(version, $3), published_version = 0
 WHERE company = $1 AND store = $2
"""

RAISE_COMPANY: Final = """
UPDATE store_config.companies SET version = version + 1, refund_needs_manager = $3
 WHERE company = $1 AND version = $2
RETURNING version
"""

RAISE_STORES_OF_COMPANY: Final = """
WITH mine AS (SELECT store FROM store_config.stores WHERE company = $1 ORDER BY store FOR UPDATE)
UPDATE store_config.stores SET version = version + 1
 WHERE company = $1 AND store IN (SELECT store FROM mine)
"""

ADD_STORES: Final = """
INSERT INTO store_config.stores (company, store, name, terminal_option, version)
SELECT $1, t.store, t.name, false, 1 FROM unnest($2::text[], $3::text[]) AS t(store, name)
    ON CONFLICT DO NOTHING
RETURNING store
"""

NAME_STORES: Final = """
UPDATE store_config.stores s SET name = t.name, version = s.version + 1
  FROM unnest($2::text[], $3::text[], $4::bigint[]) AS t(store, name, version)
 WHERE s.company = $1 AND s.store = t.store AND s.version = t.version
RETURNING s.store
"""
"""Fewer rows return than were asked for where somebody else's change was written meanwhile."""

PUT_REGISTERS: Final = """
INSERT INTO store_config.registers (company, store, register, name, main_register)
SELECT $1, t.store, t.register, t.name, t.main_register
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
       AS t(store, register, name, main_register)
    ON CONFLICT (company, store, register) DO UPDATE
       SET name = excluded.name, main_register = excluded.main_register
"""

PUT_TERMINALS: Final = """
INSERT INTO store_config.terminals (company, store, terminal, model, serial, host, port)
SELECT $1, t.store, t.terminal, t.model, t.serial, t.host, t.port
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[])
       AS t(store, terminal, model, serial, host, port)
    ON CONFLICT (company, store, terminal) DO UPDATE
       SET serial = excluded.serial, host = excluded.host, port = excluded.port
"""

_PERSON: Final = """
SELECT company, operator, name, role, stores, active, version FROM store_config.operators
"""
STAFF_OF_COMPANY: Final = _PERSON + " WHERE company = $1 ORDER BY operator"
READ_PERSON: Final = _PERSON + " WHERE company = $1 AND operator = $2"

ADD_PERSON: Final = """
INSERT INTO store_config.operators (company, operator, name, role, stores, active, password_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING version
"""

CHANGE_PERSON: Final = """
UPDATE store_config.operators
   SET name = $3, role = $4, stores = $5, active = $6,
       password_hash = coalesce($7, password_hash), version = version + 1
 WHERE company = $1 AND operator = $2 AND version = $8
RETURNING version
"""

END_SESSIONS_OF: Final = "DELETE FROM store_config.sessions WHERE company = $1 AND operator = $2"

READ_SUPPORT: Final = """
SELECT company, contact, site, everybody, notices::text, version
  FROM store_config.support WHERE company = $1
"""

SUPPORT_OF_EVERYBODY: Final = """
SELECT company, contact, site, everybody, notices::text, version
  FROM store_config.support WHERE everybody ORDER BY company
"""

WRITE_SUPPORT: Final = """
INSERT INTO store_config.support (company, contact, site, everybody, notices, version)
SELECT $1, $3, $4, $5, $6::jsonb, 1
 WHERE $2 = 0 OR EXISTS (SELECT FROM store_config.support s WHERE s.company = $1)
    ON CONFLICT (company) DO UPDATE
       SET contact = excluded.contact, site = excluded.site, everybody = excluded.everybody,
           notices = excluded.notices, version = support.version + 1
     WHERE support.version = $2
RETURNING version
"""
"""No row returns where another step was written since version $2 was read."""

PUT_BRAND_RULE: Final = """
INSERT INTO store_config.brand_rules
       (company, store, brand, media, valid_from, counts_as_sold_until_shown_otherwise,
        investigation_days, cancellable, reason, window_days, same_terminal_only, last_only,
        needs_card, prints_slip, ways)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (company, store, brand, media, valid_from) DO UPDATE
       SET counts_as_sold_until_shown_otherwise = excluded.counts_as_sold_until_shown_otherwise,
           investigation_days = excluded.investigation_days, cancellable = excluded.cancellable,
           reason = excluded.reason, window_days = excluded.window_days,
           same_terminal_only = excluded.same_terminal_only, last_only = excluded.last_only,
           needs_card = excluded.needs_card, prints_slip = excluded.prints_slip,
           ways = excluded.ways
"""

REMOVE_BRAND_RULE: Final = """
DELETE FROM store_config.brand_rules
 WHERE company = $1 AND store = $2 AND brand = $3 AND media = $4 AND valid_from = $5
"""

SHIP_BRAND_RULES: Final = """
WITH shipped AS (
    SELECT c.company, r.*
      FROM store_config.companies c
     CROSS JOIN json_to_recordset($1::json) AS r(
           brand text, media text, valid_from date,
           counts_as_sold_until_shown_otherwise boolean, investigation_days integer,
           cancellable boolean, reason text, window_days integer, same_terminal_only boolean,
           last_only boolean, needs_card boolean, prints_slip boolean, ways text[])
     WHERE NOT EXISTS (SELECT FROM store_config.brand_rules b
                        WHERE (b.company, b.store, b.brand, b.media)
                            = (c.company, '', r.brand, r.media))
), added AS (
    INSERT INTO store_config.brand_rules
           (company, brand, media, valid_from, counts_as_sold_until_shown_otherwise,
            investigation_days, cancellable, reason, window_days, same_terminal_only,
            last_only, needs_card, prints_slip, ways)
    SELECT company, brand, media, valid_from, counts_as_sold_until_shown_otherwise,
           investigation_days, cancellable, reason, window_days, same_terminal_only,
           last_only, needs_card, prints_slip, ways
      FROM shipped ORDER BY company, brand, media
        ON CONFLICT DO NOTHING
    RETURNING company
)
UPDATE store_config.stores SET version = version + 1
 WHERE company IN (SELECT company FROM added)
"""
"""A store's document shows the rules, so a store whose company got some has a new version: one."""

FIND_OPERATOR: Final = """
SELECT o.company, c.name AS company_name, o.operator, o.name, o.role, o.stores, o.password_hash
  FROM store_config.operators o JOIN store_config.companies c USING (company)
 WHERE o.company = $1 AND o.operator = $2 AND o.active
"""

FAILURES: Final = """
SELECT count, last_at FROM store_config.login_failures
 WHERE company = $1 AND operator = $2 AND address = $3
"""

NOTE_FAILURE: Final = """
INSERT INTO store_config.login_failures (company, operator, address, count, last_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (company, operator, address) DO UPDATE
       SET count = excluded.count, last_at = excluded.last_at
"""

FORGET_FAILURES: Final = """
DELETE FROM store_config.login_failures WHERE company = $1 AND operator = $2 AND address = $3
"""

OPEN_SESSION: Final = """
INSERT INTO store_config.sessions
       (digest, company, operator, opened_at, last_used_at, expires_at)
VALUES ($1, $2, $3, $4, $4, $5)
"""

SESSION: Final = """
SELECT s.company, c.name AS company_name, s.operator, o.name, o.role, o.stores,
       s.last_used_at, s.expires_at
  FROM store_config.sessions s
  JOIN store_config.operators o ON (o.company, o.operator) = (s.company, s.operator)
  JOIN store_config.companies c ON c.company = s.company
 WHERE s.digest = $1 AND o.active
"""

TOUCH: Final = "UPDATE store_config.sessions SET last_used_at = $2 WHERE digest = $1"
END_SESSION: Final = "DELETE FROM store_config.sessions WHERE digest = $1"

SWEEP_SESSIONS: Final = """
DELETE FROM store_config.sessions WHERE expires_at <= $1 OR last_used_at <= $2
"""
SWEEP_FAILURES: Final = "DELETE FROM store_config.login_failures WHERE last_at <= $1"
SWEEP_ANSWERS: Final = "DELETE FROM store_config.answers WHERE at <= $1"

# --- the demo chain ---

SEED_COMPANY: Final = """
INSERT INTO store_config.companies (company, name) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""

SEED_STORE: Final = """
INSERT INTO store_config.stores (company, store, name, terminal_option, version)
VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING RETURNING store
"""

SEED_REGISTER: Final = """
INSERT INTO store_config.registers (company, store, register, name)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""

SEED_TERMINAL: Final = """
INSERT INTO store_config.terminals (company, store, terminal, model, serial, host, port)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""

MOVE_TERMINAL: Final = """
UPDATE store_config.terminals SET serial = $4, host = $5, port = $6
 WHERE company = $1 AND store = $2 AND terminal = $3
"""

TERMINALS_OF_STORE: Final = """
SELECT terminal, serial, host, port FROM store_config.terminals WHERE company = $1 AND store = $2
"""

HAD_PRINTERS: Final = """
SELECT EXISTS (SELECT FROM store_config.audit
                WHERE company = $1 AND store = $2
                  AND action IN ('printers_seeded', 'printer_put'))
"""

SEED_PRINTS_ON: Final = """
UPDATE store_config.registers SET printer = $4
 WHERE company = $1 AND store = $2 AND register = $3 AND printer IS NULL
"""

SEED_ISSUER: Final = """
UPDATE store_config.stores SET issuer = $3 WHERE company = $1 AND store = $2 AND issuer = '{}'
"""

PRINTERS_OF_STORE: Final = """
SELECT printer, host, port, profile, columns FROM store_config.printers
 WHERE company = $1 AND store = $2
"""

MOVE_PRINTER: Final = """
UPDATE store_config.printers SET port = $4 WHERE company = $1 AND store = $2 AND printer = $3
"""

LOCK_STORE: Final = """
SELECT version FROM store_config.stores WHERE company = $1 AND store = $2 FOR UPDATE
"""

BUMP_STORE: Final = """
UPDATE store_config.stores SET version = version + 1 WHERE company = $1 AND store = $2
"""

KNOWN_OPERATORS: Final = "SELECT company, operator FROM store_config.operators"

SEED_OPERATOR: Final = """
INSERT INTO store_config.operators (company, operator, name, role, password_hash)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
