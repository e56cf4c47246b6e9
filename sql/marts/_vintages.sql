-- The official versions of the quarters: one row per vintage, the greatest number of a quarter is in force.
-- Inputs: results.candidate.
SELECT
    c.candidate_id,
    c.period,
    c.vintage,
    c.kind,
    c.hash,
    c.known_at,
    c.decided_at,
    c.definitions,
    c.explanations,
    CASE WHEN c.kind = 'inherited' THEN 'heredado' ELSE c.report_state END AS vintage_state,
    (c.vintage = max(c.vintage) OVER (PARTITION BY c.period)) AS in_force,
    coalesce(
        c.definitions <> lag(c.definitions) OVER (PARTITION BY c.period ORDER BY c.vintage), FALSE
    ) AS definitions_changed
FROM results.candidate AS c
WHERE c.state = 'vintage'
