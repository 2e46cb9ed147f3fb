-- Receipt printers: where they are, who prints on which; and what stands on a receipt.

CREATE TABLE store_config.printers (
    company text NOT NULL,
    store   text NOT NULL,
    printer text COLLATE "C" NOT NULL,
    host    text NOT NULL,
    port    integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    profile text NOT NULL,
    columns integer NOT NULL CHECK (columns IN (32, 48)),
    PRIMARY KEY (company, store, printer),
    FOREIGN KEY (company, store) REFERENCES store_config.stores
);

-- A printer that a register prints on cannot be taken away under it: both go in one step.
ALTER TABLE store_config.registers
    ADD COLUMN printer text COLLATE "C",
    ADD FOREIGN KEY (company, store, printer) REFERENCES store_config.printers;

-- `issuer` has the shape of the contract's struct, which only grows; {} is all of its defaults.
ALTER TABLE store_config.stores
    ADD COLUMN issuer jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN slip_retention_years integer NOT NULL DEFAULT 7
        CHECK (slip_retention_years BETWEEN 1 AND 30);
