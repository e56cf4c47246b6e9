-- Door: the remembered records that the waiting ones of a landed file seem to be: one row for all that gave the same
-- rows. A waiting one that is not remembered, by its whole hash, is left out. Gives how many records each row holds.
-- Inputs: door_record (temporary), ops.record_seen; :before = the number before the first that waits.
INSERT INTO staging.unchanged (batch_id, record_no, dataset, scope, row_counts, record_ids, repeated)
SELECT
    :batch_id,
    CAST(:before AS bigint) + 1,
    :dataset,
    :scope,
    seen.row_counts,
    array_agg(seen.record_id),
    0
FROM ops.record_seen AS seen
WHERE
    seen.source = :source
    AND seen.dataset = :dataset
    AND seen.scope = :scope
    AND seen.record_hash IN (
        SELECT d.record_hash FROM door_record AS d
        WHERE d.record_no > :before AND d.status = 'unchanged'
    )
GROUP BY seen.row_counts
RETURNING cardinality(record_ids)
