-- Retained rows that wait for a decision, never what they say: one row each, newest first.
-- Inputs: quarantine.row, ops.batch, landed_file; null = any batch.
SELECT
    q.retained_id,
    q.source,
    q.dataset,
    q.entity,
    q.rule,
    coalesce(nullif(f.original_name, ''), CAST(q.landed_file_id AS text)) AS file,
    q.position,
    q.last_batch_id,
    b.started_at AS first_seen,
    count(*) OVER () AS total
FROM quarantine.row AS q
LEFT JOIN ops.batch AS b ON q.first_batch_id = b.batch_id
LEFT JOIN ops.landed_file AS f ON q.landed_file_id = f.landed_file_id
WHERE q.state = 'open' AND (CAST(:batch AS bigint) IS NULL OR q.last_batch_id = :batch)
ORDER BY q.retained_id DESC
LIMIT :size OFFSET :start
