-- Gone: remembered records of completely delivered scopes that this batch does not hold.
-- Inputs: ops.record_seen, ops.scope_delivery, staging.unchanged. Feeds the temporary table gone.
INSERT INTO gone (record_id)
SELECT seen.record_id
FROM ops.record_seen AS seen
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND seen.dataset = d.dataset AND seen.scope = d.scope
LEFT JOIN (
    SELECT unnest(u.record_ids) AS record_id
    FROM staging.unchanged AS u
    WHERE u.batch_id = :batch_id
) AS p
    ON seen.record_id = p.record_id
WHERE seen.source = :source AND p.record_id IS NULL
