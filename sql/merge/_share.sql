-- Rows that a further present record gives as well: remembered, so that the row does not vanish with its first owner.
-- Inputs: incoming.
INSERT INTO ops.row_owner (record_id, entity, key_hash)
SELECT DISTINCT
    i.record_id,
    :entity,
    sha256(convert_to(CAST(ROW(__ikeys__) AS text), 'UTF8'))
FROM incoming AS i
WHERE i.record_id IS NOT NULL AND (i.outcome = 'repeated' OR (i.outcome = 'unchanged' AND i.owner_present))
ON CONFLICT DO NOTHING
