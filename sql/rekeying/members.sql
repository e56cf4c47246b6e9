-- The links with their accounts' new keys; an account without a reference keeps its own.
-- Inputs: warehouse.person_link, key_map.
CREATE TEMPORARY TABLE member ON COMMIT DROP AS
SELECT
    k.*,
    coalesce(m.new_key, k.account_key) AS new_key
FROM warehouse.person_link AS k
LEFT JOIN key_map AS m ON k.account_key = m.old_key
