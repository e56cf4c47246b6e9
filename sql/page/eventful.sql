-- Eventful: the quarters in which something counts by itself, as known now.
-- Inputs: results.indicator_value, computation.
SELECT DISTINCT v.period
FROM results.indicator_value AS v
INNER JOIN results.computation AS c ON v.computation_id = c.computation_id
WHERE c.current AND v.official AND v.disaggregation = 'total' AND v.added > 0
