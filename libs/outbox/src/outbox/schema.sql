-- The table that a service creates in its own schema, in one of its migrations, so that
-- `outbox.relay` can publish from it. It may have more columns, and another name (the relay is told
-- it): a table of events can be its own outbox. Rows are written in the same statement or
-- transaction as the state they tell of, and are kept for replay: `published_at` marks them.
--
-- Order: rows that must arrive in order draw their ids one after another, under the lock of what
-- they are about (the sale's row). Between others there is none: transactions commit out of id
-- order, so the relay looks for unmarked rows and never for "ids after the last one".
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   uuid        NOT NULL UNIQUE,       -- becomes Nats-Msg-Id: the same on every try
    subject      text        NOT NULL,
    payload      bytea       NOT NULL,              -- as encoded at commit, byte by byte
    headers      jsonb,                             -- {"traceparent": "..."}; text values only
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);

-- What is left to publish, small however long the history: the relay's only way in.
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
