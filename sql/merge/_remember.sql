-- Remember the parsed records none of whose rows was retained (those lost their record_id) or forgotten at
-- once, with the rows they gave.
-- Inputs: staging.record, staging.record_rows, forgotten.
INSERT INTO ops.record_seen (record_id, source, dataset, scope, record_hash, row_counts, batch_id)
SELECT
    r.record_id,
    :source,
    r.dataset,
    r.scope,
    r.record_hash,
    coalesce(k.row_counts, '{}'),
    :batch_id
FROM staging.record AS r
LEFT JOIN staging.record_rows AS k ON k.batch_id = :batch_id AND r.record_no = k.record_no
WHERE
    r.batch_id = :batch_id
    AND r.status = 'parsed'
    AND r.unreadable IS NULL
    AND r.record_id IS NOT NULL
    AND r.record_id NOT IN (SELECT f.record_id FROM forgotten AS f)
ORDER BY __order__
