-- Identifiers by which accounts may be linked: one row per account, kind and value.
-- Left out: shared mailboxes, and e-mails carried by more accounts than one person plausibly has.
-- Inputs: current.account_identity, affected.
CREATE TEMPORARY TABLE identifier ON COMMIT DROP AS
WITH chosen AS (
    SELECT i.*
    FROM current.account_identity AS i
    INNER JOIN affected AS a ON i.account_key = a.account_key
),

-- affected holds all accounts of an e-mail, unless that is a listed mailbox
crowded AS (
    SELECT c.email_normalised
    FROM chosen AS c
    WHERE c.email_normalised IS NOT NULL
    GROUP BY c.email_normalised
    HAVING count(*) > :most
)

SELECT
    c.account_key,
    v.kind,
    v.value
FROM chosen AS c
CROSS JOIN
    LATERAL (
        VALUES ('legal_id', c.legal_id), ('employee_id', c.employee_id), ('email', c.email_normalised)
    ) AS v (kind, value)
LEFT JOIN crowded AS m ON v.kind = 'email' AND v.value = m.email_normalised
WHERE
    v.value IS NOT NULL
    AND v.kind = ANY(CAST(:kinds AS text[]))
    AND NOT (v.kind = 'email' AND (v.value = ANY(CAST(:shared AS text[])) OR m.email_normalised IS NOT NULL))
