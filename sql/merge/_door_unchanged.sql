-- Door: the waiting records of a landed file that seem to be remembered. One that is not, by its whole hash, is left
-- out. Inputs: door_record (temporary), ops.record_seen; :before = the number before the first that waits.
INSERT INTO staging.record (
    batch_id, landed_file_id, dataset, scope, position, record_no, record_hash, unreadable, content_hash,
    record_id, status
)
SELECT
    :batch_id,
    :landed_file_id,
    :dataset,
    :scope,
    d.position,
    d.record_no,
    d.record_hash,
    d.unreadable,
    d.content_hash,
    seen.record_id,
    d.status
FROM door_record AS d
INNER JOIN ops.record_seen AS seen ON d.record_hash = seen.record_hash
WHERE
    d.record_no > :before
    AND d.status = 'unchanged'
    AND seen.source = :source
    AND seen.dataset = :dataset
    AND seen.scope = :scope
