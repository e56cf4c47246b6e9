-- Neighbours: accounts that share an identifier or a decision with an account of this pass (:pass), and the members of
-- its present person. Run until nothing is added. Distinct persons first: many accounts may be one.
-- Inputs: affected, identifier, decided, current.person_link.
INSERT INTO affected (account_key, pass)
SELECT
    n.account_key,
    CAST(:pass AS integer) + 1
FROM (
    SELECT i.account_key
    FROM identifier AS i
    WHERE i.pass = :pass
    UNION
    SELECT o.account_key
    FROM affected AS a
    INNER JOIN decided AS d ON a.account_key = d.account_key
    INNER JOIN decided AS o ON d.value = o.value
    WHERE a.pass = :pass
    UNION
    SELECT o.account_key
    FROM (
        SELECT DISTINCT k.person_key
        FROM affected AS a
        INNER JOIN current.person_link AS k ON a.account_key = k.account_key
        WHERE a.pass = :pass
    ) AS v
    INNER JOIN current.person_link AS o ON v.person_key = o.person_key
) AS n
LEFT JOIN affected AS known ON n.account_key = known.account_key
WHERE known.account_key IS NULL
