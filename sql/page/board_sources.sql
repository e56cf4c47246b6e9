-- Freshness: one row per source: its newest run and what that brought, the last merge of one, rows held back today.
-- A run went to its origin: what people did since (a correction, a withdrawal, a replay) has no fingerprint.
-- Inputs: ops.batch, ops.row_account, ops.retained_count.
WITH newest AS (
    SELECT DISTINCT ON (b.source)
        b.source,
        b.batch_id,
        b.state,
        b.started_at
    FROM ops.batch AS b
    WHERE b.fingerprint IS NOT NULL
    ORDER BY b.source ASC, b.batch_id DESC
),

merged AS (
    SELECT
        b.source,
        max(b.merged_at) AS merged_at
    FROM ops.batch AS b
    WHERE b.merged_at IS NOT NULL AND b.fingerprint IS NOT NULL
    GROUP BY b.source
),

brought AS (
    SELECT
        a.batch_id,
        CAST(sum(a.landed) AS bigint) AS landed,
        CAST(sum(a.merged) AS bigint) AS merged
    FROM ops.row_account AS a
    INNER JOIN newest AS n ON a.batch_id = n.batch_id
    GROUP BY a.batch_id
),

held AS (
    SELECT
        r.source,
        CAST(sum(r.rows) AS bigint) AS retained
    FROM ops.retained_count AS r
    WHERE r.state = 'open'
    GROUP BY r.source
)

SELECT
    n.source,
    n.batch_id,
    n.state,
    n.started_at,
    m.merged_at,
    b.landed,
    b.merged,
    coalesce(h.retained, 0) AS retained
FROM newest AS n
LEFT JOIN merged AS m ON n.source = m.source
LEFT JOIN brought AS b ON n.batch_id = b.batch_id
LEFT JOIN held AS h ON n.source = h.source
ORDER BY n.source
