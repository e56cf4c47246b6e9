-- Latest: the value of the latest row counted, per breakdown, category and quarter, with its place among all of them.
-- A figure typed for a breakdown says nothing of the total. Inputs: placed rows.
SELECT DISTINCT ON (b.disaggregation, b.category, f.period)
    b.disaggregation,
    b.category,
    f.period,
    f.value AS latest,
    f.place AS latest_place
FROM (
    SELECT
        e.*,
        (e.account_key IS NULL AND e.hit IS NOT NULL) AS part,
        row_number() OVER (ORDER BY e.at DESC, e.evidence_key ASC) AS place
    FROM __placed__ AS e
    WHERE
        e.excluded IS NULL
        AND e.period IS NOT NULL
        AND coalesce(e.edition = CAST(:only_edition AS text), TRUE)
        AND coalesce(e.event = CAST(:only_event AS text), TRUE)
) AS f
CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
WHERE b.category IS NOT NULL
ORDER BY b.disaggregation ASC, b.category ASC, f.period ASC, f.place ASC
