-- Retain the rows that failed a critical rule, once per scope, content and rule; one seen before keeps its number, its
-- first batch and its fields: the content is the same by its hash, and what was erased of it stays erased. Who decided
-- that it may pass took that back, or it would not have failed.
-- Inputs: staging.<entity>, staging.failed_row, staging.record.
INSERT INTO quarantine.row (
    source, dataset, scope, entity, record_hash, row_hash, rule, fields, landed_file_id, position,
    first_batch_id, last_batch_id, state
)
SELECT DISTINCT ON (r.dataset, r.scope, row_hash, f.rule)
    :source,
    r.dataset,
    r.scope,
    :entity,
    r.record_hash,
    __contenthash__ AS row_hash,
    f.rule,
    to_jsonb(s) - ARRAY['staged_id', 'batch_id', 'record_no'] AS fields,
    r.landed_file_id,
    r.position,
    :batch_id,
    :batch_id,
    'open'
FROM __staged__ AS s
INNER JOIN staging.failed_row AS f
    ON f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical' AND s.staged_id = f.staged_id
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND s.record_no = r.record_no
WHERE s.batch_id = :batch_id
ORDER BY r.dataset ASC, r.scope ASC, row_hash ASC, f.rule ASC, r.record_no ASC
ON CONFLICT (source, dataset, scope, entity, row_hash, rule) DO UPDATE
    SET
        record_hash = excluded.record_hash,
        last_batch_id = excluded.last_batch_id,
        landed_file_id = excluded.landed_file_id,
        position = excluded.position,
        state = 'open',
        decision_id = NULL
