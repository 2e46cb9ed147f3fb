-- The record of sales. A sale is one document, as the code has it; what is searched, guarded or
-- compared stands beside it as a column.
CREATE TABLE sale (
    id            uuid        PRIMARY KEY,          -- UUIDv7: newest last
    company       text        NOT NULL,
    store         text        NOT NULL,
    register      text        NOT NULL,
    business_date date        NOT NULL,
    day_number    integer     NOT NULL,             -- counts within the store's day
    state         text        NOT NULL,
    parked        boolean     NOT NULL DEFAULT false,
    sequence      integer     NOT NULL,             -- of its last event: what was decided upon
    document      bytea       NOT NULL,
    UNIQUE (company, store, business_date, day_number)
) WITH (fillfactor = 70);                           -- every change rewrites the row: room beside it

CREATE INDEX sale_newest ON sale (company, store, register, id DESC);

-- A register rings up one sale at a time; opening another parks it, in the same statement.
CREATE UNIQUE INDEX sale_active ON sale (company, store, register)
    WHERE state IN ('open', 'paid') AND NOT parked;
CREATE INDEX sale_parked ON sale (company, store, register, id DESC)
    WHERE state IN ('open', 'paid') AND parked;

-- Every change of a sale, numbered without a gap; and the outbox (see outbox/schema.sql).
CREATE TABLE sale_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id      uuid        NOT NULL,
    sequence     integer     NOT NULL,
    message_id   uuid        NOT NULL,
    subject      text        NOT NULL,
    payload      bytea       NOT NULL,              -- as encoded at commit, byte by byte
    headers      jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    UNIQUE (sale_id, sequence)
);
CREATE INDEX sale_event_unpublished ON sale_event (id) WHERE published_at IS NULL;

-- What was asked of terminals. Kept for ever: a result that comes late must find its sale.
CREATE TABLE operation (
    id             uuid        PRIMARY KEY,
    company        text        NOT NULL,
    store          text        NOT NULL,
    terminal       text        NOT NULL,
    sale_id        uuid        NOT NULL,
    tender         integer     NOT NULL,
    holds_terminal boolean     NOT NULL,
    unresolved     boolean     NOT NULL,
    asked_at       timestamptz NOT NULL
);
-- One operation at a time on a terminal, whatever any process believes.
CREATE UNIQUE INDEX operation_holds_terminal ON operation (company, store, terminal)
    WHERE holds_terminal;
CREATE INDEX operation_unresolved ON operation (id) WHERE unresolved;

-- Answers by the caller's Idempotency-Key, for 24 hours.
CREATE TABLE answer (
    company     text        NOT NULL,
    operator    text        NOT NULL,
    key         text        NOT NULL,
    fingerprint text        NOT NULL,
    outcome     text        NOT NULL,
    body        bytea       NOT NULL,
    stored_at   timestamptz NOT NULL,
    PRIMARY KEY (company, operator, key)
);
CREATE INDEX answer_age ON answer USING brin (stored_at);

-- Facts that were taken in: redelivery is recognised here, not by the stream.
CREATE TABLE inbox (
    fact_id  uuid        PRIMARY KEY,
    company  text        NOT NULL,
    store    text        NOT NULL,
    epoch    bigint      NOT NULL,
    sequence bigint      NOT NULL,
    taken_at timestamptz NOT NULL
);
CREATE INDEX inbox_order ON inbox (company, store, epoch, sequence);
CREATE INDEX inbox_age ON inbox USING brin (taken_at);

-- Of each gateway's epoch, everything up to here has been taken in.
CREATE TABLE fact_cursor (
    company    text   NOT NULL,
    store      text   NOT NULL,
    epoch      bigint NOT NULL,
    contiguous bigint NOT NULL,
    PRIMARY KEY (company, store, epoch)
);

-- Undoes the whole statement that calls it, with a code of our own.
CREATE FUNCTION undo(reason text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'RK001', MESSAGE = reason;
END
$$;
