-- Rows that the unchanged records gave when they were read: one row per entity. Few patterns stand behind many records.
-- Inputs: present, ops.record_seen. Feeds the temporary table known_rows.
INSERT INTO known_rows (entity, rows)
SELECT
    n.entity,
    CAST(sum(CAST(n.rows AS bigint) * c.records) AS bigint) AS rows
FROM (
    SELECT
        seen.row_counts,
        count(*) AS records
    FROM ops.record_seen AS seen
    WHERE seen.record_id IN (SELECT p.record_id FROM present AS p)
    GROUP BY seen.row_counts
) AS c
CROSS JOIN LATERAL jsonb_each_text(c.row_counts) AS n (entity, rows)
GROUP BY n.entity
