-- Persons of one category: what persons.sql tells, for breakdowns by what placed rows hold alike for all of a person's
-- rows (sex, institution, state, type of organisation as first reached): each person is looked at once, however many
-- breakdowns there are. Rows without a person (typed figures) are none of its cases. Inputs: placed rows.
SELECT
    b.disaggregation,
    b.category,
    CAST(f.quarters AS text) AS quarters,
    CAST(sum(f.persons) AS bigint) AS persons
FROM (
    SELECT
        __alike__,
        FALSE AS part,
        count(*) AS persons
    FROM (
        SELECT
            __person__,
            bit_or(q.mask) AS quarters
        FROM __placed__ AS e
        INNER JOIN unnest(CAST(:labels AS text[]), CAST(:masks AS varbit[])) AS q (period, mask) ON e.period = q.period
        WHERE
            e.excluded IS NULL
            AND coalesce(e.edition = CAST(:only_edition AS text), TRUE)
            AND coalesce(e.event = CAST(:only_event AS text), TRUE)
        GROUP BY __person__
    ) AS p
    GROUP BY __alike__
) AS f
CROSS JOIN LATERAL __breakdowns__ AS b (disaggregation, category)
WHERE b.category IS NOT NULL
GROUP BY b.disaggregation, b.category, f.quarters
