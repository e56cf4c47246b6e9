-- Write the new versions of new, changed and returned rows. Inputs: incoming.
INSERT INTO __target__ (
    __columns__, source, valid_from, valid_to, row_hash, batch_id, landed_file_id, position,
    dataset, scope, record_id, stale
)
SELECT
    __columns__,
    :source,
    :at,
    'infinity',
    i.row_hash,
    :batch_id,
    i.landed_file_id,
    i.position,
    i.dataset,
    i.scope,
    i.record_id,
    FALSE
FROM incoming AS i
WHERE i.outcome IN ('new', 'changed', 'returned')
