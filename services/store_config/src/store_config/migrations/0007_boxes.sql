-- The boxes that were enrolled for stores, or are to be. A row is the truth about a key: what the
-- message server is told (`cut_off`) follows it.

CREATE TABLE store_config.boxes (
    box              uuid PRIMARY KEY,
    company          text NOT NULL,
    store            text NOT NULL,
    state            text NOT NULL CHECK (state IN ('awaiting', 'enrolled', 'revoked', 'replaced')),
    -- What two changes of one box at once race for.
    version          bigint NOT NULL CHECK (version > 0),
    created_at       timestamptz NOT NULL,
    created_by       text NOT NULL,
    -- SHA-256 of the code; the code itself is nowhere.
    code_digest      bytea NOT NULL UNIQUE CHECK (length(code_digest) = 32),
    code_expires_at  timestamptz NOT NULL,
    public_key       text UNIQUE,
    hostname         text,
    enrolled_at      timestamptz,
    key_issued_at    timestamptz,
    token_expires_at timestamptz,
    ended_at         timestamptz,
    ended_by         text,
    cut_off          boolean NOT NULL DEFAULT false,
    FOREIGN KEY (company, store) REFERENCES store_config.stores,
    CHECK ((state IN ('revoked', 'replaced')) = (ended_at IS NOT NULL)),
    CHECK ((public_key IS NULL) = (token_expires_at IS NULL)),
    CHECK (state <> 'enrolled' OR public_key IS NOT NULL)
);

-- One box stands for a store, and one code holds for it.
CREATE UNIQUE INDEX boxes_enrolled ON store_config.boxes (company, store)
    WHERE state = 'enrolled';
CREATE UNIQUE INDEX boxes_awaiting ON store_config.boxes (company, store)
    WHERE state = 'awaiting';
CREATE INDEX boxes_of_store ON store_config.boxes (company, store);
CREATE INDEX boxes_to_cut_off ON store_config.boxes (box)
    WHERE ended_at IS NOT NULL AND public_key IS NOT NULL AND NOT cut_off;
