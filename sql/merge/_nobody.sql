-- Nobody: records with a retained row whose natural key is not known. Inputs: staging.<entity>, staging.failed_row.
INSERT INTO nobody (record_no)
SELECT DISTINCT s.record_no
FROM __staged__ AS s
INNER JOIN staging.failed_row AS f
    ON f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical' AND s.staged_id = f.staged_id
WHERE s.batch_id = :batch_id AND NOT (__full__)
