-- Latest: the value of the latest row counted, per breakdown, category and quarter, with its place among all of them.
-- Inputs: as cells.sql.
SELECT DISTINCT ON (b.disaggregation, b.category, f.period)
    b.disaggregation,
    b.category,
    f.period,
    f.value AS latest,
    f.place AS latest_place
FROM (
    SELECT
        e.*,
        row_number() OVER (ORDER BY e.at DESC, e.evidence_key ASC) AS place
    FROM (
        __attributed__
    ) AS e
    WHERE
        e.excluded IS NULL
        AND e.period IS NOT NULL
        AND coalesce(e.edition = CAST(:only_edition AS text), TRUE)
        AND coalesce(e.event = CAST(:only_event AS text), TRUE)
) AS f
CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
WHERE b.category IS NOT NULL
ORDER BY b.disaggregation ASC, b.category ASC, f.period ASC, f.place ASC
