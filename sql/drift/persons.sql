-- Persons: one row per step from 0 (as published) to :steps (rows as of today): how many of the persons that moved rows
-- touch are counted, with the links of then. :reached_from = the quarter from which on a person counts as reached.
-- Inputs: counted.
SELECT
    g.step,
    count(*) AS persons
FROM (
    SELECT
        s.step,
        c.group_before,
        min(CASE WHEN coalesce(c.step <= s.step, FALSE) THEN c.period_after ELSE c.period_before END) AS reached
    FROM counted AS c
    CROSS JOIN generate_series(0, :steps) AS s (step)
    WHERE
        c.group_before IN (
            SELECT m.group_before FROM counted AS m
            WHERE m.step IS NOT NULL
        )
        AND CASE WHEN coalesce(c.step <= s.step, FALSE) THEN c.counts_after ELSE c.counts_before END
    GROUP BY s.step, c.group_before
) AS g
WHERE g.reached >= :reached_from
GROUP BY g.step
