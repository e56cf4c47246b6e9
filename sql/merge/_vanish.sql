-- Vanish: the candidates that nobody inherited get a closing version with vanished_at. Inputs: candidate.
WITH k AS MATERIALIZED (
    SELECT i.* FROM candidate AS i
),

closed AS (
    UPDATE __target__ AS c
    SET valid_to = :at
    FROM k AS i
    WHERE
        c.valid_to = 'infinity'
        AND c.source = :source
        AND c.vanished_at IS NULL
        AND (c.record_id IS NULL OR c.record_id IN (SELECT g.record_id FROM gone AS g))
        AND __join__
    RETURNING c.*
)

INSERT INTO __target__ (
    __columns__, source, valid_from, valid_to, vanished_at, row_hash, batch_id, landed_file_id, position,
    dataset, scope, record_id, stale
)
SELECT
    __columns__,
    i.source,
    :at,
    'infinity',
    :at,
    i.row_hash,
    :batch_id,
    i.landed_file_id,
    i.position,
    i.dataset,
    i.scope,
    NULL,
    FALSE
FROM closed AS i
