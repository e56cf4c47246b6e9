-- Retain the unreadable records: one row of the entity `record` each. Inputs: staging.record.
INSERT INTO quarantine.row (
    source, dataset, scope, entity, record_hash, row_hash, rule, fields, landed_file_id, position,
    first_batch_id, last_batch_id, state
)
SELECT
    :source,
    r.dataset,
    r.scope,
    'record',
    r.record_hash,
    r.content_hash,
    'registro_ilegible',
    jsonb_build_object('reason', r.unreadable),
    r.landed_file_id,
    r.position,
    :batch_id,
    :batch_id,
    'open'
FROM staging.record AS r
WHERE r.batch_id = :batch_id AND r.status = 'parsed' AND r.unreadable IS NOT NULL
ON CONFLICT (source, dataset, scope, entity, row_hash, rule) DO UPDATE
    SET
        record_hash = excluded.record_hash,
        fields = excluded.fields,
        last_batch_id = excluded.last_batch_id,
        landed_file_id = excluded.landed_file_id,
        position = excluded.position,
        state = 'open'
