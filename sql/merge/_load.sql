-- The first load of an entity of a source: its good rows but copies become versions. Inputs: incoming (the copies).
INSERT INTO __target__ (
    __columns__, source, valid_from, valid_to, row_hash, batch_id, landed_file_id, position,
    dataset, scope, record_id, stale
)
SELECT
    __columns__,
    :source,
    :at,
    'infinity',
    __hashed__ AS row_hash,
    :batch_id,
    r.landed_file_id,
    r.position,
    r.dataset,
    r.scope,
    r.record_id,
    FALSE
-- typed apart: what is hashed and written is worked out once
FROM (SELECT n.* FROM __typed__ AS n OFFSET 0) AS t  -- noqa: AM09
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND t.record_no = r.record_no
-- copies are few: no plan that reads the rows again for them
WHERE t.staged_id NOT IN (SELECT i.staged_id FROM incoming AS i)
ORDER BY __order__
