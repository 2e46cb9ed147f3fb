-- The journal of one store's gateway. Durable on commit (WAL, synchronous=FULL).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- One row an operation; `body` is terminal_gateway.model.Operation as JSON. Rows are in the order
-- of their intents, so old ones are found at one end.
CREATE TABLE operation (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    open     INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    body     BLOB    NOT NULL
);
CREATE INDEX operation_open ON operation (position) WHERE open = 1;

-- The outbox, kept after publishing for replay. `position` is the order of the commits.
CREATE TABLE fact (
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
CREATE TABLE seen (
    position INTEGER PRIMARY KEY,
    key      TEXT    NOT NULL UNIQUE,
    at_ms    INTEGER NOT NULL
);
