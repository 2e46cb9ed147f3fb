-- What stands on slips, by operation. Card data is masked; the merchant's mask of an e-money
-- number is not here and never will be: the two masks together are the whole number.
CREATE TABLE slip (
    operation_id           uuid        PRIMARY KEY,
    company                text        NOT NULL,
    store                  text        NOT NULL,
    terminal               text        NOT NULL,
    serial                 text        NOT NULL,
    terminal_business_date date,
    slip_number            text        NOT NULL,
    kind                   text        NOT NULL,
    media                  text        NOT NULL,
    brand                  text        NOT NULL,
    slip                   bytea       NOT NULL,    -- JSON, as first said
    layout                 integer     NOT NULL,    -- the version it is laid out with, for ever
    event_id               uuid        NOT NULL,
    seen_at                timestamptz NOT NULL
);
CREATE INDEX slip_age ON slip (company, store, seen_at);

-- Another content for an operation whose slip was known: evidence, never printed.
CREATE TABLE contrary_slip (
    event_id     uuid        PRIMARY KEY,
    operation_id uuid        NOT NULL,
    company      text        NOT NULL,
    store        text        NOT NULL,
    slip         bytea       NOT NULL,
    seen_at      timestamptz NOT NULL
);
CREATE INDEX contrary_slip_operation ON contrary_slip (operation_id);
CREATE INDEX contrary_slip_age ON contrary_slip (company, store, seen_at);

-- The merchant's number of an e-money payment, sealed by the store's box; in a table of its own.
CREATE TABLE merchant_number (
    operation_id uuid        PRIMARY KEY,
    company      text        NOT NULL,
    store        text        NOT NULL,
    terminal     text        NOT NULL,
    state        text        NOT NULL,              -- wanted, sealed, none
    asked        integer     NOT NULL,
    ask_at       timestamptz NOT NULL,
    key_id       text        NOT NULL DEFAULT '',
    sealed       text        NOT NULL DEFAULT ''
);
CREATE INDEX merchant_number_wanted ON merchant_number (ask_at) WHERE state = 'wanted';

-- Sales as their newest event has them, and who sold when they were first paid.
CREATE TABLE sale (
    id        uuid        PRIMARY KEY,
    company   text        NOT NULL,
    store     text        NOT NULL,
    sequence  integer     NOT NULL,
    state     text        NOT NULL,                 -- closed and voided ones are remembered
    document  bytea       NOT NULL,
    seller    bytea,
    layout    integer     NOT NULL,
    opened_at timestamptz NOT NULL,
    heard_at  timestamptz NOT NULL
) WITH (fillfactor = 70);                           -- every event rewrites the row: room beside it
CREATE INDEX sale_age ON sale (company, store, opened_at);

-- Paper on its way. Never the paper itself.
CREATE TABLE print_job (
    id           uuid        PRIMARY KEY,           -- UUIDv7: newest last
    company      text        NOT NULL,
    store        text        NOT NULL,
    register     text        NOT NULL,
    sale_id      uuid        NOT NULL,
    what         text        NOT NULL,
    state        text        NOT NULL,              -- waiting, sent, printed, not_printed
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    tender       integer,
    operation_id uuid,
    operation    text,
    copy         text,
    printer      text,
    reason       text        NOT NULL DEFAULT '',
    partly       boolean     NOT NULL DEFAULT false,
    ended_at     timestamptz,
    reprint      boolean     NOT NULL DEFAULT false,
    by_operator  text                               -- null: printed by itself
);
-- By itself each copy of an operation is printed once, whatever is delivered again.
CREATE UNIQUE INDEX print_job_by_itself ON print_job (operation_id, copy)
    WHERE by_operator IS NULL;
CREATE INDEX print_job_sale ON print_job (company, sale_id, id DESC);
CREATE INDEX print_job_open ON print_job (id) WHERE state IN ('waiting', 'sent');
CREATE INDEX print_job_age ON print_job (company, store, requested_at);

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

-- What somebody will ask about one day. Written once.
CREATE TABLE audit (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    company     text        NOT NULL,
    store       text        NOT NULL,
    what        text        NOT NULL,
    by_operator text,
    told        jsonb       NOT NULL
);
CREATE INDEX audit_store ON audit (company, store, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was written down is never changed';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
