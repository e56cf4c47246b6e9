-- The links of the affected accounts as they should be: one row per account, with what links it, and with its present
-- link. Inputs: label, component.
CREATE TEMPORARY TABLE link ON COMMIT DROP AS
SELECT
    l.account_key,
    l.source,
    coalesce(p.account_key, l.account_key) AS person_key,
    coalesce(c.reason, 'own') AS reason,
    l.person_key AS known_person,
    l.reason AS known_reason
FROM label AS l
LEFT JOIN component AS c ON l.number = c.number
LEFT JOIN label AS p ON c.smallest = p.number
