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
    sha256(convert_to(CAST(ROW(__declared__) AS text), 'UTF8')) AS row_hash,
    :batch_id,
    r.landed_file_id,
    r.position,
    r.dataset,
    r.scope,
    r.record_id,
    FALSE
FROM __typed__ AS t
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND t.record_no = r.record_no
LEFT JOIN (
    SELECT c.staged_id FROM incoming AS c
) AS i ON t.staged_id = i.staged_id
WHERE i.staged_id IS NULL
ORDER BY __order__
