-- Persons: distinct persons per breakdown, category and quarter. Cumulative: the quarter that a person is first counted
-- in, so that the persons up to a quarter are the sum of those of the quarters before. Inputs: as cells.sql.
SELECT
    p.disaggregation,
    p.category,
    p.period,
    count(*) AS persons
FROM (
    SELECT
        b.disaggregation,
        b.category,
        f.person_key,
        min(f.period) AS period
    FROM (
        SELECT
            __dimensions__,
            e.person_key
        FROM (
            __attributed__
        ) AS e
        WHERE
            e.excluded IS NULL
            AND e.period IS NOT NULL
            AND coalesce(e.edition = CAST(:only_edition AS text), TRUE)
            AND coalesce(e.event = CAST(:only_event AS text), TRUE)
        GROUP BY __dimensions__, e.person_key
    ) AS f
    CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
    WHERE b.category IS NOT NULL
    GROUP BY b.disaggregation, b.category, f.person_key, CASE WHEN NOT CAST(:cumulative AS boolean) THEN f.period END
) AS p
GROUP BY p.disaggregation, p.category, p.period
