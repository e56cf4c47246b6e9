-- Sources: what each source brought up to the batch that the figures knew: one row per source.
-- Inputs: pins of a candidate (:candidate_id) or of the quarter's newest computation (:period); ops.batch, row_account,
-- rule_result.
WITH pins AS (
    SELECT
        p.key AS source,
        CAST(p.value AS bigint) AS batch_id
    FROM results.candidate AS c
    CROSS JOIN jsonb_each_text(c.pins) AS p
    WHERE c.candidate_id = CAST(:candidate_id AS bigint)
    UNION ALL
    SELECT
        p.key AS source,
        CAST(p.value AS bigint) AS batch_id
    FROM results.computation AS c
    CROSS JOIN jsonb_each_text(c.pins) AS p
    WHERE CAST(:candidate_id AS bigint) IS NULL AND c.period = :period AND c.current
),

known AS (
    SELECT
        b.source,
        b.batch_id,
        b.merged_at
    FROM ops.batch AS b
    INNER JOIN pins AS p ON b.source = p.source AND b.batch_id <= p.batch_id
    WHERE b.merged_at IS NOT NULL
),

accounts AS (
    SELECT
        k.source,
        sum(a.landed) AS landed,
        sum(a.merged) AS merged,
        sum(a.quarantined) AS quarantined,
        sum(a.repeated) AS repeated
    FROM known AS k
    INNER JOIN ops.row_account AS a ON k.batch_id = a.batch_id
    GROUP BY k.source
),

rules AS (
    SELECT
        k.source,
        sum(r.checked) AS checked,
        sum(r.failed) FILTER (WHERE r.severity = 'critical') AS failed_critical,
        sum(r.failed) FILTER (WHERE r.severity <> 'critical') AS failed_warning
    FROM known AS k
    INNER JOIN ops.rule_result AS r ON k.batch_id = r.batch_id
    GROUP BY k.source
)

SELECT
    k.source,
    count(*) AS batches,
    max(k.merged_at) AS last_merged_at,
    CAST(coalesce(max(a.landed), 0) AS bigint) AS landed,
    CAST(coalesce(max(a.merged), 0) AS bigint) AS merged,
    CAST(coalesce(max(a.quarantined), 0) AS bigint) AS quarantined,
    CAST(coalesce(max(a.repeated), 0) AS bigint) AS repeated,
    CAST(coalesce(max(r.checked), 0) AS bigint) AS checked,
    CAST(coalesce(max(r.failed_critical), 0) AS bigint) AS failed_critical,
    CAST(coalesce(max(r.failed_warning), 0) AS bigint) AS failed_warning
FROM known AS k
LEFT JOIN accounts AS a ON k.source = a.source
LEFT JOIN rules AS r ON k.source = r.source
GROUP BY k.source
ORDER BY k.source
