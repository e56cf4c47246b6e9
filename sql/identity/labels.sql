-- The affected accounts that are there, numbered in the order of their keys, with their present links: one row per
-- account. Inputs: affected, current.account.
CREATE TEMPORARY TABLE label ON COMMIT DROP AS
SELECT
    a.account_key,
    coalesce(a.source, c.source) AS source,
    a.person_key,
    a.reason,
    CAST(row_number() OVER (ORDER BY a.account_key) AS integer) AS number
FROM affected AS a
LEFT JOIN (
    SELECT
        n.account_key,
        o.source
    FROM affected AS n
    INNER JOIN current.account AS o ON n.account_key = o.account_key
    WHERE n.source IS NULL
) AS c ON a.account_key = c.account_key
WHERE a.source IS NOT NULL OR c.source IS NOT NULL
