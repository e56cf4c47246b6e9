-- One row per result of a verification sample that nobody took back. Inputs: ops.decision; quarters.
SELECT
    d.decision_id,
    d.subject ->> 'indicator' AS indicator,
    d.subject ->> 'period' AS period,
    q.fy_period,
    CAST(d.subject ->> 'rows' AS bigint) AS rows,
    CAST(d.subject ->> 'agreed' AS bigint) AS agreed,
    round(
        100.0 * CAST(d.subject ->> 'agreed' AS bigint) / nullif(CAST(d.subject ->> 'rows' AS bigint), 0), 1
    ) AS percent_agreed,
    d.reason AS comment,
    d.decided_by AS verified_by,
    d.decided_at AS verified_at
FROM ops.decision AS d
LEFT JOIN quarters AS q ON d.subject ->> 'period' = q.period
WHERE
    d.kind = 'verification'
    AND NOT EXISTS (
        SELECT 1 FROM ops.decision AS r
        WHERE r.kind = 'revoke' AND CAST(r.subject ->> 'decision_id' AS bigint) = d.decision_id
    )
