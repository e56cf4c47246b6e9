-- A key whose newest row is held back has not vanished: its last good version stays, flagged stale.
-- Inputs: staging.<entity>, staging.failed_row.
UPDATE __target__ AS c
SET
    stale = TRUE,
    record_id = NULL
FROM (
    SELECT s.*
    FROM __staged__ AS s
    INNER JOIN staging.failed_row AS f ON s.staged_id = f.staged_id
    WHERE s.batch_id = :batch_id AND f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical'
) AS i
WHERE
    c.valid_to = 'infinity'
    AND c.source = :source
    AND __join__
