-- Money back: what a brand's rule says of it, a store's own rules, and who may ask for it.

ALTER TABLE store_config.companies
    ADD COLUMN refund_needs_manager boolean NOT NULL DEFAULT false,
    -- What two changes at once race for.
    ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- `store` '' is the company's rule; another is that store's own, which comes first from its day on.
ALTER TABLE store_config.brand_rules
    ADD COLUMN store text NOT NULL DEFAULT '',
    ADD COLUMN cancellable boolean NOT NULL DEFAULT true,
    ADD COLUMN reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 40),
    ADD COLUMN window_days integer CHECK (window_days BETWEEN 0 AND 4000),
    ADD COLUMN same_terminal_only boolean NOT NULL DEFAULT false,
    ADD COLUMN last_only boolean NOT NULL DEFAULT false,
    ADD COLUMN needs_card boolean NOT NULL DEFAULT true,
    ADD COLUMN prints_slip boolean NOT NULL DEFAULT true,
    ADD COLUMN ways text[] NOT NULL DEFAULT '{support}',
    DROP CONSTRAINT brand_rules_pkey,
    ADD PRIMARY KEY (company, store, brand, media, valid_from),
    ADD CONSTRAINT card_money_is_not_handed_back_in_cash
        CHECK (media <> 'card' OR NOT 'cash' = ANY(ways));

-- What was shipped before there was money back, as the manual has it (4-3, 4-4): of e-money only iD
-- and QUICPay go back on the terminal; a code needs its order number only, and prints no slip.
UPDATE store_config.brand_rules
   SET cancellable = false, reason = 'brand', ways = '{cash,support}'
 WHERE media = 'emoney' AND brand NOT IN ('iD', 'QUICPay');
UPDATE store_config.brand_rules SET needs_card = false, prints_slip = false WHERE media = 'code';

-- Each store's document shows the rules.
UPDATE store_config.stores SET version = version + 1;
