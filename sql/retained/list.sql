-- Retained rows without what they say: one row each, newest first. Inputs: quarantine.row, ops.rule, ops.batch,
-- ops.landed_file, ops.decision; null = any.
SELECT
    q.retained_id,
    q.source,
    q.dataset,
    q.entity,
    q.rule,
    coalesce(r.severity, e.severity) AS severity,
    coalesce(r.acceptable, FALSE) AS acceptable,
    coalesce(r.what, e.what) AS what,
    coalesce(r.why, e.why) AS why,
    coalesce(r.how_to_fix, e.how_to_fix) AS how_to_fix,
    q.landed_file_id,
    f.original_name,
    q.position,
    q.first_batch_id,
    coalesce(b.landed_at, b.started_at) AS first_seen,
    q.last_batch_id,
    coalesce(l.landed_at, l.started_at) AS last_seen,
    q.state,
    q.decision_id,
    d.decided_by,
    d.decided_at,
    d.reason
FROM quarantine.row AS q
LEFT JOIN ops.rule AS r ON q.entity = r.entity AND q.rule = r.rule
LEFT JOIN ops.rule AS e ON e.entity = '*' AND q.rule = e.rule
LEFT JOIN ops.landed_file AS f ON q.landed_file_id = f.landed_file_id
LEFT JOIN ops.batch AS b ON q.first_batch_id = b.batch_id
LEFT JOIN ops.batch AS l ON q.last_batch_id = l.batch_id
LEFT JOIN ops.decision AS d ON q.decision_id = d.decision_id
WHERE
    q.source = coalesce(:source, q.source)
    AND q.rule = coalesce(:rule, q.rule)
    AND q.state = coalesce(:state, q.state)
    AND q.entity = coalesce(:entity, q.entity)
    AND q.retained_id = coalesce(CAST(:number AS bigint), q.retained_id)
ORDER BY q.retained_id DESC
