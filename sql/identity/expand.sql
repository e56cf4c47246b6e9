-- Neighbours: accounts that share an identifier or a decision with an account of this pass (:pass), and the members of
-- its present person; who is a person of its own (`own`) has no others. Run until nothing is added. Distinct persons
-- first: many accounts may be one.
-- Inputs: affected, identifier, decided, current.account_identity, current.person_link.
INSERT INTO affected (account_key, source, legal_id, employee_id, email_normalised, person_key, reason, pass)
WITH neighbour AS (
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
        SELECT DISTINCT a.person_key
        FROM affected AS a
        WHERE a.pass = :pass AND a.person_key IS NOT NULL AND a.reason <> 'own'
    ) AS v
    INNER JOIN current.person_link AS o ON v.person_key = o.person_key
)

SELECT
    n.account_key,
    i.source,
    i.legal_id,
    i.employee_id,
    i.email_normalised,
    k.person_key,
    k.reason,
    CAST(:pass AS integer) + 1
FROM (
    SELECT v.account_key
    FROM neighbour AS v
    LEFT JOIN affected AS known ON v.account_key = known.account_key
    WHERE known.account_key IS NULL
) AS n
LEFT JOIN current.account_identity AS i ON n.account_key = i.account_key
LEFT JOIN current.person_link AS k ON n.account_key = k.account_key
