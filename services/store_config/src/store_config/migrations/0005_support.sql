-- Whom to call, where to read, and what is being worked on: one row a company, which is what two
-- changes at once race for. `notices` has the shape of the contract's struct, which only grows.

CREATE TABLE store_config.support (
    company   text PRIMARY KEY REFERENCES store_config.companies,
    contact   text NOT NULL CHECK (length(contact) <= 200),
    site      text NOT NULL CHECK (site = '' OR site LIKE 'https://%'),
    everybody boolean NOT NULL,
    notices   jsonb NOT NULL,
    version   bigint NOT NULL CHECK (version > 0)
);
