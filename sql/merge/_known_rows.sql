-- Rows that the unchanged records gave when they were read: one row per entity.
-- Inputs: staging.unchanged. Feeds the temporary table known_rows.
INSERT INTO known_rows (entity, rows)
SELECT
    n.entity,
    sum(CAST(n.rows AS bigint) * cardinality(u.record_ids)) AS rows
FROM staging.unchanged AS u
CROSS JOIN LATERAL jsonb_each_text(CAST(u.row_counts AS jsonb)) AS n (entity, rows)
WHERE u.batch_id = :batch_id
GROUP BY n.entity
