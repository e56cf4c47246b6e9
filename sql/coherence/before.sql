-- Before: the official total of every indicator in the quarter before (:previous): of its vintage in force
-- (:candidate_id), else of its newest computation. Inputs: results.candidate_value, computation, indicator_value.
SELECT
    c.indicator,
    c.value,
    TRUE AS published
FROM results.candidate_value AS c
WHERE
    c.candidate_id = CAST(:candidate_id AS bigint)
    AND c.official
    AND c.covers = :previous
    AND c.disaggregation = 'total'
UNION ALL
SELECT
    v.indicator,
    v.value,
    FALSE AS published
FROM results.indicator_value AS v
INNER JOIN results.computation AS n ON v.computation_id = n.computation_id
WHERE
    CAST(:candidate_id AS bigint) IS NULL
    AND n.period = :previous
    AND n.current
    AND v.official
    AND v.disaggregation = 'total'
