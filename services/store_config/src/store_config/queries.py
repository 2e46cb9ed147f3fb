"""The SQL of `store_config`, named. Every question carries the company."""

from typing import Final

_STORE: Final = """
SELECT s.company, s.store, s.name, s.version, s.terminal_option, s.customer_slip,
       s.slip_reprint, s.business_day_starts, s.time_zone, s.support_contact,
       (SELECT coalesce(json_agg(json_build_object(
                   'register', r.register, 'name', r.name, 'main_register', r.main_register)
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
         WHERE (t.company, t.store) = (s.company, s.store)) AS terminals
  FROM store_config.stores s
"""

READ_STORE: Final = _STORE + " WHERE s.company = $1 AND s.store = $2"
STORES_OF_COMPANY: Final = _STORE + " WHERE s.company = $1 ORDER BY s.store"
ALL_STORES: Final = _STORE + " ORDER BY s.company, s.store"
UNPUBLISHED: Final = _STORE + " WHERE s.published_version < s.version ORDER BY s.company, s.store"

RAISE_STORE: Final = """
UPDATE store_config.stores
   SET version = version + 1, terminal_option = $4, customer_slip = $5, slip_reprint = $6,
       business_day_starts = $7, support_contact = $8
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

AUDIT: Final = """
INSERT INTO store_config.audit
       (at, company, store, by_company, operator, role, action, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

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
