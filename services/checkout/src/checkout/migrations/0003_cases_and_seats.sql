-- Where the cases (差異) of sales are found again; what they say stands in the sale's document.
CREATE TABLE sale_case (
    id       uuid PRIMARY KEY,                      -- UUIDv7: newest last
    company  text NOT NULL,
    store    text NOT NULL,
    register text NOT NULL,
    sale_id  uuid NOT NULL,
    state    text NOT NULL
);
CREATE INDEX sale_case_newest ON sale_case (company, id DESC);
CREATE INDEX sale_case_open ON sale_case (company, store, register, id DESC)
    WHERE state = 'open';

INSERT INTO sale_case (id, company, store, register, sale_id, state)
SELECT (entry ->> 'id')::uuid, sale.company, sale.store, sale.register, sale.id, entry ->> 'state'
FROM sale, jsonb_array_elements(convert_from(sale.document, 'UTF8')::jsonb -> 'cases') AS entry
ON CONFLICT (id) DO NOTHING;

-- Which page a register obeys: one at a time.
CREATE TABLE register_seat (
    company  text        NOT NULL,
    store    text        NOT NULL,
    register text        NOT NULL,
    page     text        NOT NULL,
    operator text        NOT NULL,
    since    timestamptz NOT NULL,
    PRIMARY KEY (company, store, register)
);
