-- A record with a retained row is not remembered: it loses its number, so that it is read again next night.
-- Inputs: staging.<entity>, staging.failed_row, staging.record.
UPDATE staging.record AS r
SET record_id = NULL
FROM __staged__ AS s
INNER JOIN staging.failed_row AS f
    ON f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical' AND s.staged_id = f.staged_id
WHERE r.batch_id = :batch_id AND r.status = 'parsed' AND s.batch_id = :batch_id AND r.record_no = s.record_no
