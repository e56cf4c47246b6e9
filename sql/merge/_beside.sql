-- Records that a batch held, as far as it is still known, count as present beside rows that are merged later than it.
-- Inputs: ops.record_seen, ops.scope_delivery of that batch. Feeds the temporary table present.
INSERT INTO present (record_id)
SELECT seen.record_id
FROM ops.record_seen AS seen
INNER JOIN ops.scope_delivery AS d
    ON d.batch_id = :beside AND seen.dataset = d.dataset AND seen.scope = d.scope
WHERE seen.source = :source AND (d.complete OR seen.batch_id = :beside)
