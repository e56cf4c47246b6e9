-- Retained rows by their accounts' new keys (no part of their hash). Inputs: quarantine.row, key_map.
UPDATE quarantine.row AS q
SET fields = q.fields || jsonb_build_object('account_key', m.new_key)
FROM key_map AS m
WHERE q.fields ->> 'account_key' = CAST(m.old_key AS text)
