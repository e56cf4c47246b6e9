-- Neighbours: accounts that share an identifier with an affected one, and the members of its present person.
-- Run until nothing is added. Inputs: affected, current.account_identity, current.person_link.
INSERT INTO affected (account_key)
SELECT n.account_key
FROM (
    SELECT o.account_key
    FROM affected AS a
    INNER JOIN current.account_identity AS i ON i.account_key = a.account_key
    INNER JOIN current.account_identity AS o ON i.legal_id = o.legal_id
    WHERE 'legal_id' = ANY(CAST(:kinds AS text[]))
    UNION
    SELECT o.account_key
    FROM affected AS a
    INNER JOIN current.account_identity AS i ON i.account_key = a.account_key
    INNER JOIN current.account_identity AS o ON i.employee_id = o.employee_id
    WHERE 'employee_id' = ANY(CAST(:kinds AS text[]))
    UNION
    SELECT o.account_key
    FROM affected AS a
    INNER JOIN current.account_identity AS i ON i.account_key = a.account_key
    INNER JOIN current.account_identity AS o ON i.email_normalised = o.email_normalised
    WHERE 'email' = ANY(CAST(:kinds AS text[])) AND NOT i.email_normalised = ANY(CAST(:shared AS text[]))
    UNION
    SELECT o.account_key
    FROM affected AS a
    INNER JOIN current.person_link AS k ON k.account_key = a.account_key
    INNER JOIN current.person_link AS o ON o.person_key = k.person_key
) AS n
LEFT JOIN affected AS known ON n.account_key = known.account_key
WHERE known.account_key IS NULL
