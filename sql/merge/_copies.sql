-- The first load of an entity of a source: nothing is known to compare with, and all that is told of its rows
-- beforehand are the copies of an earlier row of the batch.
-- Inputs: good.<entity>, staging.record. Feeds the temporary table incoming.
INSERT INTO incoming (staged_id, record_id, owner_stays, outcome, key_hash)
SELECT
    t.staged_id,
    r.record_id,
    FALSE AS owner_stays,
    'repeated' AS outcome,
    sha256(convert_to(CAST(ROW(__tkeys__) AS text), 'UTF8')) AS key_hash
FROM (
    SELECT
        s.*,
        row_number() OVER (PARTITION BY __skeys__ ORDER BY s.record_no, s.staged_id) AS copy
    FROM __good__ AS s
    WHERE (__skeys__) IN (
        SELECT __gkeys__ FROM __good__ AS g
        GROUP BY __gkeys__
        HAVING count(g.staged_id) > 1
    )
) AS t
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND t.record_no = r.record_no
WHERE t.copy > 1
