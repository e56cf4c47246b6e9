-- Rows that a further remembered record gives as well: noted, so that a row does not vanish with its first owner.
-- Inputs: incoming, holder.
INSERT INTO ops.row_owner (record_id, entity, key_hash)
SELECT
    i.record_id,
    :entity,
    i.key_hash
FROM incoming AS i
WHERE i.record_id IS NOT NULL AND (i.outcome = 'repeated' OR (i.outcome = 'unchanged' AND i.owner_stays))
UNION
SELECT
    h.record_id,
    :entity,
    h.key_hash
FROM holder AS h
INNER JOIN incoming AS i ON h.staged_id = i.staged_id
WHERE h.stays AND i.outcome = 'changed'
ON CONFLICT DO NOTHING
