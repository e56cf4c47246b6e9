-- Told: what the newest closed quarter (:candidate_id, :closed) says of each indicator in all: the value of its
-- official total and what was accumulated. Inputs: results.candidate_value.
SELECT
    c.indicator,
    c.value,
    c.accumulated
FROM results.candidate_value AS c
WHERE
    c.candidate_id = CAST(:candidate_id AS bigint)
    AND c.official
    AND c.covers = :closed
    AND c.disaggregation = 'total'
