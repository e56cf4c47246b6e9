-- One row per quarter, version from the second on, batch and entity: what was merged since the version before.
-- Inputs: versions (sql/marts/_versions.sql), ops.batch, row_account.
SELECT
    v.period,
    v.version,
    b.batch_id,
    coalesce(a.entity, '') AS entity,
    b.source,
    b.merged_at,
    coalesce(v.period = ANY(b.quarters), FALSE) AS moves_quarter,
    coalesce(a.new, 0) AS new,
    coalesce(a.changed, 0) AS changed,
    coalesce(a.returned, 0) AS returned,
    coalesce(a.vanished, 0) AS vanished
FROM versions AS v
INNER JOIN ops.batch AS b ON b.merged_at > v.known_before AND b.merged_at <= v.known_at
LEFT JOIN ops.row_account AS a ON b.batch_id = a.batch_id AND a.merged + a.vanished > 0
WHERE v.version > 1 AND (a.batch_id IS NOT NULL OR coalesce(cardinality(b.quarters), 0) > 0)
