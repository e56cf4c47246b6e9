-- The versions of each quarter's figures: one row per computation, numbered in their order.
-- Inputs: the computations of results, ops.batch.
SELECT
    c.computation_id,
    c.period,
    c.current,
    c.computed_at,
    c.known_at,
    row_number() OVER same_quarter AS version,
    lag(c.known_at) OVER same_quarter AS known_before,
    coalesce(c.definitions <> lag(c.definitions) OVER same_quarter, FALSE) AS definitions_changed,
    coalesce(b.merged_at, c.known_at) AS defined_at
FROM results.computation AS c
LEFT JOIN ops.batch AS b ON b.batch_id = CAST(c.pins ->> 'framework' AS bigint)
WINDOW same_quarter AS (PARTITION BY c.period ORDER BY c.computation_id)
