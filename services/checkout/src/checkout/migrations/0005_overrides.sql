-- Every override about a sale, written in the statement that commits it. Few sales have one.
CREATE TABLE override (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    company       text        NOT NULL,
    store         text        NOT NULL,
    register      text        NOT NULL,
    sale_id       uuid        NOT NULL,
    sale_number   text        NOT NULL,
    sequence      integer     NOT NULL,             -- of the sale's event that did it
    operator      text,
    role          text        NOT NULL,
    authorised_by text,
    action        text        NOT NULL,
    reason        text        NOT NULL,
    before        jsonb       NOT NULL,
    after         jsonb       NOT NULL
);
-- One index a filter, each in the order in which pages are turned.
CREATE INDEX override_newest ON override (company, at DESC, id DESC);
CREATE INDEX override_of_store ON override (company, store, at DESC, id DESC);
CREATE INDEX override_of_action ON override (company, action, at DESC, id DESC);

CREATE FUNCTION override_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'overrides are append-only';
END
$$;

CREATE TRIGGER override_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON override
    FOR EACH STATEMENT EXECUTE FUNCTION override_is_append_only();
