-- Rows of regrouped persons, in the shape of reasoned: of each person that unites several of then all rows but those of
-- one of them (merge), of each that was separated the rows of all but one of today's (split).
-- Inputs: counted, sql/drift/compared.sql.
WITH pairs AS (
    SELECT DISTINCT
        c.group_before,
        c.group_after
    FROM counted AS c
    WHERE c.counts_after
),

ordered AS (
    SELECT
        p.group_before,
        p.group_after,
        row_number() OVER (PARTITION BY p.group_after ORDER BY p.group_before) AS place_now,
        row_number() OVER (PARTITION BY p.group_before ORDER BY p.group_after) AS place_then
    FROM pairs AS p
),

regrouped AS (
    SELECT
        c.thing,
        c.account_key,
        c.evidence_key,
        c.group_before,
        c.group_after,
        CASE WHEN o.place_now > 1 THEN 'merge' ELSE 'split' END AS reason
    FROM counted AS c
    INNER JOIN ordered AS o ON c.group_before = o.group_before AND c.group_after = o.group_after
    WHERE c.counts_after AND c.step IS NULL AND (o.place_now > 1 OR o.place_then > 1)
)

SELECT
    f.*,
    r.group_before,
    r.group_after,
    'changed' AS movement,
    r.reason
FROM (
    __compared__
) AS f
INNER JOIN regrouped AS r ON f.thing = r.thing AND f.evidence_key = r.evidence_key AND f.account_key = r.account_key
