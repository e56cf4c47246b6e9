-- The accounting of one entity in one batch, in rows. One row.
-- Inputs: staging.<entity>, staging.failed_row, incoming, known_rows; :loaded = rows of a first load.
SELECT
    staged.staged + known.unchanged AS landed,
    i.new + i.changed + i.returned AS merged,
    i.unchanged + known.unchanged AS unchanged,
    retained.quarantined,
    i.repeated,
    staged.out_of_scope,
    i.new,
    i.changed,
    i.returned
FROM (
    SELECT
        count(*) AS staged,
        count(s.out_of_scope) AS out_of_scope
    FROM __staged__ AS s
    WHERE s.batch_id = :batch_id
) AS staged
CROSS JOIN (
    SELECT count(DISTINCT f.staged_id) AS quarantined
    FROM staging.failed_row AS f
    WHERE f.batch_id = :batch_id AND f.entity = :entity AND f.severity = 'critical'
) AS retained
CROSS JOIN (
    SELECT
        CAST(:loaded AS bigint) + count(*) FILTER (WHERE i.outcome = 'new') AS new,
        count(*) FILTER (WHERE i.outcome = 'changed') AS changed,
        count(*) FILTER (WHERE i.outcome = 'returned') AS returned,
        count(*) FILTER (WHERE i.outcome = 'unchanged') AS unchanged,
        count(*) FILTER (WHERE i.outcome = 'repeated') AS repeated
    FROM incoming AS i
) AS i
CROSS JOIN (
    SELECT coalesce(sum(k.rows), 0) AS unchanged
    FROM known_rows AS k
    WHERE k.entity = :entity
) AS known
