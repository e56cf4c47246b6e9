-- Identifiers by which accounts may be linked: one row per account, kind and value.
-- Left out: shared mailboxes, and e-mails carried by more accounts than one person plausibly has.
-- Inputs: current.account_identity, affected.
CREATE TEMPORARY TABLE identifier ON COMMIT DROP AS
WITH chosen AS (
    SELECT i.*
    FROM current.account_identity AS i
    INNER JOIN affected AS a ON i.account_key = a.account_key
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
WHERE
    v.value IS NOT NULL
    AND v.kind = ANY(CAST(:kinds AS text[]))
    AND NOT (
        v.kind = 'email'
        AND (
            v.value = ANY(CAST(:shared AS text[]))
            OR (
                SELECT count(*) FROM current.account_identity AS o
                WHERE o.email_normalised = v.value
            ) > :most
        )
    )
