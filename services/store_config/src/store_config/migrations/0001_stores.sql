-- The record of `store_config`. Codes are case-sensitive; every table begins with the company.

CREATE TABLE store_config.companies (
    company text PRIMARY KEY,
    name    text NOT NULL
);

CREATE TABLE store_config.stores (
    company             text NOT NULL REFERENCES store_config.companies,
    store               text NOT NULL,
    name                text NOT NULL,
    terminal_option     boolean NOT NULL,
    customer_slip       text NOT NULL DEFAULT 'manual',
    slip_reprint        text NOT NULL DEFAULT 'terminal_only',
    business_day_starts text NOT NULL DEFAULT '05:00',
    time_zone           text NOT NULL DEFAULT 'Asia/Tokyo',
    support_contact     text NOT NULL DEFAULT '',
    version             bigint NOT NULL CHECK (version > 0),
    -- What the bucket has acknowledged: a row that is behind is the pending publication.
    published_version   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (company, store)
);

CREATE INDEX stores_unpublished ON store_config.stores (company, store)
    WHERE published_version < version;

CREATE TABLE store_config.registers (
    company       text NOT NULL,
    store         text NOT NULL,
    register      text NOT NULL,
    name          text NOT NULL,
    main_register text,
    PRIMARY KEY (company, store, register),
    FOREIGN KEY (company, store) REFERENCES store_config.stores
);

-- A place for a terminal; the device in it can be replaced by another serial.
CREATE TABLE store_config.terminals (
    company   text NOT NULL,
    store     text NOT NULL,
    terminal  text NOT NULL,
    model     text NOT NULL,
    serial    text NOT NULL,
    host      text NOT NULL,
    port      integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    abilities jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (company, store, terminal),
    UNIQUE (company, serial),
    FOREIGN KEY (company, store) REFERENCES store_config.stores
);

-- Who held what, and until when. The present pairing has no end; both ways there is only one.
CREATE TABLE store_config.pairings (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company     text NOT NULL,
    store       text NOT NULL,
    register    text NOT NULL,
    terminal    text NOT NULL,
    paired_at   timestamptz NOT NULL,
    paired_by   text NOT NULL,
    unpaired_at timestamptz,
    unpaired_by text,
    FOREIGN KEY (company, store, register) REFERENCES store_config.registers,
    FOREIGN KEY (company, store, terminal) REFERENCES store_config.terminals
);

CREATE UNIQUE INDEX pairings_of_register ON store_config.pairings (company, store, register)
    WHERE unpaired_at IS NULL;
CREATE UNIQUE INDEX pairings_of_terminal ON store_config.pairings (company, store, terminal)
    WHERE unpaired_at IS NULL;

CREATE TABLE store_config.operators (
    company       text NOT NULL REFERENCES store_config.companies,
    operator      text NOT NULL,
    name          text NOT NULL,
    role          text NOT NULL,
    -- Empty: all of the company's.
    stores        text[] NOT NULL DEFAULT '{}',
    password_hash text NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    PRIMARY KEY (company, operator)
);

CREATE TABLE store_config.sessions (
    -- SHA-256 of the token; the token itself is nowhere.
    digest       bytea PRIMARY KEY CHECK (length(digest) = 32),
    company      text NOT NULL,
    operator     text NOT NULL,
    opened_at    timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    FOREIGN KEY (company, operator) REFERENCES store_config.operators
);

CREATE INDEX sessions_by_end ON store_config.sessions (expires_at);

-- No reference to operators: a name that does not exist is counted like one that does.
CREATE TABLE store_config.login_failures (
    company  text NOT NULL,
    operator text NOT NULL,
    address  text NOT NULL,
    count    integer NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (company, operator, address)
);

CREATE INDEX login_failures_by_age ON store_config.login_failures (last_at);

CREATE TABLE store_config.answers (
    company     text NOT NULL,
    operator    text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    outcome     text NOT NULL,
    body        bytea NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (company, operator, key)
);

CREATE INDEX answers_by_age ON store_config.answers (at);

CREATE TABLE store_config.audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    company    text NOT NULL,
    store      text NOT NULL,
    by_company text NOT NULL,
    operator   text NOT NULL,
    role       text NOT NULL,
    action     text NOT NULL,
    before     jsonb NOT NULL,
    after      jsonb NOT NULL
);

CREATE INDEX audit_by_store ON store_config.audit (company, store, id);

CREATE FUNCTION store_config.audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER audit_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON store_config.audit
    FOR EACH STATEMENT EXECUTE FUNCTION store_config.audit_is_append_only();
