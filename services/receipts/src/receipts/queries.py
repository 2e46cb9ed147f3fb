"""The statements upon PostgreSQL."""

from typing import Final

KEEP_SLIP: Final = """
INSERT INTO receipts.slip (operation_id, company, store, terminal, serial, terminal_business_date,
                           slip_number, kind, media, brand, slip, layout, event_id, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (operation_id) DO NOTHING
RETURNING 1
"""

KEEP_CONTRARY: Final = """
INSERT INTO receipts.contrary_slip (event_id, operation_id, company, store, slip, seen_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (event_id) DO NOTHING
"""

SLIP: Final = "SELECT * FROM receipts.slip WHERE operation_id = $1"

CONTRARY: Final = """
SELECT * FROM receipts.contrary_slip WHERE operation_id = $1 ORDER BY seen_at, event_id
"""

WANT_NUMBER: Final = """
INSERT INTO receipts.merchant_number (operation_id, company, store, terminal, state, asked, ask_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (operation_id) DO NOTHING
"""

KEEP_NUMBER: Final = """
UPDATE receipts.merchant_number SET state = $2, asked = $3, ask_at = $4, key_id = $5, sealed = $6
WHERE operation_id = $1 AND state = 'wanted'
"""

NUMBER: Final = "SELECT * FROM receipts.merchant_number WHERE operation_id = $1"

NUMBERS_DUE: Final = """
SELECT * FROM receipts.merchant_number WHERE state = 'wanted' AND ask_at <= $1
ORDER BY ask_at, operation_id LIMIT $2
"""

KEEP_SALE: Final = """
INSERT INTO receipts.sale AS old
    (id, company, store, sequence, state, document, seller, layout, opened_at, heard_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE
    SET sequence = excluded.sequence, state = excluded.state, document = excluded.document,
        seller = coalesce(old.seller, excluded.seller), heard_at = excluded.heard_at
    WHERE old.sequence < excluded.sequence AND old.company = excluded.company
"""

SALE: Final = "SELECT * FROM receipts.sale WHERE id = $1 AND company = $2"

ADD_JOB: Final = """
INSERT INTO receipts.print_job
    (id, company, store, register, sale_id, what, state, requested_at, expires_at, tender,
     operation_id, operation, copy, printer, reason, partly, ended_at, by_operator, reprint)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT DO NOTHING
RETURNING id
"""

MOVE_JOB: Final = """
UPDATE receipts.print_job SET state = $3, reason = $4, partly = $5, ended_at = $6
WHERE id = $1 AND state = $2
RETURNING 1
"""

JOB: Final = "SELECT * FROM receipts.print_job WHERE id = $1"

JOBS_OF: Final = """
SELECT * FROM receipts.print_job WHERE company = $1 AND sale_id = $2 ORDER BY id DESC LIMIT $3
"""

OPEN_JOBS: Final = """
SELECT * FROM receipts.print_job WHERE state IN ('waiting', 'sent') ORDER BY id LIMIT $1
"""

KEEP_ANSWER: Final = """
INSERT INTO receipts.answer AS old
    (company, operator, key, fingerprint, outcome, body, stored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (company, operator, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, outcome = excluded.outcome, body = excluded.body,
        stored_at = excluded.stored_at
    WHERE old.stored_at < excluded.stored_at - interval '24 hours'
RETURNING 1
"""

STORED_ANSWER: Final = """
SELECT fingerprint, outcome, body, stored_at FROM receipts.answer
WHERE company = $1 AND operator = $2 AND key = $3
  AND stored_at >= $4::timestamptz - interval '24 hours'
"""

PURGE_ANSWERS: Final = """
DELETE FROM receipts.answer WHERE (company, operator, key) IN (
    SELECT company, operator, key FROM receipts.answer
    WHERE stored_at < $1::timestamptz - interval '25 hours' LIMIT $2)
"""

WRITE_DOWN: Final = """
INSERT INTO receipts.audit (at, company, store, what, by_operator, told)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)
"""

AUDITS: Final = """
SELECT at, company, store, what, by_operator, told::text AS told FROM receipts.audit
WHERE company = $1 AND store = $2 ORDER BY id
"""

REMOVE: Final = """
WITH old_slips AS (
    SELECT operation_id FROM receipts.slip
    WHERE company = $1 AND store = $2 AND seen_at < $3 LIMIT $4
), slips AS (
    DELETE FROM receipts.slip WHERE operation_id IN (SELECT operation_id FROM old_slips)
    RETURNING 1
), contrary AS (
    DELETE FROM receipts.contrary_slip WHERE company = $1 AND store = $2 AND seen_at < $3
    RETURNING 1
), numbers AS (
    DELETE FROM receipts.merchant_number
    WHERE operation_id IN (SELECT operation_id FROM old_slips)
    RETURNING 1
), sales AS (
    DELETE FROM receipts.sale WHERE id IN (
        SELECT id FROM receipts.sale
        WHERE company = $1 AND store = $2 AND opened_at < $3 LIMIT $4)
    RETURNING 1
), jobs AS (
    DELETE FROM receipts.print_job WHERE id IN (
        SELECT id FROM receipts.print_job
        WHERE company = $1 AND store = $2 AND requested_at < $3 LIMIT $4)
    RETURNING 1
)
SELECT (SELECT count(*) FROM slips) + (SELECT count(*) FROM contrary) AS slips,
       (SELECT count(*) FROM numbers) AS numbers,
       (SELECT count(*) FROM sales) AS sales,
       (SELECT count(*) FROM jobs) AS jobs
"""
"""The slips of operations, the sealed numbers with them, sales and jobs, each by its own age."""
