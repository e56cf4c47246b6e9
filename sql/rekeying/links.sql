-- The history of the links as it would be, had it always been lived with the new key: a link changes where its person
-- is called otherwise, and nowhere else. Inputs: member, label_run, ops.batch.
INSERT INTO warehouse.person_link (
    account_key, source, person_key, reason, valid_from, valid_to, row_hash, batch_id, dataset, scope, stale
)
WITH piece AS (
    SELECT
        m.new_key AS account_key,
        m.source,
        r.label AS person_key,
        m.reason,
        greatest(m.valid_from, r.at) AS valid_from,
        least(m.valid_to, r.until) AS valid_to,
        CASE WHEN r.at > m.valid_from THEN coalesce(b.batch_id, m.batch_id) ELSE m.batch_id END AS batch_id
    FROM member AS m
    INNER JOIN label_run AS r ON m.person_key = r.person_key AND m.valid_to > r.at AND m.valid_from < r.until
    LEFT JOIN ops.batch AS b ON r.at = b.merged_at
),

marked AS (
    SELECT
        p.*,
        (
            lag(p.valid_to) OVER w = p.valid_from
            AND lag(p.person_key) OVER w = p.person_key
            AND lag(p.reason) OVER w = p.reason
        ) IS NOT TRUE AS begins
    FROM piece AS p
    WINDOW w AS (PARTITION BY p.account_key, p.source ORDER BY p.valid_from)
),

run AS (
    SELECT
        m.*,
        count(*) FILTER (WHERE m.begins) OVER v AS number
    FROM marked AS m
    WINDOW v AS (PARTITION BY m.account_key, m.source ORDER BY m.valid_from)
),

whole AS (
    SELECT
        r.*,
        max(r.valid_to) OVER (PARTITION BY r.account_key, r.source, r.number) AS ends
    FROM run AS r
)

SELECT
    w.account_key,
    w.source,
    w.person_key,
    w.reason,
    w.valid_from,
    w.ends,
    -- as sql/identity/write_links.sql
    int8send(hash_record_extended(ROW(w.person_key, w.reason), 0)) AS row_hash,
    w.batch_id,
    '' AS dataset,
    '' AS scope,
    FALSE AS stale
FROM whole AS w
WHERE w.begins
ORDER BY w.account_key, w.valid_from
