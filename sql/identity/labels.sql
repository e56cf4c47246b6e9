-- The affected accounts that are there, each labelled by its own key: one row per account.
-- Inputs: affected, current.account, current.account_identity.
CREATE TEMPORARY TABLE label ON COMMIT DROP AS
SELECT
    a.account_key,
    coalesce(c.source, i.source) AS source,
    a.account_key AS person_key
FROM affected AS a
LEFT JOIN current.account AS c ON a.account_key = c.account_key
LEFT JOIN current.account_identity AS i ON a.account_key = i.account_key
WHERE c.account_key IS NOT NULL OR i.account_key IS NOT NULL
