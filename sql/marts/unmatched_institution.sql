-- One row per source and text of an institution that no reviewed name matches. Each text is compared once.
-- Inputs: asof.account, attendance, alias.
WITH given AS (
    SELECT
        t.source,
        t.institution,
        count(*) AS accounts
    FROM (
        SELECT
            a.source,
            a.institution,
            a.account_key
        FROM asof.account AS a
        WHERE a.institution IS NOT NULL AND a.vanished_at IS NULL
        UNION
        SELECT
            v.source,
            v.institution,
            v.account_key
        FROM asof.attendance AS v
        WHERE v.institution IS NOT NULL AND v.vanished_at IS NULL
    ) AS t
    GROUP BY t.source, t.institution
)

SELECT
    g.source,
    g.institution,
    g.accounts
FROM given AS g
LEFT JOIN asof.alias AS l
    ON warehouse.comparable(g.institution) = l.alias AND l.kind = 'institution' AND l.vanished_at IS NULL
WHERE l.alias IS NULL
