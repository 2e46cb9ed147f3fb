-- The journal of one store's gateway. Durable on commit (WAL, synchronous=FULL).
-- A later version only adds tables and indexes: an older file gets what it lacks when it is opened.

CREATE TABLE IF NOT EXISTS meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- One row an operation; `body` is terminal_gateway.model.Operation as JSON. Rows are in the order
-- of their intents, so old ones are found at one end.
CREATE TABLE IF NOT EXISTS operation (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    open     INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    body     BLOB    NOT NULL
);
CREATE INDEX IF NOT EXISTS operation_open ON operation (position) WHERE open = 1;

-- The outbox, kept after publishing for replay. `position` is the order of the commits.
CREATE TABLE IF NOT EXISTS fact (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL,
    epoch    INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    terminal TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    trace    BLOB    NOT NULL,
    payload  BLOB    NOT NULL,
    UNIQUE (epoch, sequence)
);

-- Results that fitted no intent, so that a repeat is recognised.
CREATE TABLE IF NOT EXISTS seen (
    position INTEGER PRIMARY KEY,
    key      TEXT    NOT NULL UNIQUE,
    at_ms    INTEGER NOT NULL
);

-- Since version 2: the copy of the terminals' journals (決済履歴), one book a serial number.
CREATE TABLE IF NOT EXISTS book (
    id             INTEGER PRIMARY KEY,
    serial         TEXT    NOT NULL UNIQUE,
    began          TEXT    NOT NULL,
    complete_to    INTEGER NOT NULL,
    complete_at_ms INTEGER
);

-- `key` is book << 40 | the terminal's own number; `operation` whose end it is, if one of ours;
-- `body` is terminal_gateway.model.NumberedEntry as JSON.
CREATE TABLE IF NOT EXISTS entry (
    key       INTEGER PRIMARY KEY,
    day       TEXT    NOT NULL,
    slip      TEXT    NOT NULL,
    media     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    amount    INTEGER NOT NULL,
    voids     TEXT,
    operation TEXT,
    at_ms     INTEGER NOT NULL,
    body      BLOB    NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_day ON entry (day);
CREATE INDEX IF NOT EXISTS entry_slip ON entry (slip);
CREATE INDEX IF NOT EXISTS entry_media ON entry (media);
CREATE INDEX IF NOT EXISTS entry_voids ON entry (voids) WHERE voids IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_unsettled ON entry (state)
    WHERE state = 'pending' OR state = 'incomplete';
