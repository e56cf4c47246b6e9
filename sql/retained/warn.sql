-- Critical rules that rows failed, but that a person accepted for their content, become warnings.
-- Inputs: staging.failed_row.
UPDATE staging.failed_row AS f
SET severity = 'warning'
FROM staging.failed_row AS a
WHERE
    f.batch_id = :batch_id
    AND f.severity = 'critical'
    AND a.batch_id = :batch_id
    AND a.severity = 'accepted'
    AND f.entity = a.entity
    AND f.staged_id = a.staged_id
    AND f.rule = a.rule
