-- One row per closed quarter, indicator and reason: what today's official total differs by from the published one.
-- Inputs: results.drift; vintages, quarters.
SELECT
    d.period,
    d.indicator,
    d.reason,
    q.fy_period,
    v.vintage,
    CAST(:texts AS jsonb) -> 'drift' ->> d.reason AS reason_text,
    d.published,
    d.now,
    d.amount,
    d.rows,
    d.seen_at
FROM results.drift AS d
INNER JOIN vintages AS v ON d.candidate_id = v.candidate_id AND v.in_force
LEFT JOIN quarters AS q ON d.period = q.period
