-- The links of the affected accounts as they should be: one row per account, with the identifiers that link it.
-- Inputs: label, identifier, current.account, current.account_identity.
CREATE TEMPORARY TABLE link ON COMMIT DROP AS
WITH reasons AS (
    SELECT
        i.account_key,
        string_agg(DISTINCT i.kind, '+' ORDER BY i.kind) AS reason
    FROM identifier AS i
    GROUP BY i.account_key
)

SELECT
    l.account_key,
    l.source,
    l.person_key,
    coalesce(r.reason, 'own') AS reason,
    sha256(convert_to(CAST(ROW(l.person_key, coalesce(r.reason, 'own')) AS text), 'UTF8')) AS row_hash
FROM label AS l
LEFT JOIN reasons AS r ON l.account_key = r.account_key
