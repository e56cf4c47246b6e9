-- Gone: remembered records of completely delivered scopes that this batch does not hold.
-- Inputs: ops.record_seen, ops.scope_delivery, present. Feeds the temporary table gone.
INSERT INTO gone (record_id)
SELECT seen.record_id
FROM ops.record_seen AS seen
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND seen.dataset = d.dataset AND seen.scope = d.scope
WHERE seen.source = :source
EXCEPT
SELECT p.record_id FROM present AS p
