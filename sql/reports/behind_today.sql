-- Behind today: the rows behind the official line of the indicators as known now: one row per indicator and reason
-- (null = counted). Inputs: marts.indicator_evidence, indicator_value of one quarter (:period).
SELECT
    e.indicator,
    e.excluded,
    count(*) AS rows,
    count(*) FILTER (WHERE e.late) AS late,
    count(*) FILTER (WHERE e.at_estimated) AS estimated,
    count(DISTINCT e.landed_file_id) AS files,
    array_agg(DISTINCT e.source) AS sources
FROM marts.indicator_evidence AS e
INNER JOIN marts.indicator_value AS v
    ON e.indicator = v.indicator AND v.official AND v.is_current AND v.disaggregation = 'total'
WHERE
    v.period = :period
    AND (coalesce(e.period, v.period) = v.period OR (v.span = 'cumulative' AND e.period < v.period))
GROUP BY e.indicator, e.excluded
ORDER BY e.indicator, e.excluded
