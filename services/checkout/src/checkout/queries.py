"""The SQL of checkout. A commit is one statement, so one round trip and one fsync.

Each part of a commit is a CTE; the last SELECT looks whether every part found what was decided
upon, and undoes all of it by `checkout.undo` where one did not.
"""

from typing import Final

UNDONE: Final = "RK001"
"""The SQLSTATE of `checkout.undo`; its message is one of the reasons below."""

CHANGED: Final = "changed_meanwhile"
KEY_TAKEN: Final = "key_taken"
FACT_KNOWN: Final = "fact_known"

_CHANGE: Final = """
WITH changed AS (
    UPDATE checkout.sale SET state = $3, parked = $4, sequence = $5, document = $6
    WHERE id = $1 AND sequence = $2 AND $5 <> $2
    RETURNING 1
), events AS (
    INSERT INTO checkout.sale_event (sale_id, sequence, message_id, subject, payload, headers)
    SELECT $1, event.sequence, event.id, event.subject, event.payload, $11::text::jsonb
    FROM unnest($7::uuid[], $8::int[], $9::text[], $10::bytea[])
        WITH ORDINALITY AS event (id, sequence, subject, payload, place)
    ORDER BY event.place
    RETURNING id
), holds AS (
    INSERT INTO checkout.operation
        (id, company, store, terminal, sale_id, tender, holds_terminal, unresolved, asked_at,
         kind, entry)
    SELECT hold.id, $12, $13, hold.terminal, $1, hold.tender, hold.holds, hold.open, hold.at,
           hold.kind, hold.entry
    FROM unnest($14::uuid[], $15::text[], $16::int[], $17::bool[], $18::bool[],
                $19::timestamptz[], $33::text[], $34::text[])
        AS hold (id, terminal, tender, holds, open, at, kind, entry)
    ON CONFLICT (id) DO UPDATE
        SET holds_terminal = excluded.holds_terminal, unresolved = excluded.unresolved,
            kind = excluded.kind, entry = excluded.entry
), {beside}answered AS (
    INSERT INTO checkout.answer AS old
        (company, operator, key, fingerprint, outcome, body, stored_at)
    SELECT $12, $20, $21, $22, $23, $24, $25 WHERE $21::text IS NOT NULL
    ON CONFLICT (company, operator, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, outcome = excluded.outcome,
            body = excluded.body, stored_at = excluded.stored_at
        WHERE old.stored_at < excluded.stored_at - interval '24 hours'
           OR ($26 AND old.fingerprint = excluded.fingerprint)
    RETURNING 1
), forgotten AS (
    DELETE FROM checkout.answer WHERE company = $12 AND operator = $27 AND key = $28
), marked AS (
    INSERT INTO checkout.inbox (fact_id, company, store, epoch, sequence, taken_at)
    SELECT $29, $12, $13, $30, $31, $32 WHERE $29::uuid IS NOT NULL
    ON CONFLICT (fact_id) DO NOTHING
    RETURNING 1
)
SELECT CASE
    WHEN $21::text IS NOT NULL AND NOT EXISTS (SELECT FROM answered)
        THEN checkout.undo('key_taken')
    WHEN $29::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM marked)
        THEN checkout.undo('fact_known')
    WHEN $5 <> $2 AND NOT EXISTS (SELECT FROM changed)
        THEN checkout.undo('changed_meanwhile')
    WHEN $5 = $2 AND NOT EXISTS (SELECT FROM checkout.sale WHERE id = $1 AND sequence = $2)
        THEN checkout.undo('changed_meanwhile')
END AS undone,
ARRAY(SELECT id FROM events ORDER BY id) AS rows,
EXISTS (SELECT FROM checkout.sale_event
        WHERE sale_id = $1 AND sequence <= $2 AND published_at IS NULL) AS earlier_wait
"""

