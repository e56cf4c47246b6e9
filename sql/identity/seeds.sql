-- Seeds: accounts whose identifiers or attributes this batch touched, and those that a decision names (:accounts); all
-- of them when the identity contract or the names of institutions changed.
-- Inputs: warehouse.account, restricted.account_identity.
CREATE TEMPORARY TABLE affected ON COMMIT DROP AS
SELECT
    t.account_key,
    0 AS pass
FROM restricted.account_identity AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
UNION
SELECT
    t.account_key,
    0 AS pass
FROM warehouse.account AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
UNION
SELECT
    d.account_key,
    0 AS pass
FROM unnest(CAST(:accounts AS uuid[])) AS d (account_key)
