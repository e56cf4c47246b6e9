-- Everything that says who some accounts are or were: one row per text. Inputs: restricted.account_identity,
-- restricted.account_ref.
SELECT DISTINCT
    v.kind,
    v.value
FROM restricted.account_identity AS i
CROSS JOIN
    LATERAL (
        VALUES ('name', i.full_name), ('email', i.email), ('email', i.email_normalised), ('id', i.legal_id),
        ('id', i.employee_id), ('local', i.local_id)
    ) AS v (kind, value)
WHERE i.account_key = ANY(CAST(:accounts AS uuid[])) AND v.value IS NOT NULL
UNION
SELECT
    'local',
    r.account_ref
FROM restricted.account_ref AS r
WHERE r.account_key = ANY(CAST(:accounts AS uuid[]))
