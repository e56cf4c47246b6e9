-- Retained rows of some accounts as they will be staged from now on, with the hash by which they are known then.
-- place > 1 = a row that differed from another one in what is blank now, be that of these accounts (own) or of one that
-- was erased before: of all that say the same, one that is still held back stays. Inputs: quarantine.row.
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
        || jsonb_build_object('account_ref', CAST(:erased AS text), 'out_of_scope', q.fields -> 'out_of_scope')
            AS fields
    FROM quarantine.row AS q
    WHERE q.fields ->> 'account_key' = ANY(CAST(:accounts AS text[]))
),

hashed AS (
    SELECT
        b.*,
        sha256(convert_to(CAST(jsonb_strip_nulls(b.fields - 'account_key') AS text), 'UTF8')) AS new_hash
    FROM blanked AS b
),

together AS (
    SELECT
        h.*,
        TRUE AS own
    FROM hashed AS h
    UNION ALL
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
        q.fields,
        q.row_hash AS new_hash,
        FALSE AS own
    FROM quarantine.row AS q
    WHERE
        (q.source, q.dataset, q.scope, q.entity, q.row_hash, q.rule) IN (
            SELECT
                h.source,
                h.dataset,
                h.scope,
                h.entity,
                h.new_hash,
                h.rule
            FROM hashed AS h
        )
        AND q.retained_id NOT IN (SELECT h.retained_id FROM hashed AS h)
)

SELECT
    t.*,
    row_number() OVER (
        PARTITION BY t.source, t.dataset, t.scope, t.entity, t.new_hash, t.rule
        ORDER BY (t.state = 'open') DESC, t.last_batch_id DESC, t.retained_id DESC
    ) AS place
FROM together AS t
