-- What two changes of one person at once race for.
ALTER TABLE store_config.operators ADD COLUMN version bigint NOT NULL DEFAULT 1;