_BESIDE: Final = """cases AS (
    INSERT INTO checkout.sale_case (id, company, store, register, sale_id, state)
    SELECT noted.id, $12, $13, $35, $1, noted.state
    FROM unnest($36::uuid[], $37::text[]) AS noted (id, state)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state
), audited AS (
    INSERT INTO checkout.override
        (at, company, store, register, sale_id, sale_number, sequence, operator, role,
         authorised_by, action, reason, before, after)
    SELECT line.at, $12, $13, $35, $1, line.sale_number, line.sequence, line.operator, line.role,
           line.authorised_by, line.action, line.reason, line.before, line.after
    FROM jsonb_to_recordset($38::text::jsonb) AS line (
        at timestamptz, sale_number text, sequence int, operator text, role text,
        authorised_by text, action text, reason text, before jsonb, after jsonb)
), """

CHANGE: Final = _CHANGE.format(beside="")
"""A change of one sale, or only an answer or a mark that was decided upon it ($5 = $2)."""

CHANGE_AND_BESIDE: Final = _CHANGE.format(beside=_BESIDE)
"""The same, where cases are opened or settled, or an override is told: few sales have either."""

OPEN: Final = """
WITH parked AS (
    UPDATE checkout.sale SET parked = true, sequence = $11, document = $12
    WHERE id = $10 AND sequence = $11 - 1
    RETURNING 1
), opened AS (
    INSERT INTO checkout.sale
        (id, company, store, register, business_date, day_number, state, sequence, document)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
    -- the parked one first: a register has one active sale
    WHERE $10::uuid IS NULL OR EXISTS (SELECT FROM parked)
    RETURNING 1
), events AS (
    INSERT INTO checkout.sale_event (sale_id, sequence, message_id, subject, payload, headers)
    SELECT event.sale_id, event.sequence, event.id, event.subject, event.payload,
           $18::text::jsonb
    FROM unnest($13::uuid[], $14::uuid[], $15::int[], $16::text[], $17::bytea[])
        WITH ORDINALITY AS event (sale_id, id, sequence, subject, payload, place)
    ORDER BY event.place
    RETURNING id
), answered AS (
    INSERT INTO checkout.answer AS old
        (company, operator, key, fingerprint, outcome, body, stored_at)
    SELECT $2, $19, $20, $21, $22, $23, $24 WHERE $20::text IS NOT NULL
    ON CONFLICT (company, operator, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, outcome = excluded.outcome,
            body = excluded.body, stored_at = excluded.stored_at
        WHERE old.stored_at < excluded.stored_at - interval '24 hours'
    RETURNING 1
)
SELECT CASE
    WHEN $20::text IS NOT NULL AND NOT EXISTS (SELECT FROM answered)
        THEN checkout.undo('key_taken')
    WHEN NOT EXISTS (SELECT FROM opened)
        THEN checkout.undo('changed_meanwhile')
END AS undone,
ARRAY(SELECT id FROM events ORDER BY id) AS rows,
EXISTS (SELECT FROM checkout.sale_event
        WHERE sale_id = $10 AND sequence < $11 AND published_at IS NULL) AS earlier_wait
"""
"""A new sale, and the one that it sets aside."""

RESUME: Final = """
WITH parked AS (
    UPDATE checkout.sale SET parked = true, sequence = $6, document = $7
    WHERE id = $5 AND sequence = $6 - 1
    RETURNING 1
), resumed AS (
    UPDATE checkout.sale SET parked = false, sequence = $3, document = $4
    -- the parked one first: a register has one active sale
    WHERE id = $1 AND sequence = $2 AND EXISTS (SELECT FROM parked)
    RETURNING 1
), events AS (
    INSERT INTO checkout.sale_event (sale_id, sequence, message_id, subject, payload, headers)
    SELECT event.sale_id, event.sequence, event.id, event.subject, event.payload,
           $13::text::jsonb
    FROM unnest($8::uuid[], $9::uuid[], $10::int[], $11::text[], $12::bytea[])
        WITH ORDINALITY AS event (sale_id, id, sequence, subject, payload, place)
    ORDER BY event.place
    RETURNING id
), answered AS (
    INSERT INTO checkout.answer AS old
        (company, operator, key, fingerprint, outcome, body, stored_at)
    SELECT $14, $15, $16, $17, $18, $19, $20 WHERE $16::text IS NOT NULL
    ON CONFLICT (company, operator, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, outcome = excluded.outcome,
            body = excluded.body, stored_at = excluded.stored_at
        WHERE old.stored_at < excluded.stored_at - interval '24 hours'
    RETURNING 1
)
SELECT CASE
    WHEN $16::text IS NOT NULL AND NOT EXISTS (SELECT FROM answered)
        THEN checkout.undo('key_taken')
    WHEN NOT EXISTS (SELECT FROM resumed)
        THEN checkout.undo('changed_meanwhile')
END AS undone,
ARRAY(SELECT id FROM events ORDER BY id) AS rows,
EXISTS (SELECT FROM checkout.sale_event
        WHERE ((sale_id = $1 AND sequence <= $2) OR (sale_id = $5 AND sequence < $6))
          AND published_at IS NULL) AS earlier_wait
"""
"""A parked sale taken up again, and the one that it sets aside."""

