"""The SQL of the boxes, named. See `queries`."""

from typing import Final

_BOX: Final = """
SELECT box::text, company, store, state, version, created_at, created_by, code_digest,
       code_expires_at, public_key, hostname, enrolled_at, key_issued_at, token_expires_at,
       ended_at, ended_by, cut_off
  FROM store_config.boxes
"""

OF_COMPANY: Final = (
    _BOX
    + " WHERE company = $1 AND ($2::text[] IS NULL OR store = ANY($2))"
    + " ORDER BY store, created_at DESC, box DESC"
)
STANDING: Final = (
    _BOX + " WHERE company = $1 AND store = $2 AND state IN ('awaiting', 'enrolled') ORDER BY box"
)
READ_BOX: Final = _BOX + " WHERE company = $1 AND box = $2::text::uuid"
BY_CODE: Final = _BOX + " WHERE code_digest = $1"
KNOWS_KEY: Final = "SELECT EXISTS (SELECT FROM store_config.boxes WHERE public_key = $1)"

ADD_BOX: Final = """
INSERT INTO store_config.boxes
       (box, company, store, state, version, created_at, created_by, code_digest, code_expires_at)
VALUES ($1::text::uuid, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING version
"""

CHANGE_BOX: Final = """
UPDATE store_config.boxes
   SET state = $4, version = $5, public_key = $6, hostname = $7, enrolled_at = $8,
       key_issued_at = $9, token_expires_at = $10, ended_at = $11, ended_by = $12
 WHERE company = $1 AND box = $2::text::uuid AND version = $3
RETURNING version
"""

ANY_TO_CUT_OFF: Final = """
SELECT EXISTS (SELECT FROM store_config.boxes
                WHERE ended_at IS NOT NULL AND public_key IS NOT NULL AND NOT cut_off)
"""

ONE_AT_A_TIME: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended('store_config.boxes.cut_off', 0))"
)

REVOKED: Final = """
SELECT box::text, public_key, ended_at
  FROM store_config.boxes
 WHERE ended_at IS NOT NULL AND public_key IS NOT NULL
   AND (NOT cut_off OR token_expires_at > $1)
 ORDER BY box
"""

ENDED: Final = """
SELECT count(*) AS of_all, count(*) FILTER (WHERE company = $2 AND store = $3) AS of_store
  FROM store_config.boxes
 WHERE ended_at IS NOT NULL AND public_key IS NOT NULL
   AND (NOT cut_off OR token_expires_at > $1)
"""

CUT_OFF: Final = """
UPDATE store_config.boxes SET cut_off = true WHERE box = ANY($1::text[]::uuid[]) AND NOT cut_off
"""

SWEEP_BOXES: Final = (
    "DELETE FROM store_config.boxes WHERE public_key IS NULL AND code_expires_at <= $1"
)
