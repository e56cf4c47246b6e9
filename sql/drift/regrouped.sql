-- Regrouped: the persons that today's rows count, by the links of then, by those of then and today together (who was
-- separated since is two), and by those of today. :reached_from = the quarter from which on a person counts as reached.
-- Inputs: counted.
WITH today AS (
    SELECT
        c.group_before,
        c.group_after,
        min(c.period_after) AS reached
    FROM counted AS c
    WHERE c.counts_after
    GROUP BY c.group_before, c.group_after
)

SELECT
    (
        SELECT count(*) FROM (
            SELECT t.group_before FROM today AS t
            GROUP BY t.group_before
            HAVING min(t.reached) >= :reached_from
        ) AS b
    ) AS linked_then,
    (
        SELECT count(*) FROM today AS t
        WHERE t.reached >= :reached_from
    ) AS separated,
    (
        SELECT count(*) FROM (
            SELECT t.group_after FROM today AS t
            GROUP BY t.group_after
            HAVING min(t.reached) >= :reached_from
        ) AS a
    ) AS linked_now