ANSWER: Final = """
WITH answered AS (
    INSERT INTO checkout.answer AS old
        (company, operator, key, fingerprint, outcome, body, stored_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (company, operator, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, outcome = excluded.outcome,
            body = excluded.body, stored_at = excluded.stored_at
        WHERE old.stored_at < excluded.stored_at - interval '24 hours'
    RETURNING 1
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM answered) THEN checkout.undo('key_taken') END
"""
"""A refusal that no sale was needed for."""

LOAD: Final = "SELECT document FROM checkout.sale WHERE id = $1 AND company = $2"

ACTIVE: Final = """
SELECT document FROM checkout.sale
WHERE company = $1 AND store = $2 AND register = $3 AND state IN ('open', 'paid') AND NOT parked
"""

PARKED: Final = """
SELECT document FROM checkout.sale
WHERE company = $1 AND store = $2 AND register = $3 AND state IN ('open', 'paid') AND parked
ORDER BY id DESC LIMIT $4
"""

CLOSED_LAST: Final = """
SELECT document FROM checkout.sale
WHERE company = $1 AND store = $2 AND register = $3 AND state = 'closed'
ORDER BY id DESC LIMIT 1
"""

RUNG_UP_UNTIL: Final = """
SELECT document FROM checkout.sale
WHERE company = $1 AND store = $2 AND register = $3 AND id <= $4
ORDER BY id DESC LIMIT 1
"""

FIRST_RUNG_UP: Final = """
SELECT document FROM checkout.sale
WHERE company = $1 AND store = $2 AND register = $3
ORDER BY id LIMIT 1
"""

PAID: Final = "SELECT document FROM checkout.sale WHERE state = 'paid' ORDER BY id LIMIT $1"

LAST_NUMBER: Final = """
SELECT coalesce(max(day_number), 0) FROM checkout.sale
WHERE company = $1 AND store = $2 AND business_date = $3
"""

FIND: Final = """
SELECT document FROM checkout.sale
WHERE company = $1
  AND (cardinality($2::text[]) = 0 OR store = ANY($2))
  AND ($3::text IS NULL OR store = $3)
  AND ($4::text IS NULL OR register = $4)
  AND ($5::date IS NULL OR business_date = $5)
  AND ($6::text IS NULL OR state = $6)
  AND ($7::uuid IS NULL OR id < $7)
  AND ($9::text IS NULL OR checkout.sale_matches(document, $9::text::jsonb))
ORDER BY id DESC LIMIT $8
"""

CASES: Final = """
SELECT sale_case.id, sale.document
FROM checkout.sale_case JOIN checkout.sale ON sale.id = sale_case.sale_id
WHERE sale_case.company = $1
  AND (cardinality($2::text[]) = 0 OR sale_case.store = ANY($2))
  AND ($3::text IS NULL OR sale_case.store = $3)
  AND ($4::text IS NULL OR sale_case.register = $4)
  AND ($5::text IS NULL OR sale_case.state = $5)
  AND ($6::uuid IS NULL OR sale_case.id < $6)
ORDER BY sale_case.id DESC LIMIT $7
"""

