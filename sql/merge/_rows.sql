-- The accounting of one entity in one batch, in rows. One row.
-- Inputs: staging.<entity>, staging.failed_row, incoming, staging.record, ops.record_seen.
SELECT
    staged.staged + known.unchanged AS landed,
    coalesce(i.new, 0) + coalesce(i.changed, 0) + coalesce(i.returned, 0) AS merged,
    coalesce(i.unchanged, 0) + known.unchanged AS unchanged,
    retained.quarantined,
    coalesce(i.repeated, 0) AS repeated,
    staged.out_of_scope,
    coalesce(i.new, 0) AS new,
    coalesce(i.changed, 0) AS changed,
    coalesce(i.returned, 0) AS returned
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
        count(*) FILTER (WHERE i.outcome = 'new') AS new,
        count(*) FILTER (WHERE i.outcome = 'changed') AS changed,
        count(*) FILTER (WHERE i.outcome = 'returned') AS returned,
        count(*) FILTER (WHERE i.outcome = 'unchanged') AS unchanged,
        count(*) FILTER (WHERE i.outcome = 'repeated') AS repeated
    FROM incoming AS i
) AS i
CROSS JOIN (
    SELECT coalesce(sum(CAST(seen.row_counts ->> :entity AS bigint)), 0) AS unchanged
    FROM staging.record AS r
    INNER JOIN ops.record_seen AS seen ON r.record_id = seen.record_id
    WHERE r.batch_id = :batch_id AND r.status = 'unchanged'
) AS known
