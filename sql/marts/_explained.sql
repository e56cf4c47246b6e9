-- What people said of deviations: one row per indicator and quarter, the newest that nobody took back.
-- Inputs: ops.decision.
SELECT DISTINCT ON (d.subject ->> 'indicator', d.subject ->> 'period')
    d.subject ->> 'indicator' AS indicator,
    d.subject ->> 'period' AS period,
    d.reason
FROM ops.decision AS d
WHERE
    d.kind = 'explain'
    AND NOT EXISTS (
        SELECT 1 FROM ops.decision AS r
        WHERE r.kind = 'revoke' AND CAST(r.subject ->> 'decision_id' AS bigint) = d.decision_id
    )
ORDER BY d.subject ->> 'indicator' ASC, d.subject ->> 'period' ASC, d.decision_id DESC
