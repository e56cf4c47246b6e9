-- What the newest batch of :source brought: one row where that was merged, else none.
-- Inputs: ops.batch, record_account, row_account.
WITH newest AS (
    SELECT max(b.batch_id) AS batch_id
    FROM ops.batch AS b
    WHERE b.source = :source
),

records AS (
    SELECT
        coalesce(sum(r.landed), 0) AS records_landed,
        coalesce(sum(r.parsed), 0) AS records_parsed
    FROM ops.record_account AS r
    INNER JOIN newest AS n ON r.batch_id = n.batch_id
),

entities AS (
    SELECT
        coalesce(sum(a.merged), 0) AS rows_merged,
        coalesce(sum(a.quarantined), 0) AS rows_quarantined,
        coalesce(sum(a.vanished), 0) AS rows_vanished
    FROM ops.row_account AS a
    INNER JOIN newest AS n ON a.batch_id = n.batch_id
)

SELECT
    CAST(r.records_landed AS bigint) AS records_landed,
    CAST(r.records_parsed AS bigint) AS records_parsed,
    CAST(e.rows_merged AS bigint) AS rows_merged,
    CAST(e.rows_quarantined AS bigint) AS rows_quarantined,
    CAST(e.rows_vanished AS bigint) AS rows_vanished
FROM ops.batch AS b
INNER JOIN newest AS n ON b.batch_id = n.batch_id
CROSS JOIN records AS r
CROSS JOIN entities AS e
WHERE b.state = 'merged'
