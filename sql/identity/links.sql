-- The links of the affected accounts as they should be: one row per account, with what links it, and with its present
-- link. Accounts of a split that nothing else holds together are linked by the decision.
-- Inputs: label, identifier.
CREATE TEMPORARY TABLE link ON COMMIT DROP AS
WITH reasons AS (
    SELECT
        i.account_key,
        -- in the order of the alphabet
        coalesce(
            nullif(
                concat_ws(
                    '+',
                    CASE WHEN bool_or(i.kind = 'decision') THEN 'decision' END,
                    CASE WHEN bool_or(i.kind = 'email') THEN 'email' END,
                    CASE WHEN bool_or(i.kind = 'employee_id') THEN 'employee_id' END,
                    CASE WHEN bool_or(i.kind = 'erased') THEN 'erased' END,
                    CASE WHEN bool_or(i.kind = 'legal_id') THEN 'legal_id' END
                ),
                ''
            ),
            'decision'
        ) AS reason
    FROM identifier AS i
    GROUP BY i.account_key
)

SELECT
    l.account_key,
    l.source,
    p.account_key AS person_key,
    coalesce(r.reason, 'own') AS reason,
    l.person_key AS known_person,
    l.reason AS known_reason
FROM label AS l
INNER JOIN label AS p ON l.smallest = p.number
LEFT JOIN reasons AS r ON l.account_key = r.account_key
