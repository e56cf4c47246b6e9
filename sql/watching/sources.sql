-- What is known of the runs of each source: one row per source that ever ran, with its newest run, the newest that
-- ended well and the files that it left out, what the last 30 merges brought (oldest first), and rows held back today.
-- A run is a batch that went to its source: withdrawals, replays and corrections are none.
-- Inputs: ops.batch, left_out, record_account, row_account, retained_count.
WITH run AS (
    SELECT
        b.batch_id,
        b.source,
        b.state,
        b.started_at,
        b.merged_at,
        b.message
    FROM ops.batch AS b
    WHERE b.withdraws IS NULL AND (b.landed_at IS NOT NULL OR b.merged_at IS NULL)
),

newest AS (
    SELECT DISTINCT ON (r.source) r.*
    FROM run AS r
    ORDER BY r.source ASC, r.batch_id DESC
),

settled AS (
    SELECT
        r.source,
        max(r.started_at) AS settled_at,
        max(r.merged_at) AS merged_at
    FROM run AS r
    WHERE r.state IN ('merged', 'empty', 'withdrawn')
    GROUP BY r.source
),

merged AS (
    SELECT
        r.source,
        r.batch_id,
        row_number() OVER (PARTITION BY r.source ORDER BY r.batch_id DESC) AS ordinal
    FROM run AS r
    WHERE r.state = 'merged'
),

left_out AS (
    SELECT
        e.source,
        e.batch_id,
        count(DISTINCT l.original_name) AS files
    FROM (
        SELECT DISTINCT ON (r.source)
            r.source,
            r.batch_id
        FROM run AS r
        WHERE r.state IN ('merged', 'empty', 'withdrawn')
        ORDER BY r.source ASC, r.batch_id DESC
    ) AS e
    INNER JOIN ops.left_out AS l ON e.batch_id = l.batch_id
    GROUP BY e.source, e.batch_id
),

brought AS (
    SELECT
        s.source,
        array_agg(s.records ORDER BY s.ordinal DESC) AS records
    FROM (
        SELECT
            m.source,
            m.ordinal,
            CAST(sum(a.landed) AS bigint) AS records
        FROM merged AS m
        INNER JOIN ops.record_account AS a ON m.batch_id = a.batch_id
        WHERE m.ordinal <= 30
        GROUP BY m.source, m.ordinal
    ) AS s
    GROUP BY s.source
),

present AS (
    SELECT
        c.source,
        CAST(sum(c.current_after) AS bigint) AS rows_now
    FROM (
        SELECT DISTINCT ON (b.source, a.entity)
            b.source,
            a.current_after
        FROM ops.row_account AS a
        INNER JOIN ops.batch AS b ON a.batch_id = b.batch_id
        WHERE b.merged_at IS NOT NULL
        ORDER BY b.source ASC, a.entity ASC, a.batch_id DESC
    ) AS c
    GROUP BY c.source
),

held AS (
    SELECT
        h.source,
        CAST(sum(h.rows) AS bigint) AS retained
    FROM ops.retained_count AS h
    WHERE h.state = 'open'
    GROUP BY h.source
)

SELECT
    n.source,
    n.batch_id,
    n.state,
    n.started_at,
    n.message,
    s.settled_at,
    s.merged_at,
    m.batch_id AS merged_batch_id,
    b.records,
    coalesce(f.files, 0) AS left_out,
    f.batch_id AS left_out_by,
    coalesce(p.rows_now, 0) AS rows_now,
    coalesce(h.retained, 0) AS retained
FROM newest AS n
LEFT JOIN settled AS s ON n.source = s.source
LEFT JOIN merged AS m ON n.source = m.source AND m.ordinal = 1
LEFT JOIN brought AS b ON n.source = b.source
LEFT JOIN left_out AS f ON n.source = f.source
LEFT JOIN present AS p ON n.source = p.source
LEFT JOIN held AS h ON n.source = h.source
ORDER BY n.source
