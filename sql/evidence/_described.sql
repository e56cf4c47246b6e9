-- Described: one row per account with where it works and lives as it says itself: institution by its code where the
-- reviewed list knows it, state by its key, else that of the institution. An account says what held when its rows came
-- to be; its person has one institution of many. Each different text is looked up once.
-- Inputs: asof.account, alias, institution, state.
WITH listed AS (
    SELECT
        n.kind,
        n.name,
        l.code
    FROM (
        SELECT DISTINCT
            'institution' AS kind,
            a.institution AS name
        FROM asof.account AS a
        WHERE a.institution IS NOT NULL
        UNION ALL
        SELECT DISTINCT
            'state' AS kind,
            a.state AS name
        FROM asof.account AS a
        WHERE a.state IS NOT NULL
    ) AS n
    INNER JOIN asof.alias AS l ON n.kind = l.kind AND l.alias = warehouse.comparable(n.name)
    WHERE l.vanished_at IS NULL
)

SELECT
    a.account_key,
    a.source,
    coalesce(i.code, a.institution) AS institution,
    (i.code IS NOT NULL) AS institution_listed,
    coalesce(CASE WHEN NOT EXISTS (SELECT 1 FROM asof.state) THEN a.state ELSE e.code END, g.state) AS state,
    coalesce(a.order_of_government, g.order_of_government) AS order_of_government,
    a.organisation_type
FROM asof.account AS a
LEFT JOIN listed AS i ON i.kind = 'institution' AND a.institution = i.name
LEFT JOIN listed AS e ON e.kind = 'state' AND a.state = e.name
LEFT JOIN asof.institution AS g ON i.code = g.institution AND g.vanished_at IS NULL
