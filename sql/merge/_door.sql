-- Door: the waiting records of a landed file that are blank, or neither met before in the batch nor remembered
-- (parsed).
-- Inputs: door_record (temporary); :before = the number before the first that waits.
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
    CASE WHEN d.status = 'parsed' THEN nextval('ops.record_id') END AS record_id,
    d.status
FROM door_record AS d
WHERE d.record_no > :before AND d.status IN ('blank', 'parsed')
