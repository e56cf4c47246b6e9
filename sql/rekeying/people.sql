-- The history of the persons under their new names; what is known of them stays, and so do the row hashes (the name is
-- no part of them). Inputs: old_person (the persons as they were), label_run, key_map, ops.batch.
INSERT INTO warehouse.person (source, person_key, valid_from, valid_to, batch_id, __attributes__)
WITH piece AS (
    SELECT
        p.source,
        coalesce(r.label, m.new_key, p.person_key) AS person_key,
        greatest(p.valid_from, coalesce(r.at, p.valid_from)) AS valid_from,
        least(p.valid_to, coalesce(r.until, p.valid_to)) AS valid_to,
        CASE WHEN r.at > p.valid_from THEN coalesce(b.batch_id, p.batch_id) ELSE p.batch_id END AS batch_id,
        __pattributes__
    FROM old_person AS p
    LEFT JOIN label_run AS r ON p.person_key = r.person_key AND p.valid_to > r.at AND p.valid_from < r.until
    LEFT JOIN key_map AS m ON p.person_key = m.old_key
    LEFT JOIN ops.batch AS b ON r.at = b.merged_at
),

marked AS (
    SELECT
        p.*,
        (lag(p.valid_to) OVER w = p.valid_from AND lag(p.row_hash) OVER w = p.row_hash) IS NOT TRUE AS begins
    FROM piece AS p
    WINDOW w AS (PARTITION BY p.source, p.person_key ORDER BY p.valid_from)
),

run AS (
    SELECT
        m.*,
        count(*) FILTER (WHERE m.begins) OVER v AS number
    FROM marked AS m
    WINDOW v AS (PARTITION BY m.source, m.person_key ORDER BY m.valid_from)
),

whole AS (
    SELECT
        r.*,
        max(r.valid_to) OVER (PARTITION BY r.source, r.person_key, r.number) AS ends
    FROM run AS r
)

SELECT
    w.source,
    w.person_key,
    w.valid_from,
    w.ends,
    w.batch_id,
    __attributes__
FROM whole AS w
WHERE w.begins
ORDER BY w.person_key, w.valid_from
