-- What may link accounts of this pass (:pass) with others: the values that they carry and another account carries, too
-- (what one account alone carries, and that is most of it, links nobody), and those that this batch took from somebody
-- (few enough may carry them now), with the institution where it was given up. A value may be told several times.
-- Inputs: affected, identifier, restricted.account_identity, current.account_identity, warehouse.account.
INSERT INTO told (kind, value, institution, given_up, pass)
WITH given_up AS MATERIALIZED (
    SELECT
        i.legal_id,
        i.employee_id,
        i.email_normalised,
        a.institution
    FROM restricted.account_identity AS i
    LEFT JOIN warehouse.account AS a
        ON i.account_key = a.account_key AND i.source = a.source AND a.valid_from < :at AND a.valid_to >= :at
    WHERE :pass = 0 AND i.valid_to = :at
    UNION ALL
    -- who changes institutions gives up its number there
    SELECT
        NULL AS legal_id,
        i.employee_id,
        NULL AS email_normalised,
        a.institution
    FROM warehouse.account AS a
    INNER JOIN current.account_identity AS i ON a.account_key = i.account_key AND a.source = i.source
    WHERE :pass = 0 AND a.valid_to = :at
),

carried AS NOT MATERIALIZED (
    SELECT
        a.account_key,
        a.legal_id,
        a.employee_id,
        a.email_normalised
    FROM affected AS a
    WHERE a.pass = :pass
)

SELECT
    'legal_id' AS kind,
    c.legal_id AS value,
    NULL AS institution,
    FALSE AS given_up,
    CAST(:pass AS integer) AS pass
FROM carried AS c
LEFT JOIN identifier AS known ON c.account_key = known.account_key AND known.kind = 'legal_id'
WHERE
    'legal_id' = ANY(CAST(:kinds AS text[]))
    AND c.legal_id IS NOT NULL
    AND known.account_key IS NULL
    AND EXISTS (
        SELECT 1 FROM current.account_identity AS o
        WHERE o.legal_id = c.legal_id AND o.account_key <> c.account_key
    )
UNION ALL
SELECT
    'employee_id' AS kind,
    c.employee_id AS value,
    NULL AS institution,
    FALSE AS given_up,
    CAST(:pass AS integer) AS pass
FROM carried AS c
LEFT JOIN identifier AS known ON c.account_key = known.account_key AND known.kind = 'employee_id'
WHERE
    'employee_id' = ANY(CAST(:kinds AS text[]))
    AND c.employee_id IS NOT NULL
    AND known.account_key IS NULL
    AND EXISTS (
        SELECT 1 FROM current.account_identity AS o
        WHERE o.employee_id = c.employee_id AND o.account_key <> c.account_key
    )
UNION ALL
SELECT
    'email' AS kind,
    c.email_normalised AS value,
    NULL AS institution,
    FALSE AS given_up,
    CAST(:pass AS integer) AS pass
FROM carried AS c
LEFT JOIN identifier AS known ON c.account_key = known.account_key AND known.kind = 'email'
WHERE
    'email' = ANY(CAST(:kinds AS text[]))
    AND c.email_normalised IS NOT NULL
    AND known.account_key IS NULL
    AND EXISTS (
        SELECT 1 FROM current.account_identity AS o
        WHERE o.email_normalised = c.email_normalised AND o.account_key <> c.account_key
    )
UNION ALL
SELECT
    v.kind,
    v.value,
    v.institution,
    TRUE AS given_up,
    CAST(:pass AS integer) AS pass
FROM given_up AS g
CROSS JOIN
    LATERAL (
        VALUES
        ('legal_id', g.legal_id, NULL),
        ('employee_id', g.employee_id, g.institution),
        ('email', g.email_normalised, NULL)
    ) AS v (kind, value, institution)
WHERE v.value IS NOT NULL
