-- Batches: one row per source with its newest batch. Inputs: ops.batch.
SELECT DISTINCT ON (b.source)
    b.source,
    b.batch_id,
    b.state
FROM ops.batch AS b
ORDER BY b.source ASC, b.batch_id DESC
