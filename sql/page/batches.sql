-- Batches with what they brought: one row per batch, newest first. Inputs: ops.batch, row_account; null = any source.
SELECT
    b.batch_id,
    b.source,
    b.state,
    b.started_at,
    b.merged_at,
    b.message,
    a.landed,
    a.new,
    a.changed,
    a.unchanged,
    a.quarantined
FROM (
    SELECT b.*
    FROM ops.batch AS b
    WHERE CAST(:source AS text) IS NULL OR b.source = :source
    ORDER BY b.batch_id DESC
    LIMIT :size OFFSET :start
) AS b
LEFT JOIN LATERAL (
    SELECT
        sum(r.landed) AS landed,
        sum(r.new) AS new,
        sum(r.changed) AS changed,
        sum(r.unchanged) AS unchanged,
        sum(r.quarantined) AS quarantined
    FROM ops.row_account AS r
    WHERE r.batch_id = b.batch_id
) AS a ON TRUE
ORDER BY b.batch_id DESC
