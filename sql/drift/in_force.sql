-- In force: one row per closed quarter: its vintage in force, and when a merge last moved it or a quarter before it.
-- Inputs: results.candidate, ops.batch.
SELECT DISTINCT ON (c.period)
    c.period,
    c.candidate_id,
    c.kind,
    (
        SELECT max(b.merged_at) FROM ops.batch AS b
        WHERE
            EXISTS (
                SELECT 1 FROM unnest(b.quarters) AS q (period)
                WHERE q.period <= c.period
            )
    ) AS moved_at
FROM results.candidate AS c
WHERE c.state = 'vintage'
ORDER BY c.period ASC, c.vintage DESC
