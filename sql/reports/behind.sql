-- Behind: the rows that an official version keeps behind the official line of its indicators: one row per indicator and
-- reason (null = counted). Inputs: results.evidence_set, evidence of one candidate (:candidate_id).
SELECT
    s.indicator,
    e.excluded,
    count(*) AS rows,
    count(*) FILTER (WHERE e.late) AS late,
    count(*) FILTER (WHERE e.at_estimated) AS estimated,
    count(DISTINCT e.landed_file_id) AS files,
    array_agg(DISTINCT e.source) AS sources
FROM results.evidence_set AS s
INNER JOIN results.evidence AS e ON s.set_id = e.set_id
WHERE
    s.candidate_id = :candidate_id
    AND s.official
    AND coalesce(e.period, s.last_period) BETWEEN s.first_period AND s.last_period
GROUP BY s.indicator, e.excluded
ORDER BY s.indicator, e.excluded
