-- Door: the waiting records of a landed file that seem to be copies of an earlier one of the part. One that is none, by
-- its whole hash, is left out. Inputs: door_record (temporary) with all of the part so far; :before = the number before
-- the first that waits.
INSERT INTO staging.record (
    batch_id, landed_file_id, dataset, scope, position, record_no, record_hash, unreadable, content_hash, status
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
    d.status
FROM door_record AS d
WHERE
    d.record_no > :before
    AND d.status = 'repeated'
    AND d.record_hash IN (
        SELECT e.record_hash FROM door_record AS e
        WHERE e.status IN ('unchanged', 'parsed')
    )
