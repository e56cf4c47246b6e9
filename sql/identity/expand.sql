-- Neighbours: accounts that share an identifier with an affected one, and the members of its present person.
-- Run until nothing is added, each time from what the last pass added (:pass). Distinct values first: many accounts may
-- carry one e-mail.
-- Inputs: affected, current.account_identity, current.person_link.
INSERT INTO affected (account_key, pass)
SELECT
    n.account_key,
    CAST(:pass AS integer) + 1
FROM (
    SELECT o.account_key
    FROM (
        SELECT DISTINCT i.legal_id
        FROM affected AS a
        INNER JOIN current.account_identity AS i ON a.account_key = i.account_key
        WHERE
            a.pass = :pass
            AND i.legal_id IS NOT NULL
            AND 'legal_id' = ANY(CAST(:kinds AS text[]))
    ) AS v
    INNER JOIN current.account_identity AS o ON v.legal_id = o.legal_id
    UNION
    SELECT o.account_key
    FROM (
        SELECT DISTINCT i.employee_id
        FROM affected AS a
        INNER JOIN current.account_identity AS i ON a.account_key = i.account_key
        WHERE
            a.pass = :pass
            AND i.employee_id IS NOT NULL
            AND 'employee_id' = ANY(CAST(:kinds AS text[]))
    ) AS v
    INNER JOIN current.account_identity AS o ON v.employee_id = o.employee_id
    UNION
    SELECT o.account_key
    FROM (
        SELECT DISTINCT i.email_normalised
        FROM affected AS a
        INNER JOIN current.account_identity AS i ON a.account_key = i.account_key
        WHERE
            a.pass = :pass
            AND i.email_normalised IS NOT NULL
            AND 'email' = ANY(CAST(:kinds AS text[]))
            AND NOT i.email_normalised = ANY(CAST(:shared AS text[]))
    ) AS v
    INNER JOIN current.account_identity AS o ON v.email_normalised = o.email_normalised
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
