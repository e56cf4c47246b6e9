-- A complete scope that holds a record or a row of nobody knows whom counts as incomplete: it may be the missing one.
-- Inputs: staging.record (unreadable records), nobody (records with a retained row whose natural key is not known).
UPDATE ops.scope_delivery AS d
SET complete = FALSE
FROM staging.record AS r
LEFT JOIN nobody AS n ON r.record_no = n.record_no
WHERE
    d.batch_id = :batch_id
    AND d.complete
    AND r.batch_id = :batch_id
    AND r.dataset = d.dataset
    AND r.scope = d.scope
    AND ((r.status = 'parsed' AND r.unreadable IS NOT NULL) OR n.record_no IS NOT NULL)
