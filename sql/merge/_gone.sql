-- Gone: remembered records of completely delivered scopes that this batch does not hold.
-- Inputs: ops.record_seen, ops.scope_delivery, staging.record.
CREATE TEMPORARY TABLE gone ON COMMIT DROP AS
SELECT seen.record_id
FROM ops.record_seen AS seen
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND seen.dataset = d.dataset AND seen.scope = d.scope
LEFT JOIN staging.record AS r
    ON r.batch_id = :batch_id AND r.status = 'unchanged' AND seen.record_id = r.record_id
WHERE seen.source = :source AND r.record_id IS NULL
