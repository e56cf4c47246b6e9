-- Identifiers that link nobody since too many accounts carry them, and that few enough would carry without some:
-- one row per kind. Inputs: current.account_identity; :accounts, the limits of the identity contract.
SELECT
    c.kind,
    max(c.carriers) AS carriers
FROM (
    SELECT
        v.kind,
        v.value,
        count(*) AS carriers,
        count(*) FILTER (WHERE i.account_key = ANY(CAST(:accounts AS uuid[]))) AS own,
        CASE v.kind WHEN 'email' THEN CAST(:most AS bigint) ELSE :most_per_id END AS most
    FROM current.account_identity AS i
    CROSS JOIN
        LATERAL (
            VALUES ('legal_id', i.legal_id), ('employee_id', i.employee_id), ('email', i.email_normalised)
        ) AS v (kind, value)
    WHERE
        v.kind = ANY(CAST(:kinds AS text[]))
        AND NOT v.value = ANY(CAST(:shared AS text[]))
        AND NOT warehouse.comparable(v.value) = ANY(CAST(:ignored AS text[]))
    GROUP BY v.kind, v.value
) AS c
WHERE c.own > 0 AND c.carriers > c.most AND c.carriers - c.own BETWEEN 2 AND c.most
GROUP BY c.kind
ORDER BY c.kind
