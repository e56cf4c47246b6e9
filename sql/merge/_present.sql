-- Present: the unchanged records of scopes that did not arrive completely. Of a complete one every remembered record is
-- present that is not gone, which costs nothing to know.
-- Inputs: staging.unchanged, ops.scope_delivery. Feeds the temporary table present.
INSERT INTO present (record_id)
SELECT unnest(u.record_ids) AS record_id
FROM staging.unchanged AS u
LEFT JOIN ops.scope_delivery AS d
    ON d.batch_id = :batch_id AND d.complete AND u.dataset = d.dataset AND u.scope = d.scope
WHERE u.batch_id = :batch_id AND d.batch_id IS NULL
