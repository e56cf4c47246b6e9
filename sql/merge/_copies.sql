-- The first load of an entity of a source: nothing is known to compare with, and all that is told of its rows
-- beforehand are the copies of an earlier row of the batch, among those whose key validation found more than once.
-- Inputs: good.<entity>, staging.same_key, staging.record. Feeds the temporary table incoming.
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
    INNER JOIN staging.same_key AS k
        ON k.batch_id = :batch_id AND k.entity = :entity AND s.staged_id = k.staged_id
) AS t
INNER JOIN staging.record AS r ON r.batch_id = :batch_id AND r.status = 'parsed' AND t.record_no = r.record_no
WHERE t.copy > 1
