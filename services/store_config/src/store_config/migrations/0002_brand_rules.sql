-- What holds for a brand, by company and from a day on. The rules that every company begins with
-- are shipped with the code (`store_config.brand_rules`) and added at start where one is missing.

CREATE TABLE store_config.brand_rules (
    company    text NOT NULL REFERENCES store_config.companies,
    brand      text NOT NULL CHECK (length(brand) BETWEEN 1 AND 40),
    media      text NOT NULL CHECK (media IN ('card', 'emoney', 'code')),
    valid_from date NOT NULL,
    -- 処理未了: what an e-money touch that broke off is until the terminal shows what it was.
    counts_as_sold_until_shown_otherwise boolean NOT NULL,
    investigation_days integer NOT NULL CHECK (investigation_days BETWEEN 0 AND 400),
    PRIMARY KEY (company, brand, media, valid_from)
);
