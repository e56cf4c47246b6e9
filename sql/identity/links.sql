-- The links of the affected accounts as they should be: one row per account, with what links it. Accounts of a split
-- that nothing else holds together are linked by the decision.
-- Inputs: label, identifier.
CREATE TEMPORARY TABLE link ON COMMIT DROP AS
WITH reasons AS (
    SELECT
        i.account_key,
        coalesce(string_agg(DISTINCT i.kind, '+' ORDER BY i.kind) FILTER (WHERE i.kind <> 'split'), 'decision')
            AS reason
    FROM identifier AS i
    GROUP BY i.account_key
)

SELECT
    l.account_key,
    l.source,
    l.person_key,
    coalesce(r.reason, 'own') AS reason
FROM label AS l
LEFT JOIN reasons AS r ON l.account_key = r.account_key
