-- Retained: rows that wait for a decision, per source, dataset and entity. Inputs: ops.retained_count.
SELECT
    r.source,
    r.dataset,
    r.entity,
    CAST(sum(r.rows) AS bigint) AS rows
FROM ops.retained_count AS r
WHERE r.state = 'open'
GROUP BY r.source, r.dataset, r.entity
ORDER BY r.source, r.dataset, r.entity
