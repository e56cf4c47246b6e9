-- Current versions by entity as the source's last batch left them; one row per entity. Nothing is known after a batch
-- without a contract (a replay, a withdrawal, rows that people let in), until a night has counted again.
-- Inputs: ops.row_account, ops.batch.
SELECT DISTINCT ON (a.entity)
    a.entity,
    a.current_after
FROM ops.batch AS b
INNER JOIN ops.row_account AS a ON b.batch_id = a.batch_id
WHERE
    b.source = :source
    AND b.state = 'merged'
    AND b.merged_at < :at
    AND b.merged_at > coalesce((
        SELECT max(w.merged_at) FROM ops.batch AS w
        WHERE w.source = :source AND w.state = 'merged' AND w.fingerprint IS NULL
    ), '-infinity')
ORDER BY a.entity ASC, b.merged_at DESC
