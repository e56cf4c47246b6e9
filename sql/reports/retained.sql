-- Retained: rows held back today that nobody mended or accepted: one row per source. Inputs: quarantine.row.
SELECT
    r.source,
    count(DISTINCT r.retained_id) AS rows
FROM quarantine.row AS r
WHERE r.state = 'open'
GROUP BY r.source
ORDER BY r.source
