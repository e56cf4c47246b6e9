-- Door: one row per record of a chunk, judged against the batch so far and the records remembered.
-- A record is blank, repeated (a copy of one of its chunk, or equal to an earlier one of the batch), unchanged
-- (remembered) or parsed.
-- The batch so far is read only where a hash of the chunk may be in it (:looks_back): else each chunk would read all.
-- Inputs: door_chunk (temporary), staging.record, ops.record_seen.
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
    CASE
        WHEN d.record_hash IS NULL OR d.copy OR earlier.record_hash IS NOT NULL THEN NULL
        ELSE coalesce(seen.record_id, nextval('ops.record_id'))
    END AS record_id,
    CASE
        WHEN d.record_hash IS NULL THEN 'blank'
        WHEN d.copy OR earlier.record_hash IS NOT NULL THEN 'repeated'
        WHEN seen.record_id IS NOT NULL THEN 'unchanged'
        ELSE 'parsed'
    END AS status
FROM door_chunk AS d
LEFT JOIN (
    SELECT DISTINCT r.record_hash
    FROM staging.record AS r
    INNER JOIN door_chunk AS c ON r.record_hash = c.record_hash
    WHERE r.batch_id = :batch_id AND CAST(:looks_back AS boolean)
) AS earlier ON d.record_hash = earlier.record_hash
LEFT JOIN ops.record_seen AS seen
    ON
        seen.source = :source
        AND seen.dataset = :dataset
        AND seen.scope = :scope
        AND d.record_hash = seen.record_hash
