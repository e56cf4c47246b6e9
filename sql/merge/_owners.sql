-- Owners: which incoming rows are given by another record too that is present in this batch.
-- A changed row whose owner is present and says otherwise is a conflict: the two records disagree about one key.
-- Inputs: incoming, staging.record.
UPDATE incoming AS i
SET
    owner_present = TRUE,
    outcome = CASE WHEN i.outcome = 'changed' THEN 'conflict' ELSE i.outcome END
FROM staging.record AS r
WHERE
    r.batch_id = :batch_id
    AND r.record_id = i.owner_id
    AND r.status = 'unchanged'
    AND i.outcome IN ('changed', 'unchanged')
