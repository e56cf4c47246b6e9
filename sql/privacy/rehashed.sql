-- Retained rows of some accounts as they will be staged from now on, with the hash by which they are known then.
-- place > 1 = a row of the account that differed from another one in what is blank now: of those that say the same, one
-- that is still held back stays. Inputs: quarantine.row.
CREATE TEMPORARY TABLE rehashed ON COMMIT DROP AS
WITH blanked AS (
    SELECT
        q.retained_id,
        q.source,
        q.dataset,
        q.scope,
        q.entity,
        q.rule,
        q.row_hash AS old_hash,
        q.last_batch_id,
        q.state,
        CASE
            WHEN q.entity = 'account_identity' THEN jsonb_build_object('account_key', q.fields -> 'account_key')
            WHEN q.entity = 'answer' AND q.fields ->> 'free_text' = 'true' AND q.fields ->> 'value' IS NOT NULL
                THEN q.fields || jsonb_build_object('value', CAST(:erased AS text))
            ELSE q.fields
        END
        || jsonb_build_object(
            'account_ref', CAST(:erased AS text) || ' ' || (q.fields ->> 'account_key'),
            'out_of_scope', q.fields -> 'out_of_scope'
        )
            AS fields
    FROM quarantine.row AS q
    WHERE q.fields ->> 'account_key' = ANY(CAST(:accounts AS text[]))
),

hashed AS (
    SELECT
        b.*,
        sha256(convert_to(CAST(jsonb_strip_nulls(b.fields - 'account_key') AS text), 'UTF8')) AS new_hash
    FROM blanked AS b
)

SELECT
    h.*,
    row_number() OVER (
        PARTITION BY h.source, h.dataset, h.scope, h.entity, h.new_hash, h.rule
        ORDER BY (h.state = 'open') DESC, h.last_batch_id DESC, h.retained_id DESC
    ) AS place
FROM hashed AS h
