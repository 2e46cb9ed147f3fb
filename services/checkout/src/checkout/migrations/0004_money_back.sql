-- What an operation was asked as, and where the terminal's journal has the payment that it took: a
-- void by hand names the slip that it gives back, and must find its sale.
ALTER TABLE operation ADD COLUMN kind text NOT NULL DEFAULT 'payment', ADD COLUMN entry text;
CREATE INDEX operation_entry ON operation (company, store, entry, id DESC)
    WHERE entry IS NOT NULL;

-- 伝票明細: what people search by stands in the document. It is read for sales that company, store
-- and day have let through; nothing is written for it, so that paying stays as fast as it is.
CREATE FUNCTION sale_matches(document bytea, wanted jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    WITH sale AS (SELECT convert_from(document, 'UTF8')::jsonb AS it)
    SELECT (wanted -> 'number' IS NULL OR position(wanted ->> 'number' IN it ->> 'number') > 0)
       AND (wanted -> 'amount' IS NULL OR it -> 'total' = wanted -> 'amount' OR EXISTS (
            SELECT FROM jsonb_array_elements(coalesce(it -> 'tenders', '[]')) AS tender
            WHERE tender -> 'amount' = wanted -> 'amount'))
       AND (NOT wanted ?| array['slip_number', 'card_last', 'brand'] OR EXISTS (
            SELECT FROM jsonb_array_elements(coalesce(it -> 'tenders', '[]')) AS tender
            WHERE (wanted -> 'slip_number' IS NULL
                   OR wanted -> 'slip_number' IN (tender -> 'slip_number', tender -> 'voided_by')
                   OR EXISTS (
                        SELECT FROM jsonb_array_elements(coalesce(tender -> 'operations', '[]'))
                            AS operation
                        WHERE operation -> 'slip_number' = wanted -> 'slip_number'))
              AND (wanted -> 'card_last' IS NULL
                   OR right(tender ->> 'card_number', 4) = wanted ->> 'card_last')
              AND (wanted -> 'brand' IS NULL
                   OR lower(tender ->> 'brand') = lower(wanted ->> 'brand'))))
       AND (wanted -> 'void_due' IS NULL OR wanted -> 'void_due' = to_jsonb(
            it ->> 'state' = 'closed' AND (
                SELECT coalesce(sum((tender ->> 'amount')::bigint), 0)
                FROM jsonb_array_elements(coalesce(it -> 'tenders', '[]')) AS tender
                WHERE (tender ->> 'counted')::boolean
                  AND tender ->> 'state' IN ('approved', 'refunding', 'refund_in_doubt')
            ) < (it ->> 'total')::bigint))
    FROM sale
$$;
