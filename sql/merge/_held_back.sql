-- Records of each scope that are not remembered, since they can't be read or a row of theirs is held back.
-- Landing compares what arrived with what is remembered and these. Inputs: staging.record.
UPDATE ops.scope_delivery AS d
SET held_back = h.records
FROM (
    SELECT
        r.dataset,
        r.scope,
        count(*) AS records
    FROM staging.record AS r
    WHERE r.batch_id = :batch_id AND r.status = 'parsed' AND (r.record_id IS NULL OR r.unreadable IS NOT NULL)
    GROUP BY r.dataset, r.scope
) AS h
WHERE d.batch_id = :batch_id AND d.dataset = h.dataset AND d.scope = h.scope
