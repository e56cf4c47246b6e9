-- An unchanged record of a batch that an earlier part of it brought, too: it is counted there, and here as repeated.
-- Inputs: staging.unchanged.
WITH brought AS (
    SELECT
        u.record_no,
        u.row_counts,
        i.record_id,
        row_number() OVER (PARTITION BY i.record_id ORDER BY u.record_no) AS copy
    FROM staging.unchanged AS u
    CROSS JOIN LATERAL unnest(u.record_ids) AS i (record_id)
    WHERE u.batch_id = :batch_id
),

kept AS (
    SELECT
        b.record_no,
        b.row_counts,
        coalesce(array_agg(b.record_id) FILTER (WHERE b.copy = 1), '{}') AS record_ids,
        count(*) FILTER (WHERE b.copy > 1) AS repeated
    FROM brought AS b
    GROUP BY b.record_no, b.row_counts
)

UPDATE staging.unchanged AS u
SET
    record_ids = k.record_ids,
    repeated = k.repeated
FROM kept AS k
WHERE
    u.batch_id = :batch_id
    AND u.record_no = k.record_no
    AND u.row_counts = k.row_counts
    AND k.repeated > 0
