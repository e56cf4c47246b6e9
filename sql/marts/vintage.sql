-- One row per candidate that waits for an answer or was approved. Inputs: results.candidate; vintages, quarters.
SELECT
    c.candidate_id,
    c.period,
    q.fy_period,
    c.vintage,
    c.state,
    c.kind,
    CASE WHEN c.kind = 'inherited' THEN 'heredado' ELSE c.report_state END AS vintage_state,
    coalesce(v.in_force, FALSE) AS in_force,
    c.hash,
    c.known_at,
    c.forced,
    c.reason,
    c.comment,
    CAST(:texts AS jsonb) -> 'project' ->> coalesce(
        c.project_status ->> 'decided', c.project_status ->> 'proposed'
    ) AS project_status,
    (c.project_status ->> 'decided' IS NOT NULL) AS project_status_decided,
    c.project_status ->> 'reason' AS project_status_reason,
    c.prepared_by,
    c.prepared_at,
    c.decided_by,
    c.decided_at
FROM results.candidate AS c
LEFT JOIN vintages AS v ON c.candidate_id = v.candidate_id
LEFT JOIN quarters AS q ON c.period = q.period
WHERE c.state IN ('pending', 'vintage')
