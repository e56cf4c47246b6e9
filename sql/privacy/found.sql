-- Accounts that carry or carried an identifier, with the person they belong to now. One row per account found.
-- Inputs: restricted.account_identity, restricted.account_ref, current.person_link.
SELECT
    f.account_key,
    coalesce(k.person_key, f.account_key) AS person_key
FROM (
    SELECT i.account_key FROM restricted.account_identity AS i
    WHERE :kind = 'email' AND lower(btrim(:value)) IN (i.email_normalised, lower(btrim(i.email)))
    UNION
    SELECT r.account_key FROM restricted.account_ref AS r
    WHERE :kind = 'email' AND r.account_ref = lower(btrim(:value))
    UNION
    SELECT i.account_key FROM restricted.account_identity AS i
    WHERE :kind = 'legal_id' AND i.legal_id = upper(regexp_replace(:value, '\s', '', 'g'))
    UNION
    SELECT i.account_key FROM restricted.account_identity AS i
    WHERE :kind = 'employee_id' AND upper(i.employee_id) = upper(btrim(:value))
    UNION
    SELECT p.account_key FROM warehouse.person_link AS p
    WHERE :kind = 'account' AND CAST(p.account_key AS text) = lower(btrim(:value))
    UNION
    SELECT t.account_key FROM restricted.tombstone AS t
    WHERE t.account_key = ANY(CAST(:tombstones AS uuid[]))
) AS f
LEFT JOIN current.person_link AS k ON f.account_key = k.account_key