OPEN_CASES: Final = """
SELECT sale_case.id, sale.document
FROM checkout.sale_case JOIN checkout.sale ON sale.id = sale_case.sale_id
WHERE sale_case.company = $1 AND sale_case.store = $2 AND sale_case.register = $3
  AND sale_case.state = 'open' AND (cardinality($4::text[]) = 0 OR sale_case.store = ANY($4))
ORDER BY sale_case.id DESC LIMIT $5
"""
"""What a register shows at every load: by its own index, not by way of a general search."""

OVERRIDES: Final = """
SELECT id, at, store, register, sale_id, sale_number, operator, role, authorised_by, action,
       reason, before::text, after::text
FROM checkout.override WHERE company = $1"""
"""Followed by `outbox.audit_page`."""

SALE_OF_CASE: Final = "SELECT sale_id FROM checkout.sale_case WHERE id = $1 AND company = $2"

SEAT: Final = """
SELECT company, store, register, page, operator, since FROM checkout.register_seat
WHERE company = $1 AND store = $2 AND register = $3
"""

TAKE_SEAT: Final = """
INSERT INTO checkout.register_seat AS old (company, store, register, page, operator, since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (company, store, register) DO UPDATE
    SET page = excluded.page, operator = excluded.operator, since = excluded.since
    WHERE $7 AND old.page <> excluded.page
RETURNING company, store, register, page, operator, since
"""
"""No row: another page has the seat, or this one has it already."""

EVENTS: Final = """
SELECT payload FROM checkout.sale_event WHERE sale_id = $1 AND sequence > $2
ORDER BY sequence LIMIT $3
"""

STORED_ANSWER: Final = """
SELECT fingerprint, outcome, body, stored_at FROM checkout.answer
WHERE company = $1 AND operator = $2 AND key = $3
  AND stored_at >= $4::timestamptz - interval '24 hours'
"""

_HOLD: Final = """
SELECT operation.id, operation.company, operation.store, operation.terminal, operation.sale_id,
       operation.tender, operation.holds_terminal, operation.unresolved, operation.asked_at,
       operation.kind, operation.entry
"""

HOLD: Final = f"{_HOLD} FROM checkout.operation WHERE id = $1"

HOLD_OF_ENTRY: Final = f"""{_HOLD} FROM checkout.operation
WHERE company = $1 AND store = $2 AND entry = $3 ORDER BY id DESC LIMIT 1
"""
"""The newest: a terminal's slip numbers wrap."""

UNRESOLVED: Final = f"""{_HOLD}, sale.document
FROM checkout.operation JOIN checkout.sale ON sale.id = operation.sale_id
WHERE unresolved ORDER BY operation.id
"""

SEEN: Final = """
SELECT coalesce((SELECT contiguous FROM checkout.fact_cursor
                 WHERE company = $1 AND store = $2 AND epoch = $3), 0) AS contiguous,
       ARRAY(SELECT sequence FROM checkout.inbox
             WHERE company = $1 AND store = $2 AND epoch = $3
               AND sequence > coalesce((SELECT contiguous FROM checkout.fact_cursor
                                        WHERE company = $1 AND store = $2 AND epoch = $3), 0)
             ORDER BY sequence) AS ahead
"""

KEEP_CURSOR: Final = """
INSERT INTO checkout.fact_cursor AS old (company, store, epoch, contiguous)
VALUES ($1, $2, $3, $4)
ON CONFLICT (company, store, epoch) DO UPDATE
    SET contiguous = greatest(old.contiguous, excluded.contiguous)
"""

PURGE_ANSWERS: Final = """
DELETE FROM checkout.answer WHERE (company, operator, key) IN (
    SELECT company, operator, key FROM checkout.answer
    WHERE stored_at < $1::timestamptz - interval '25 hours' LIMIT $2)
"""

PURGE_INBOX: Final = """
DELETE FROM checkout.inbox WHERE fact_id IN (
    SELECT fact_id FROM checkout.inbox
    WHERE taken_at < $1::timestamptz - interval '30 days' LIMIT $2)
"""
