-- Behind: the rows that an official version keeps behind the official line of its indicators (of a latest value those
-- of the latest quarter that counts any): one row per indicator and reason (null = counted).
-- Inputs: results.candidate, evidence_set, evidence of one candidate (:candidate_id).
WITH behind AS (
    SELECT
        s.indicator,
        s.set_id,
        s.first_period,
        s.last_period,
        CASE
            WHEN c.definitions -> 'indicators' -> s.indicator ->> 'span' = 'latest'
                THEN
                    coalesce(
                        (
                            SELECT max(n.period) FROM results.evidence AS n
                            WHERE s.set_id = n.set_id AND n.excluded IS NULL AND n.period <= s.last_period
                        ),
                        s.last_period
                    )
        END AS newest
    FROM results.evidence_set AS s
    INNER JOIN results.candidate AS c ON s.candidate_id = c.candidate_id
    WHERE s.candidate_id = :candidate_id AND s.official
)

SELECT
    s.indicator,
    e.excluded,
    count(*) AS rows,
    count(*) FILTER (WHERE e.late) AS late,
    count(*) FILTER (WHERE e.at_estimated) AS estimated,
    count(DISTINCT e.landed_file_id) AS files,
    array_agg(DISTINCT e.source) AS sources
FROM behind AS s
INNER JOIN results.evidence AS e ON s.set_id = e.set_id
WHERE
    coalesce(e.period, s.last_period)
    BETWEEN coalesce(s.newest, s.first_period) AND coalesce(s.newest, s.last_period)
GROUP BY s.indicator, e.excluded
ORDER BY s.indicator, e.excluded
