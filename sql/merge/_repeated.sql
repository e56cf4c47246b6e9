-- A parsed record of a batch that an earlier part of it brought, too: no part knows the others while it is at the door.
-- What is remembered is the same for all of them, so that a copy of a parsed record was parsed as well.
-- Inputs: staging.record. Statistics come later: an array, unlike a join, is not looked through once per record.
UPDATE staging.record AS r
SET
    status = 'repeated',
    record_id = NULL
WHERE
    r.batch_id = :batch_id
    AND r.record_no = ANY(
        ARRAY(
            SELECT c.record_no
            FROM (
                SELECT
                    d.record_no,
                    row_number() OVER (PARTITION BY d.record_hash ORDER BY d.record_no) AS copy
                FROM staging.record AS d
                WHERE d.batch_id = :batch_id AND d.status = 'parsed'
            ) AS c
            WHERE c.copy > 1
        )
    )
