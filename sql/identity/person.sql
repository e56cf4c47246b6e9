-- Who is or was linked to an account: one row per version of the links of all accounts of its present person, and of
-- the account's own. Inputs: warehouse.person_link.
SELECT
    l.account_key,
    l.source,
    l.person_key,
    l.reason,
    l.valid_from,
    -- Python has no infinity
    CASE WHEN l.valid_to < 'infinity' THEN l.valid_to END AS valid_to,
    (l.valid_to = 'infinity') AS current
FROM warehouse.person_link AS l
WHERE
    l.account_key = :account
    OR l.account_key IN (
        SELECT o.account_key
        FROM current.person_link AS k
        INNER JOIN current.person_link AS o ON k.person_key = o.person_key
        WHERE k.account_key = :account
    )
ORDER BY l.account_key, l.valid_from
