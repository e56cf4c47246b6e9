-- Owners that lost a row to another record: where they are not present, they must be read again if they come back.
-- Inputs: incoming, staging.record. Feeds the temporary table forgotten.
INSERT INTO forgotten (record_id)
SELECT DISTINCT i.owner_id
FROM incoming AS i
LEFT JOIN staging.record AS r ON r.batch_id = :batch_id AND i.owner_id = r.record_id
WHERE
    i.owner_id IS NOT NULL
    AND r.record_id IS NULL
    AND i.outcome IN ('changed', 'returned', 'unchanged')
