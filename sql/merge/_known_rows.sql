-- Rows that the unchanged records gave when they were read: one row per entity. Few patterns stand behind many records.
-- Inputs: staging.record, ops.record_seen; no temporary table, which only one process can read.
SELECT
    n.entity,
    CAST(sum(CAST(n.rows AS bigint) * c.records) AS bigint) AS rows
FROM (
    SELECT
        seen.row_counts,
        count(*) AS records
    FROM ops.record_seen AS seen
    WHERE
        seen.record_id IN (
            SELECT r.record_id FROM staging.record AS r
            WHERE r.batch_id = :batch_id AND r.status = 'unchanged'
        )
    GROUP BY seen.row_counts
) AS c
CROSS JOIN LATERAL jsonb_each_text(c.row_counts) AS n (entity, rows)
GROUP BY n.entity
