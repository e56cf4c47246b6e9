-- Retain the rows that failed a critical rule, once per record, row and rule; a row seen before keeps its first batch.
-- Inputs: staging.<entity>, staging.failed_row, staging.record.
INSERT INTO quarantine.row (
    source, dataset, scope, entity, record_hash, row_hash, rule, fields, landed_file_id, position,
    first_batch_id, last_batch_id, state
)
SELECT DISTINCT ON (r.dataset, r.scope, r.record_hash, row_hash, f.rule)
    :source,
    r.dataset,
    r.scope,
    :entity,
    r.record_hash,
    sha256(convert_to(CAST(to_jsonb(s) - 'staged_id' - 'batch_id' - 'record_no' AS text), 'UTF8')) AS row_hash,
    f.rule,
    to_jsonb(s) - 'staged_id' - 'batch_id' - 'record_no' AS fields,
    r.landed_file_id,
    r.position,
    :batch_id,
    :batch_id,
    'open'
FROM __staged__ AS s
INNER JOIN staging.failed_row AS f
    ON f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical' AND s.staged_id = f.staged_id
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND s.record_no = r.record_no
WHERE s.batch_id = :batch_id
ON CONFLICT (source, dataset, scope, entity, record_hash, row_hash, rule) DO UPDATE
    SET
        last_batch_id = excluded.last_batch_id,
        landed_file_id = excluded.landed_file_id,
        position = excluded.position,
        state = CASE WHEN quarantine.row.state = 'mended_at_source' THEN 'open' ELSE quarantine.row.state END
