-- Latest: one row per step from 0 (as published) to :steps (rows as of today): the value of the latest row that counts.
-- Inputs: counted.
SELECT DISTINCT ON (f.step)
    f.step,
    f.value
FROM (
    SELECT
        s.step,
        c.evidence_key,
        CASE WHEN coalesce(c.step <= s.step, FALSE) THEN c.at_after ELSE c.at_before END AS at,
        CASE WHEN coalesce(c.step <= s.step, FALSE) THEN c.value_after ELSE c.value_before END AS value
    FROM counted AS c
    CROSS JOIN generate_series(0, :steps) AS s (step)
    WHERE CASE WHEN coalesce(c.step <= s.step, FALSE) THEN c.counts_after ELSE c.counts_before END
) AS f
ORDER BY f.step ASC, f.at DESC, f.evidence_key ASC
