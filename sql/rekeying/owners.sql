-- Further givers of a row, by the hash of its key: one entity, whose versions still stand under the old keys.
-- Inputs: the target, key_map, ops.row_owner.
UPDATE ops.row_owner AS o
SET key_hash = h.new_hash
FROM (
    SELECT DISTINCT
        sha256(convert_to(CAST(ROW(__oldkeys__) AS text), 'UTF8')) AS old_hash,
        sha256(convert_to(CAST(ROW(__newkeys__) AS text), 'UTF8')) AS new_hash
    FROM __target__ AS c
    INNER JOIN key_map AS m ON c.account_key = m.old_key
) AS h
WHERE o.entity = :entity AND o.key_hash = h.old_hash
