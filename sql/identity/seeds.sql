-- Seeds: accounts whose identifiers or attributes this batch touched; all of them when the identity contract changed.
-- Inputs: warehouse.account, restricted.account_identity.
CREATE TEMPORARY TABLE affected ON COMMIT DROP AS
SELECT t.account_key FROM restricted.account_identity AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
UNION
SELECT t.account_key FROM warehouse.account AS t
WHERE t.valid_from = :at OR t.valid_to = :at OR (:everything AND t.valid_to = 'infinity')
