-- Runs: one row per source that ever went to its origin, with the state of its newest run and the last merge of one by
-- :newest. What people did since (a correction, a withdrawal, a replay) has no fingerprint and brought nothing.
-- Inputs: ops.batch.
SELECT
    b.source,
    (array_agg(b.state ORDER BY b.batch_id DESC))[1] AS state,
    max(b.merged_at) FILTER (WHERE b.merged_at <= :newest) AS merged_at
FROM ops.batch AS b
WHERE b.fingerprint IS NOT NULL
GROUP BY b.source
