-- Behind today: the rows behind the official line of the indicators as known now, of a latest value those of the latest
-- quarter that counts any: one row per indicator and reason (null = counted).
-- Inputs: marts.indicator_evidence, indicator_value of one quarter (:period).
WITH figure AS (
    SELECT
        v.indicator,
        v.period,
        v.span,
        CASE
            WHEN v.span = 'latest'
                THEN (
                    SELECT max(n.period) FROM marts.indicator_evidence AS n
                    WHERE v.indicator = n.indicator AND n.excluded IS NULL AND n.period <= v.period
                )
        END AS newest
    FROM marts.indicator_value AS v
    WHERE v.official AND v.is_current AND v.disaggregation = 'total' AND v.period = :period
)

SELECT
    e.indicator,
    e.excluded,
    count(*) AS rows,
    count(*) FILTER (WHERE e.late) AS late,
    count(*) FILTER (WHERE e.at_estimated) AS estimated,
    count(DISTINCT e.landed_file_id) AS files,
    array_agg(DISTINCT e.source) AS sources
FROM marts.indicator_evidence AS e
INNER JOIN figure AS v ON e.indicator = v.indicator
WHERE
    coalesce(e.period, v.period) = coalesce(v.newest, v.period)
    OR (v.span = 'cumulative' AND e.period < v.period)
GROUP BY e.indicator, e.excluded
ORDER BY e.indicator, e.excluded
